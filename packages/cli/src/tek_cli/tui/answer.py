"""An answer: what was done beside it, the text, where it is from, and how it stands.

It must never decide what a state means: `tek_chat` has the words.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tek_chat import Answer, Ending, words
from tek_cli.tui.beside import Beside
from tek_cli.tui.prose import Prose
from tek_cli.tui.tally import used


class AnswerBox(Vertical):
    """Draws one answer. What it need not show is no widget: a session has many answers."""

    def __init__(self, answer: Answer, paused: str = "") -> None:
        super().__init__()
        self._answer, self._paused = answer, paused
        self._beside: Beside | None = None
        self._sources: Static | None = None
        self._prose = Prose("" if answer.ending is Ending.GROWING else answer.text)
        self._foot = Static(_foot(answer, paused), classes="foot")

    def compose(self) -> ComposeResult:
        yield self._prose
        yield self._foot

    async def on_mount(self) -> None:
        await self._draw_parts(self._answer)
        if self._answer.ending is Ending.GROWING:
            await self._prose.grow(self._answer.text)

    async def draw(self, answer: Answer, paused: str = "") -> None:
        """Show `answer`, of which only what changed is drawn."""
        last, was_paused = self._answer, self._paused
        self._answer, self._paused = answer, paused
        if (foot := _foot(answer, paused)) != _foot(last, was_paused):
            self._foot.update(foot)
        await self._draw_parts(answer)
        if answer.ending is Ending.GROWING:
            await self._prose.grow(answer.text)
        else:
            await self._prose.finish(answer.text)

    async def _draw_parts(self, answer: Answer) -> None:
        if self._beside is None and (answer.reasoning or answer.steps or answer.todos):
            self._beside = Beside()
            await self.mount(self._beside, before=self._prose)
        if self._beside is not None:
            await self._beside.draw(answer)
        if self._sources is None and answer.sources:
            self._sources = Static(classes="sources")
            await self.mount(self._sources, before=self._foot)
        if self._sources is not None:
            self._sources.update(_sources(answer))


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
