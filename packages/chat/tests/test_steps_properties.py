"""Whatever a gateway sends beside the text, the view takes it, and stays small."""

from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from reconnect_core import Accepted, Queued, Received, Sent
from tek_chat import Approval, Checklist, Consent, Run, Step, Tool, View
from tek_chat.view import steps_wording
from tek_chat.view.items import Answer
from tek_chat.view.step_fields import LONGEST_LINE, LONGEST_TEXT, MOST_LINES
from tek_chat.view.steps_parse import Decided, read
from tek_chat.view.steps_update import MOST_STEPS
from tek_protocol import encode, read_envelope

Body: TypeAlias = dict[str, object]

KINDS = """tool.call tool.result tool.error tool.approval.request tool.approval.response
preflight.checklist preflight.response todo.update subprocess.start subprocess.output
subprocess.exit subprocess.error subprocess."""
NAMES = """requestId toolCallId callId id name toolName tool input args result output content
message error approvalId reason decision todos items checklistId title accepted pid command
chunk exitCode code type text status done checked ok"""
LONG, MANY = encode({"": "x" * 3 * LONGEST_TEXT})[4:-1], encode({"": ["x"] * 150})[4:-1]
ROOM = len("… and 1,048,576 more characters")

texts = st.one_of(
    st.sampled_from(["", "m", "a", "b", "once", "deny", "done", "LONG", "MANY"]),
    st.text(max_size=5),
)
scalars: st.SearchStrategy[object] = st.one_of(
    texts, st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False)
)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    named = st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=4)
    return st.one_of(st.lists(inner, max_size=4), named)


values = st.recursive(scalars, nested, max_leaves=6)
bodies = st.dictionaries(st.sampled_from(NAMES.split()), values, max_size=8)


def received(kind: str, body: Body) -> Received:
    """Return the message, with what would be too long for the report of a failure."""
    text = encode({**body, "type": kind}).replace('"LONG"', LONG).replace('"MANY"', MANY)
    return Received(read_envelope(text), text)


def legible(kind: str, request: str | None, name: str, text: str) -> tuple[str, Body]:
    lists = {"todos": [text or "x"], "items": [{"text": text or "x"}]}
    names = {"id": name, "approvalId": name, "checklistId": name}
    more = {"name": text, "output": text, "decision": "once", "accepted": True}
    return kind, {"requestId": request, **names, **lists, **more}


kinds = st.sampled_from(KINDS.split())
few = st.sampled_from("ab")
events = st.one_of(
    st.tuples(kinds, bodies),
    st.builds(legible, kinds, st.sampled_from(["m", None]), few, texts),
    st.just(("chat.stream.delta", {"requestId": "m", "delta": "x"})),
)
stories = st.lists(events, max_size=30)


def asked() -> View:
    view = View()
    for event in (Queued("m", {"content": "hi"}), Sent("m"), Accepted("m")):
        view = view.after(event)
    return view


def size(step: Step) -> int:
    return len(repr(step))


def check(answer: Answer) -> None:
    most = 3 * (LONGEST_TEXT + LONGEST_LINE + ROOM) * 10  # `repr` may spell a character with ten
    assert len(answer.steps) <= MOST_STEPS
    assert len(answer.todos) <= MOST_LINES + 1
    assert all(len(each.text) <= LONGEST_LINE + ROOM for each in answer.todos)
    for step in answer.steps:
        assert str(steps_wording.mark(step))
        assert steps_wording.titled(step)
        if isinstance(step, Checklist):
            assert len(step.points) <= MOST_LINES + 1
        else:
            assert size(step) < most


@settings(deadline=None)
@given(stories)
def test_no_shape_raises_and_no_story_grows_without_bound(story: list[tuple[str, Body]]) -> None:
    view = asked()
    for event in story:
        view = view.after(received(*event))
        assert len(view.items) <= 1 + len(story)
        if view.growing is not None:
            check(view.growing)


@settings(deadline=None)
@given(stories)
def test_a_tool_waits_if_and_only_if_its_approval_is_pending(story: list[tuple[str, Body]]) -> None:
    view = asked()
    for event in story:
        view = view.after(received(*event))
        steps = () if view.growing is None else view.growing.steps
        asking = {
            name
            for each in view.pending
            if isinstance(each, Approval)
            for name in (each.id, each.call)
        }
        for step in steps:
            if isinstance(step, Tool) and step.state is Run.WAITING:
                assert step.id in asking


@settings(deadline=None)
@given(stories)
def test_every_question_can_be_decided_once_and_none_outlives_the_answer(
    story: list[tuple[str, Body]],
) -> None:
    view = asked()
    for event in story:
        view = view.after(received(*event))
    ended = view.after(received("chat.stream.end", {"requestId": "m"}))
    assert ended.pending == ()
    for question in view.pending:
        view = view.after(Decided(question.id, Consent.DENIED))
    assert view.pending == ()


@given(kinds, st.text())
def test_any_text_at_all_is_read_or_not(kind: str, text: str) -> None:
    read(kind, text)
