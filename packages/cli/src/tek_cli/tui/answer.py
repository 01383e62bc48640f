"""An answer that grows: what is done beside it, the text, where it is from, how it stands.

It must never decide what a state means: `tek_chat` has the words.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tek_chat import Answer, Ending, words
from tek_cli.tui.beside import Beside
from tek_cli.tui.clean import clean
from tek_cli.tui.prose import Prose
from tek_cli.tui.tally import used
from tek_cli.tui.toolkit import still_size


class AnswerBox(Vertical):
    """Draws one answer until it has ended."""

    virtual_size = still_size()

    def __init__(self, answer: Answer, paused: str = "") -> None:
        super().__init__()
        self._answer, self._paused = answer, paused
        self._beside: Beside | None = None
        self._sources: Static | None = None
        self._prose = Prose()
        self._foot = Static(Content(foot(answer, paused)), classes="foot")

    def compose(self) -> ComposeResult:
        yield self._prose
        yield self._foot

    async def on_mount(self) -> None:
        await self._draw_parts(self._answer)
        await self._prose.grow(clean(self._answer.text))

    async def draw(self, answer: Answer, paused: str = "") -> None:
        """Show `answer`, of which only what changed is drawn."""
        last, was_paused = self._answer, self._paused
        self._answer, self._paused = answer, paused
        if (line := foot(answer, paused)) != foot(last, was_paused):
            self._foot.update(Content(line))
        await self._draw_parts(answer)
        await self._prose.grow(clean(answer.text))

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
            self._sources.update(Content(sources(answer)))


def sources(answer: Answer) -> str:
    """Return where an answer is from, a line each."""
    lines = (
        f"[{number}] {' · '.join(filter(None, [each.title, each.url]))}"
        for number, each in enumerate(answer.sources, start=1)
    )
    return clean("\n".join(lines))


def foot(answer: Answer, paused: str = "") -> str:
    """Return the one line below an answer, whatever becomes of it: nothing moves."""
    state = {
        Ending.GROWING: f"{words.DOWN} {paused}" if paused else "…",
        Ending.COMPLETE: "",
        Ending.STOPPED: "■ stopped",
        Ending.INTERRUPTED: f"{words.STOPPED} {words.cut(answer)}",
        Ending.FAILED: f"{words.STOPPED} failed",
    }[answer.ending]
    parts = [state, answer.model, used(answer.usage, answer.cost)]
    return clean(" · ".join(filter(None, parts)))
