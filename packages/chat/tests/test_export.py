"""A session as a document."""

import json

from reconnect_core import Accepted, Event, Interrupted, Queued, Received, Sent, SessionLost
from tek_chat import View
from tek_chat.view.export import as_json, format_of, markdown
from tek_protocol import encode, read_envelope


def heard(kind: str, **fields: object) -> Received:
    text = encode({"type": kind, "requestId": "a", **fields})
    return Received(read_envelope(text), text)


def seen(*events: Event) -> View:
    view = View(session_id="s1")
    for event in events:
        view = view.after(event)
    return view


ASKED = (Queued("a", {"content": "hi"}), Sent("a"), Accepted("a"))
DELTA = heard("chat.stream.delta", delta="**hello**")


def test_markdown_has_both_sides_and_the_title() -> None:
    view = seen(*ASKED, heard("chat.stream.start", model="m1"), DELTA, heard("chat.stream.end"))
    assert markdown(view, "A title") == "# A title\n\n## You\n\nhi\n\n## m1\n\n**hello**\n"


def test_an_answer_that_is_not_whole_says_so() -> None:
    assert "still being written" in markdown(seen(*ASKED, DELTA))
    assert "*interrupted: connection lost; the text so far is kept*" in markdown(
        seen(*ASKED, DELTA, Interrupted("a"))
    )
    assert "*stopped*" in markdown(seen(*ASKED, DELTA, heard("chat.stream.end", status="stopped")))
    failed = seen(*ASKED, DELTA, heard("error", code="LLM_ERROR", message="no more"))
    assert "failed: LLM_ERROR: no more" in markdown(failed)
    assert "*failed*" in markdown(failed)


def test_steps_and_sources_are_exported() -> None:
    view = seen(
        *ASKED,
        heard("tool.call", toolCallId="t", name="search", input={"q": "x"}),
        heard("chat.stream.source", source={"url": "https://a.example", "title": "A"}),
        DELTA,
        heard("chat.stream.end"),
    )
    assert "- [A](https://a.example)" in markdown(view)
    assert "search" in markdown(view)
    exported = json.loads(as_json(view))["items"][0]["answer"]
    assert exported["steps"][0]["title"] == "search"


def test_a_lost_session_is_a_divider() -> None:
    assert "---\n\n*The gateway no longer has session s1" in markdown(seen(SessionLost("s1")))


def test_json_holds_everything() -> None:
    view = seen(*ASKED, DELTA, heard("chat.stream.end"), SessionLost("s1"))
    exported = json.loads(as_json(view, "T"))
    assert (exported["v"], exported["sessionId"], exported["title"]) == (1, "", "T")
    message, notice = exported["items"]
    assert (message["text"], message["delivery"]) == ("hi", "answered")
    assert (message["answer"]["text"], message["answer"]["status"]) == ("**hello**", "complete")
    assert notice["type"] == "notice.session-lost"


def test_the_format_is_in_the_name_of_the_file() -> None:
    assert [format_of(name) for name in ("a.JSON", "a.md", "a")] == ["json", "markdown", "markdown"]
