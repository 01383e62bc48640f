"""Draw the window of `tek-desktop`, in light and dark, for the README."""

import os
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from reconnect_core import Connection, Phase
from tek_chat import (
    Answer,
    Delivery,
    Ending,
    Exchange,
    Item,
    Process,
    Progress,
    Run,
    Todo,
    View,
)
from tek_chat.view.outage import Outage
from tek_desktop.application import make_application
from tek_desktop.window.main_window import Window
from tek_protocol import chat

FOLDER = Path("docs/pictures")
NOW = time.time()
ASKED = """How do I wait between two attempts without all clients coming back at once?"""
SAID = """Wait **exponentially longer**, and add chance to it, so that the clients spread out:

```python
def delay(attempt: int, roll: float) -> float:
    m = min(1.0 * 2**attempt, 30.0)
    return m + m * 0.3 * roll
```

The waits are about 1, 2, 4, 8, 16 and then 30 s. There is *no last attempt*."""
ANSWER = Answer(
    "a",
    SAID,
    reasoning="A schedule without jitter keeps its clients in step.",
    model="echo",
    usage=chat.Usage(31, 96, 127),
    cost=chat.Cost(total_cost=0.0021),
    ending=Ending.COMPLETE,
)
GROWING = Answer(
    "b",
    "Your tests pass. Next I measure how long a herd of 500 clients",
    steps=(Process("p", "make test FILTER=reconnect-core", exit_code=0, state=Run.DONE),),
    todos=(
        Todo("Run the tests", Progress.DONE),
        Todo("Measure a herd of clients", Progress.DOING),
        Todo("Write down the figures"),
    ),
)
ITEMS: tuple[Item, ...] = (
    Exchange("a", ASKED, Delivery.ANSWERED, answer=ANSWER),
    Exchange("b", "Check that in my project.", Delivery.ACCEPTED),
    Exchange("c", "And put the figures into a table.", Delivery.QUEUED),
)
DOWN = View(
    Connection(
        Phase.WAITING,
        since=NOW,
        attempt=3,
        retry_at=NOW + 8.4,
        gateway="127.0.0.1:3271",
        last_online=NOW - 9,
        session_id="s0",
    ),
    session_id="s0",
    items=ITEMS,
    growing=GROWING,
    outage=Outage(NOW - 9),
    is_from_log=True,
)
TITLES = (
    "Backoff and jitter",
    "Names for a cat",
    "Soup without onions",
    "A letter to the landlord",
)
SESSIONS = tuple(
    chat.SessionInfo(
        f"s{number}",
        created_at=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(NOW - 60_000 * number)),
        message_count=4 + number,
        title=title,
    )
    for number, title in enumerate(TITLES)
)

MODELS = (chat.ModelInfo("echo", is_default=True), chat.ModelInfo("ollama:qwen3"))


def dark() -> QPalette:
    """Return a dark palette, as a desktop may give one."""
    palette = QPalette(QColor("#2b2d31"), QColor("#232529"))
    palette.setColor(QPalette.ColorRole.Base, QColor("#1e1f22"))
    palette.setColor(QPalette.ColorRole.Link, QColor("#7aa8ff"))
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#3f7ae0"))
    return palette


def draw(application: QApplication, name: str) -> None:
    """Save a picture of the window as `name`."""
    window = Window()
    window.show_sessions(SESSIONS)
    window.show_models(MODELS)
    window.draw(DOWN)
    window.show()
    for _ in range(10):  # what changes in one pass may change sizes in the next
        application.processEvents()
    window.grab().save(str(FOLDER / f"{name}.png"))
    window.deleteLater()


def main() -> None:
    """Draw both."""
    application = make_application()
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw(application, "desktop-light")
    application.setPalette(dark())
    draw(application, "desktop-dark")


main()
