"""Views for pictures in tests and documents; the chat itself does not need them."""

from reconnect_core import Connection, Phase
from tek_chat import (
    Answer,
    Approval,
    Delivery,
    Ending,
    Exchange,
    Kind,
    Notice,
    Run,
    Todo,
    Tool,
    View,
)
from tek_chat.view.outage import Outage
from tek_chat.view.steps import Progress
from tek_chat.view.transcript import Transcript
from tek_protocol.chat import Usage

NOW = 1_800_000_000.0
"""The time of every sample, in Unix seconds."""

_ONLINE = Connection(Phase.ONLINE, NOW - 60, last_online=NOW - 60, gateway="127.0.0.1:3271")
_WAITING = Connection(
    Phase.WAITING, NOW - 5, 3, NOW + 7, last_online=NOW - 5, gateway="127.0.0.1:3271"
)
_BLOCKED = Connection(
    Phase.BLOCKED,
    NOW - 5,
    reason="HTTP 401 Unauthorized",
    mend="the gateway refused the token: set TEK_TOKEN",
    gateway="gateway.lan:3271",
)
_CODE = (
    "A list of lines is joined once, which costs less than adding to a text:\n\n"
    "```python\ndef table(rows: Sequence[Row]) -> str:\n"
    '    return "\\n".join(map(str, rows))\n```\n\n'
    "- it is **linear** in the length\n- `join` takes any iterable\n"
)
_ASKED = Exchange(
    "a",
    "How do I build a long text from rows?",
    Delivery.ANSWERED,
    answer=Answer("a", _CODE, model="small", usage=Usage(14, 61, 75), ending=Ending.COMPLETE),
)
_GROWS = Exchange("b", "And how do I read one without loading it whole?", Delivery.ACCEPTED)
_HALF = Answer(
    "b", "Open it and go through it line by line: a file is an **iterator**, so", model="small"
)
_LATER = Exchange("c", "Typed while the gateway was away", Delivery.QUEUED)
_TOOLS = Answer(
    "b",
    "Let me look.",
    reasoning="There may be a file of that name already.",
    steps=(
        Tool("t", "list_files", '{"path": "."}', Run.DONE, "notes.txt"),
        Approval("p", "delete_file", '{"path": "notes.txt"}', "It is in the way."),
    ),
    todos=(Todo("look", Progress.DONE), Todo("tidy up", Progress.DOING), Todo("report")),
)

SAMPLES = {
    "online": View(_ONLINE, "s", items=Transcript([_ASKED])),
    "away": View(
        _WAITING,
        "s",
        items=Transcript([_ASKED, _GROWS, _LATER]),
        growing=_HALF,
        outage=Outage(NOW - 5),
    ),
    "back": View(
        _ONLINE,
        "s",
        items=Transcript([_ASKED, _GROWS, _LATER]),
        growing=_HALF,
        outage=Outage(NOW - 9, NOW - 1, backlog=1, resumed=True),
    ),
    "blocked": View(_BLOCKED, "s", items=Transcript([_ASKED]), outage=Outage(NOW - 5)),
    "asking": View(_ONLINE, "s", items=Transcript([_ASKED, _GROWS]), growing=_TOOLS),
    "lost": View(
        _ONLINE,
        "t",
        items=Transcript(
            [
                _ASKED,
                Exchange("f", "x" * 30, Delivery.FAILED, "LLM_ERROR: no such model"),
                Exchange("u", "Did this arrive?", Delivery.UNCERTAIN),
                Notice(Kind.SESSION_LOST, "5d1f"),
            ]
        ),
    ),
}
"""By name: every state that lasts for longer than a moment."""
