"""An answer: what was thought and done, the text, where it is from, and how it stands.

It must never decide what a state means: `tek_chat` has the words.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tek_chat import Answer, Ending, words
from tek_cli.tui.prose import Prose
from tek_cli.tui.tally import used


class AnswerBox(Vertical):
    """Draws one answer."""

    def __init__(self, answer: Answer, paused: str = "") -> None:
        super().__init__()
        self._answer, self._paused = answer, paused
        self._grows = answer.ending is Ending.GROWING
        self._reasoning = Static(_reasoning(answer), classes="reasoning")
        self._prose = Prose("" if self._grows else answer.text)
        self._sources = Static(_sources(answer), classes="sources")
        self._foot = Static(_foot(answer, paused), classes="foot")
        self._show_parts(answer)

    def compose(self) -> ComposeResult:
        yield self._reasoning
        yield self._prose
        yield self._sources
        yield self._foot

    async def on_mount(self) -> None:
        if self._grows:
            await self._prose.grow(self._answer.text)

    async def draw(self, answer: Answer, paused: str = "") -> None:
        """Show `answer`, of which only what changed is drawn."""
        last, self._answer = self._answer, answer
        if answer.reasoning != last.reasoning:
            self._reasoning.update(_reasoning(answer))
        if answer.sources != last.sources:
            self._sources.update(_sources(answer))
        if (foot := _foot(answer, paused)) != _foot(last, self._paused):
            self._foot.update(foot)
        self._paused = paused
        self._show_parts(answer)
        if answer.ending is Ending.GROWING:
            await self._prose.grow(answer.text)
        else:
            await self._prose.finish(answer.text)

    def _show_parts(self, answer: Answer) -> None:
        self._reasoning.display = bool(answer.reasoning)
        self._sources.display = bool(answer.sources)


def _reasoning(answer: Answer) -> Content:
    """Return what was thought; of this the first line is always shown."""
    size = f"{len(answer.reasoning.split()):,} words"
    return Content(f"▸ thought, {size} · Ctrl+T shows it\n{answer.reasoning.strip()}")


def _sources(answer: Answer) -> Content:
    lines = (
        f"[{number}] {' · '.join(filter(None, [each.title, each.url]))}"
        for number, each in enumerate(answer.sources, start=1)
    )
    return Content("\n".join(lines))


def _foot(answer: Answer, paused: str) -> Content:
    """Return the one line below an answer, whatever becomes of it: nothing moves."""
    state = {
        Ending.GROWING: f"{words.DOWN} {paused}" if paused else "…",
        Ending.COMPLETE: "",
        Ending.STOPPED: "■ stopped",
        Ending.INTERRUPTED: f"{words.STOPPED} {words.cut(answer)}",
        Ending.FAILED: f"{words.STOPPED} failed",
    }[answer.ending]
    parts = [state, answer.model, used(answer.usage, answer.cost)]
    return Content(" · ".join(filter(None, parts)))
