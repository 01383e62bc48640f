"""What a gateway sends beside the text becomes steps of the answer."""

import pytest

from reconnect_core import (
    Accepted,
    Connection,
    Interrupted,
    Online,
    Phase,
    Queued,
    Received,
    Resuming,
    Sent,
    Uncertain,
)
from tek_chat import (
    Answer,
    Approval,
    Checklist,
    Consent,
    Exchange,
    Kind,
    Notice,
    Point,
    Process,
    Progress,
    Run,
    Step,
    Todo,
    Tool,
    View,
)
from tek_chat.view.step_fields import LONGEST_LINE, LONGEST_TEXT, MOST_LINES
from tek_chat.view.steps_parse import Decided
from tek_chat.view.steps_update import MOST_STEPS
from tek_protocol import encode, read_envelope


def heard(kind: str, request: str | None = "m", **fields: object) -> Received:
    named = {} if request is None else {"requestId": request}
    text = encode({"type": kind, **named, **fields})
    return Received(read_envelope(text), text)


def asked(*names: str) -> View:
    view = View()
    for name in names or ("m",):
        view = view.after(Queued(name, {"content": "hi"})).after(Sent(name))
        view = view.after(Accepted(name))
    return view


def seen(*events: Received | Interrupted | Uncertain | Online, before: View | None = None) -> View:
    view = before or asked()
    for event in events:
        view = view.after(event)
    return view


def answer(view: View, request: str = "m") -> Answer:
    if view.growing is not None and view.growing.request_id == request:
        return view.growing
    exchange = view.exchange(request)
    assert exchange is not None
    assert exchange.answer is not None
    return exchange.answer


def steps(*events: Received) -> tuple[Step, ...]:
    return answer(seen(*events)).steps


CALL = heard("tool.call", toolCallId="t", name="read", input={"path": "a"})
RUNNING = Tool("t", "read", '{"path":"a"}')
ASKS = heard("tool.approval.request", approvalId="a", toolCallId="t", tool="read", reason="why")
ASKED = Approval("a", "read", "", "why", call="t")
LIST = heard("preflight.checklist", checklistId="c", title="Ready?", items=[{"text": "disk"}])
LISTED = Checklist("c", "Ready?", (Point("disk"),))
END = heard("chat.stream.end")


# ---- Tools -----------------------------------------------------------------------------------


def test_a_call_begins_the_answer_and_a_result_ends_the_call() -> None:
    assert steps(CALL) == (RUNNING,)
    over = steps(CALL, heard("tool.result", toolCallId="t", result="text"))
    assert over == (Tool("t", "read", '{"path":"a"}', Run.DONE, "text"),)


@pytest.mark.parametrize("call", ["toolCallId", "callId", "id"])
@pytest.mark.parametrize("name", ["name", "toolName", "tool"])
@pytest.mark.parametrize("given", ["input", "args", "arguments", "params"])
def test_a_call_is_read_whatever_its_fields_are_called(call: str, name: str, given: str) -> None:
    assert steps(heard("tool.call", "m", **{call: 7, name: "read", given: "a"})) == (
        Tool("7", "read", "a"),
    )


@pytest.mark.parametrize("field", ["result", "output", "content"])
def test_a_result_is_read_whatever_its_field_is_called(field: str) -> None:
    over = steps(CALL, heard("tool.result", "m", callId="t", **{field: ["x"]}))
    assert over == (Tool("t", "read", '{"path":"a"}', Run.DONE, '["x"]'),)


@pytest.mark.parametrize("field", ["message", "error"])
def test_an_error_of_a_tool_fails_the_call_and_not_the_message(field: str) -> None:
    view = seen(CALL, heard("tool.error", id="t", **{field: "no"}))
    assert answer(view).steps == (Tool("t", "read", '{"path":"a"}', Run.FAILED, "no"),)
    assert not view.is_settled


def test_a_result_without_an_id_is_of_the_running_call_of_that_name() -> None:
    calls = heard("tool.call", name="read"), heard("tool.call", name="write")
    done, running = steps(*calls, heard("tool.result", name="read", result="x"))
    assert (done, running) == (Tool("", "read", "", Run.DONE, "x"), Tool("", "write"))


def test_a_result_of_an_unknown_call_is_shown_as_well() -> None:
    assert steps(heard("tool.result", id="u", result="x")) == (
        Tool("u", state=Run.DONE, result="x"),
    )


def test_a_call_that_comes_again_is_one_step_and_stays_done() -> None:
    (tool,) = steps(CALL, CALL, heard("tool.result", id="t", result="x"), CALL)
    assert tool == Tool("t", "read", '{"path":"a"}', Run.DONE, "x")


def test_steps_stay_in_the_order_of_their_arrival() -> None:
    kinds = [type(each) for each in steps(LIST, CALL, ASKS, heard("subprocess.start", name="ls"))]
    assert kinds == [Checklist, Tool, Approval, Process]


# ---- Whose step it is ------------------------------------------------------------------------


def test_a_step_without_a_request_is_of_the_answer_that_grows() -> None:
    begun = seen(heard("chat.stream.delta", "m", delta="x"), before=asked("m", "n"))
    view = seen(heard("tool.call", None, id="t", name="read"), before=begun)
    assert answer(view).steps == (Tool("t", "read"),)


def test_a_step_without_a_request_is_of_the_latest_message_that_is_due() -> None:
    view = seen(heard("tool.call", None, id="t", name="read"), before=asked("m", "n"))
    assert answer(view, "n").steps == (Tool("t", "read"),)


def test_a_step_that_can_be_of_no_answer_is_told_by_its_name() -> None:
    view = seen(heard("tool.call", None, id="t", name="read"), before=View())
    assert view.items == (Notice(Kind.UNKNOWN, "tool.call"),)


def test_a_step_of_what_nobody_asked_changes_nothing() -> None:
    view = asked()
    assert seen(heard("tool.call", "x", id="t", name="read"), before=view) == view
    ended = seen(CALL, END)
    assert seen(heard("tool.result", id="t", result="late"), before=ended) == ended


def test_an_entry_of_a_log_reads_like_a_plain_message() -> None:
    entry = heard("tool.call", seq=4, prev=3, toolCallId="t", name="read", input={"path": "a"})
    assert steps(entry) == (RUNNING,)


def test_a_step_leaves_the_items_alone() -> None:
    view = seen(CALL)
    assert seen(ASKS, before=view).items is view.items


def test_a_whole_answer_keeps_its_steps() -> None:
    whole = heard("chat.message", id="x", role="assistant", content="all")
    assert answer(seen(CALL, whole)).steps == (Tool("t", "read", '{"path":"a"}', Run.CUT),)


@pytest.mark.parametrize(
    "end", [END, Interrupted("m"), Uncertain("m"), heard("error", code="LLM_ERROR", message="no")]
)
def test_what_has_not_ended_ends_with_the_answer(end: Received | Interrupted | Uncertain) -> None:
    view = seen(CALL, ASKS, LIST, heard("subprocess.start", id="p"), end)
    tool, approval, checklist, process = answer(view).steps
    assert isinstance(tool, Tool)
    assert isinstance(process, Process)
    assert isinstance(approval, Approval)
    assert isinstance(checklist, Checklist)
    assert tool.state is process.state is Run.CUT
    assert approval.state is checklist.state is Consent.LAPSED
    assert view.pending == ()


def test_the_steps_of_an_attempt_that_is_over_have_ended() -> None:
    again = heard("chat.stream.start", attempt=2, offset=0)
    view = seen(CALL, ASKS, again)
    assert view.pending == ()
    assert seen(ASKS, before=view).pending == (ASKED,)


# ---- What is asked ---------------------------------------------------------------------------


def test_an_approval_waits_for_the_user_and_so_does_its_tool() -> None:
    view = seen(CALL, ASKS)
    assert view.pending == (ASKED,)
    assert answer(view).steps == (
        Tool("t", "read", '{"path":"a"}', Run.WAITING),
        ASKED,
    )


def test_a_call_that_comes_after_its_approval_waits_as_well() -> None:
    approval, tool = steps(ASKS, CALL)
    assert approval == ASKED
    assert isinstance(tool, Tool)
    assert tool.state is Run.WAITING


@pytest.mark.parametrize(
    ("consent", "run"),
    [
        (Consent.ONCE, Run.RUNNING),
        (Consent.SESSION, Run.RUNNING),
        (Consent.DENIED, Run.CUT),
    ],
)
def test_a_decision_is_shown_at_once(consent: Consent, run: Run) -> None:
    view = seen(CALL, ASKS).after(Decided("a", consent))
    assert view.pending == ()
    tool, approval = answer(view).steps
    assert isinstance(tool, Tool)
    assert isinstance(approval, Approval)
    assert (tool.state, approval.state) == (run, consent)


def test_what_is_not_pending_is_not_decided() -> None:
    view = seen(CALL, ASKS)
    assert view.after(Decided("t", Consent.ONCE)) is view
    decided = view.after(Decided("a", Consent.ONCE))
    assert decided.after(Decided("a", Consent.DENIED)) is decided
    ended = seen(END, before=view)
    assert ended.after(Decided("a", Consent.ONCE)) is ended


def test_an_approval_of_a_tool_that_has_ended_was_given_elsewhere() -> None:
    view = seen(CALL, ASKS, heard("tool.result", id="t", result="x"))
    assert view.pending == ()
    assert answer(view).steps[1] == Approval("a", "read", "", "why", Consent.ELSEWHERE, "t")


def test_another_tool_of_the_same_name_does_not_answer_an_approval() -> None:
    other = heard("tool.call", id="u", name="read"), heard("tool.result", id="u", result="x")
    assert seen(CALL, ASKS, *other).pending == (ASKED,)


def test_the_log_tells_what_another_client_has_decided() -> None:
    said = heard("tool.approval.response", None, approvalId="a", decision="session")
    assert answer(seen(CALL, ASKS, said)).steps[1] == Approval(
        "a", "read", "", "why", Consent.SESSION, "t"
    )
    confirmed = heard("preflight.response", None, checklistId="c", accepted=True)
    assert steps(LIST, confirmed) == (Checklist("c", "Ready?", (Point("disk"),), Consent.ACCEPTED),)


def test_a_decision_that_nothing_followed_is_asked_again_once_the_session_is_back() -> None:
    decided = seen(CALL, ASKS).after(Decided("a", Consent.ONCE))
    online = Online(Connection(Phase.ONLINE))
    lost = decided.after(Resuming(Connection(Phase.RESUMING)))
    assert seen(online, before=decided).pending == (ASKED,)
    result = heard("tool.result", id="t", result="x")
    back = seen(result, online, before=lost if lost.growing else decided)
    assert back.pending == ()
    assert seen(heard("tool.call", id="u"), online, before=decided).pending == ()


def test_two_answers_that_alternate_keep_their_questions() -> None:
    view = seen(CALL, ASKS, heard("chat.stream.delta", "n", delta="x"), before=asked("m", "n"))
    assert view.growing is not None
    assert view.growing.request_id == "n"
    assert view.pending == (ASKED,)
    assert view.after(Decided("a", Consent.ONCE)).pending == ()


def test_a_checklist_says_what_is_met() -> None:
    items = [
        {"id": "1", "text": "a", "checked": True},
        {"label": "b", "ok": False},
        {"title": "c", "status": "passed"},
        "d",
    ]
    (checklist,) = steps(heard("preflight.checklist", id="c", items=items))
    points = (Point("a", is_met=True), Point("b"), Point("c", is_met=True), Point("d"))
    assert checklist == Checklist("c", "", points)


# ---- To-dos and programs ---------------------------------------------------------------------


def test_todos_are_the_list_as_it_is_now() -> None:
    first = heard("todo.update", todos=[{"text": "a"}, {"content": "b", "done": True}])
    view = seen(first)
    assert answer(view).todos == (Todo("a"), Todo("b", Progress.DONE))
    items = [{"title": "a", "status": "in_progress"}, {"text": "c", "status": "cancelled"}]
    view = seen(heard("todo.update", items=items), before=view)
    assert answer(view).todos == (Todo("a", Progress.DOING), Todo("c", Progress.DROPPED))


def test_a_program_shows_its_output_and_how_it_ended() -> None:
    begin = heard("subprocess.start", pid=7, command="ls")
    out = heard("subprocess.output", pid=7, chunk="a\n"), heard("subprocess.stdout", data="b\n")
    assert steps(begin, *out) == (Process("7", "ls", "a\nb\n"),)
    end = heard("subprocess.exit", pid=7, exitCode=0)
    assert steps(begin, *out, end) == (Process("7", "ls", "a\nb\n", 0, 0, Run.DONE),)
    failed = heard("subprocess.exit", pid=7, code=2)
    assert steps(begin, *out, failed) == (Process("7", "ls", "a\nb\n", 0, 2, Run.FAILED),)


def test_an_end_that_repeats_the_output_does_not_double_it() -> None:
    pieces = (
        heard("subprocess.output", id="p", output="a"),
        heard("subprocess.output", id="p", output="b"),
    )
    (process,) = steps(*pieces, heard("subprocess.end", id="p", output="ab", exitCode=0))
    assert process == Process("p", "", "ab", 0, 0, Run.DONE)


# ---- Bounds ----------------------------------------------------------------------------------


def test_a_long_result_keeps_its_beginning_and_says_so() -> None:
    (tool,) = steps(heard("tool.result", id="t", result="x" * (LONGEST_TEXT + 1_234)))
    assert isinstance(tool, Tool)
    assert tool.result == f"{'x' * LONGEST_TEXT}… and 1,234 more characters"


def test_a_long_output_keeps_its_end_and_says_so() -> None:
    pieces = [heard("subprocess.output", id="p", output=each * 1_500) for each in "abc"]
    (process,) = steps(*pieces)
    assert isinstance(process, Process)
    assert process.output == "b" * 500 + "c" * 1_500
    assert process.left_out == 2_500


def test_a_long_list_says_how_much_of_it_is_missing() -> None:
    todos = answer(seen(heard("todo.update", todos=["x" * 999] * 150))).todos
    assert len(todos) == MOST_LINES + 1
    assert todos[0] == Todo(f"{'x' * LONGEST_LINE}… and 699 more characters")
    assert todos[-1] == Todo("… and 50 more")


def test_of_very_many_steps_the_latest_are_kept() -> None:
    calls = (heard("tool.call", id=str(at)) for at in range(MOST_STEPS + 5))
    kept = steps(*calls)
    assert len(kept) == MOST_STEPS
    assert kept[-1] == Tool(str(MOST_STEPS + 4))


@pytest.mark.parametrize(
    "unclear",
    [
        heard("tool.call"),
        heard("tool.call", id=True, name=7),
        heard("tool.call", id="x" * 257),
        heard("tool.result", result="of what?"),
        heard("tool.approval.request", tool="read"),
        heard("tool.approval.response", approvalId="a", decision=["once"]),
        heard("tool.approval.response", approvalId="a", decision="perhaps"),
        heard("preflight.checklist", checklistId="c", items={"text": "x"}),
        heard("preflight.checklist", items=[]),
        heard("preflight.response", checklistId="c", accepted="yes"),
        heard("todo.update", todos=[{"text": "a"}, {"text": 7}]),
        heard("todo.update", todos=[7]),
        heard("todo.update"),
        heard("subprocess.start"),
        heard("tool.unheard-of", id="t", name="x"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_name(unclear: Received) -> None:
    view = seen(unclear)
    assert view.items == (
        *asked().items,
        Notice(Kind.UNKNOWN, unclear.envelope.type),
    )
    assert isinstance(view.items[0], Exchange)


def test_a_message_that_is_nested_without_end_is_told_by_its_name() -> None:
    deep = f'{{"type":"tool.call","id":"t","input":{"[" * 100_000}{"]" * 100_000}}}'
    view = seen(Received(read_envelope('{"type":"tool.call"}'), deep))
    assert view.items[-1] == Notice(Kind.UNKNOWN, "tool.call")
