"""The checker finds every kind of fault, and nothing in a correct session."""

from collections.abc import Iterable

import pytest

from tek_testing.checkers.checker import (
    Findings,
    ShownMessage,
    ShownSession,
    Typed,
    check,
    expected_answer,
    read_screen,
)
from tek_testing.checkers.shown_session import TraceReader
from tek_testing.clients.traced_client import TraceLine

TYPED = [
    Typed("cli", "/delay 5 /count 4"),
    Typed("desktop", "hello there"),
    Typed("cli", "good bye"),
]
LOG: list[dict[str, object]] = [
    {"type": "chat.message", "role": "user", "id": "a", "content": "/delay 5 /count 4"},
    {"type": "chat.stream.start", "requestId": "a", "attempt": 1, "offset": 0},
    {"type": "chat.stream.delta", "requestId": "a", "delta": "1"},
    {"type": "chat.stream.delta", "requestId": "a", "delta": " 2"},
    {"type": "chat.message", "role": "user", "id": "b", "content": "hello there"},
    {"type": "chat.stream.start", "requestId": "a", "attempt": 2, "offset": 3},
    {"type": "chat.stream.delta", "requestId": "a", "delta": " 3 4"},
    {"type": "chat.stream.end", "requestId": "a", "status": "complete"},
    {"type": "chat.message", "role": "user", "id": "c", "content": "good bye"},
    {"type": "chat.message", "role": "assistant", "requestId": "b", "content": "hello there"},
    {"type": "chat.stream.start", "requestId": "c", "attempt": 1, "offset": 0},
    {"type": "chat.stream.delta", "requestId": "c", "delta": "good bye"},
    {"type": "chat.stream.end", "requestId": "c", "status": "complete"},
]


def placed(messages: Iterable[dict[str, object]]) -> list[TraceLine]:
    """Give each message its place in a log, and return the lines that tell of them."""
    numbered = enumerate(messages, 1)
    return [
        TraceLine("received", 0, message={**m, "seq": seq, "prev": seq - 1}) for seq, m in numbered
    ]


def queued(name: str, text: str) -> TraceLine:
    return TraceLine("queued", 0, id=name, message={"content": text})


OWN = [queued("a", "/delay 5 /count 4"), queued("c", "good bye")]


def judged(lines: Iterable[TraceLine]) -> Findings:
    watcher = TraceReader("cli")
    watcher.take_all(lines)
    return check(TYPED, [watcher.picture])


def kinds(findings: Findings) -> set[str]:
    return {kind for kind, found in findings.by_kind.items() if found}


# ---- What an echo says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("/count 3", "1 2 3"),
        ("/delay 20 /count 3", "1 2 3"),
        ("/delay 20 some words", "some words"),
        ("count 3", "count 3"),
        ("/counting", "/counting"),
    ],
)
def test_it_knows_what_an_echo_says(prompt: str, answer: str) -> None:
    assert expected_answer(prompt) == answer


# ---- Nothing wrong -----------------------------------------------------------------------------


def test_a_session_as_it_should_be_is_clean() -> None:
    findings = judged([*OWN, *placed(LOG)])
    assert findings.is_clean
    assert str(findings) == "nothing"


def test_a_client_that_was_killed_may_be_told_again_what_it_had_not_kept() -> None:
    lines = placed(LOG)
    watcher = TraceReader("cli")
    watcher.take_all([*OWN, *lines[:7]])
    watcher.restarted()
    watcher.take_all([queued("c", "good bye"), *lines[3:]])
    assert check(TYPED, [watcher.picture]).is_clean


def test_what_a_killed_client_had_kept_and_not_told_makes_its_picture_a_part() -> None:
    lines = placed(LOG)
    watcher = TraceReader("cli")
    watcher.take_all([*OWN, *lines[:4]])
    watcher.restarted()
    watcher.take_all([*lines[6:], lines[9]])
    assert not watcher.picture.is_whole
    assert kinds(check(TYPED, [watcher.picture])) == {"doubled"}


def test_a_log_that_begins_anew_is_no_double() -> None:
    lines = placed(LOG)
    again = [*OWN, *lines, TraceLine("sessionreset", 0), *lines]
    assert judged(again).is_clean


def test_what_a_kill_may_have_swallowed_need_not_be_there() -> None:
    watcher = TraceReader("cli")
    watcher.take_all(placed(LOG))
    typed = [*TYPED, Typed("cli", "typed at the last moment", is_firm=False)]
    assert check(typed, [watcher.picture]).is_clean


# ---- Everything that can be wrong --------------------------------------------------------------


def test_a_message_that_is_not_shown_is_lost() -> None:
    assert kinds(judged(placed(LOG[:8] + LOG[9:10]))) == {"lost"}


def test_a_message_that_came_back_changed_is_lost() -> None:
    lines = placed([*LOG[:8], {**LOG[8], "content": "good by"}, *LOG[9:]])
    assert "lost" in kinds(judged([*OWN, *lines]))


def test_an_entry_left_out_is_lost() -> None:
    lines = placed(LOG)
    assert kinds(judged([*lines[:4], *lines[5:]])) >= {"lost"}


def test_an_answer_that_goes_on_too_far_on_is_lost_in_between() -> None:
    late = {**LOG[5], "offset": 5}
    assert "lost" in kinds(judged(placed([*LOG[:5], late, *LOG[6:]])))


def test_an_entry_that_is_told_twice_is_doubled() -> None:
    lines = placed(LOG)
    assert kinds(judged([*lines[:4], lines[3], *lines[4:]])) == {"doubled"}


def test_a_message_that_ran_twice_is_doubled() -> None:
    assert kinds(judged(placed([*LOG, LOG[8]]))) >= {"doubled"}


def test_a_message_under_two_names_is_doubled() -> None:
    ran_again = [{**LOG[8], "id": "d"}, {**LOG[9], "requestId": "d", "content": "good bye"}]
    assert kinds(judged(placed([*LOG, *ran_again]))) == {"doubled"}


def test_an_answer_that_ends_twice_is_doubled() -> None:
    assert kinds(judged(placed([*LOG, LOG[12]]))) == {"doubled"}


def test_an_answer_that_grows_after_its_end_is_doubled() -> None:
    assert kinds(judged(placed([*LOG, LOG[11], LOG[12]]))) >= {"doubled"}


def test_a_message_that_waits_again_after_its_answer_is_doubled() -> None:
    assert kinds(judged([*placed(LOG), queued("c", "good bye")])) == {"doubled"}


def test_messages_that_changed_places_are_reordered() -> None:
    assert kinds(judged(placed([*LOG[8:9], *LOG[10:], *LOG[:8], LOG[9]]))) == {"reordered"}


@pytest.mark.parametrize("event", ["queued", "sent", "accepted", "uncertain", "failed"])
def test_a_message_without_an_answer_is_unfinished(event: str) -> None:
    told = TraceLine(event, 0, id="c", message={"content": "good bye"})
    findings = judged([*placed(LOG[:8] + LOG[9:10]), OWN[1], told])
    assert kinds(findings) == {"unfinished"}
    assert event in str(findings)


def test_an_answer_without_its_end_is_unfinished() -> None:
    assert kinds(judged(placed(LOG[:-1]))) == {"unfinished"}


def test_a_refused_message_is_unfinished() -> None:
    refusal: dict[str, object] = {"type": "error", "requestId": "c", "code": "LLM_ERROR"}
    assert kinds(judged(placed([*LOG[:-1], refusal]))) == {"unfinished"}


@pytest.mark.parametrize("text", ["hello", "hello there there", "hello here", ""])
def test_an_answer_with_another_text_is_wrong(text: str) -> None:
    lines = placed([*LOG[:9], {**LOG[9], "content": text}, *LOG[10:]])
    assert kinds(judged([*OWN, *lines])) == {"wrong"}


def test_what_nobody_typed_is_wrong() -> None:
    shown = (ShownMessage("who said that", "answered", "who said that"),)
    assert kinds(check([], [ShownSession("cli", shown)])) == {"wrong"}


def test_every_viewer_is_looked_at() -> None:
    good = TraceReader("cli")
    good.take_all(placed(LOG))
    findings = check(TYPED, [good.picture, ShownSession("desktop")])
    assert len(findings.lost) == len(TYPED)
    assert all(each.startswith("desktop") for each in findings.lost)


def test_messages_that_are_answered_alike_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="1 2 3"):
        check([Typed("cli", "/count 3"), Typed("cli", "/delay 5 /count 3")], [])


# ---- Screens -----------------------------------------------------------------------------------


def seen(screen: str) -> set[str]:
    return kinds(check(TYPED, [read_screen("screen", screen, TYPED)]))


def test_a_screen_with_every_answer_is_clean() -> None:
    assert seen("1 2 3 4\nhello there\ngood bye\n") == set()


def test_a_screen_without_an_answer_has_lost_it() -> None:
    assert seen("1 2 3 4\nhello there\n") == {"lost"}


def test_a_screen_with_an_answer_twice_has_doubled_it() -> None:
    assert seen("1 2 3 4\nhello there\n1 2 3 4\ngood bye\n") >= {"doubled"}


def test_a_screen_in_another_order_has_changed_it() -> None:
    assert seen("good bye\nhello there\n1 2 3 4\n") == {"reordered"}


def test_a_screen_with_another_text_is_wrong() -> None:
    assert seen("1 2 4\nhello there\ngood bye\n") == {"wrong", "lost"}
