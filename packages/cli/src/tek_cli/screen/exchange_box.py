"""A message of the user with its own truth, and the answer to it, as one drawing.

It must never be a tree of widgets, of which a session has thousands; and it must never decide what
a state means: `tek_chat` has the words.
"""

from dataclasses import dataclass
from enum import Enum, auto

from rich.console import RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from tek_chat import Answer, Delivery, Ending, Exchange
from tek_chat.view import wording
from tek_cli.screen.clean import clean
from tek_cli.screen.rendered import Rendered
from tek_cli.screen.segments import Pieces
from tek_cli.screen.steps_text import foot, is_pending, sources, step_text, thought, todo_lines
from tek_cli.screen.textual_types import app_of
from tek_cli.screen.usage_text import ICONS

_KEYS = "/retry sends it again; or go up to it: r again, e edit, d delete"
_ASIDE = frozenset({Delivery.UNCERTAIN, Delivery.FAILED})


class Look(Enum):
    """How a part is drawn: a question that came through or not, text, a line, lines."""

    QUESTION = auto()
    ASIDE = auto()
    MARKDOWN = auto()
    LINE = auto()
    LINES = auto()
    PENDING = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an exchange; `text` is free of control characters."""

    look: Look
    text: str


class ExchangeBox(Rendered[Part]):
    """Draws one exchange; `exchange` is the one that is drawn."""

    def __init__(
        self,
        exchange: Exchange,
        growing: Answer | None = None,
        paused: str = "",
        *,
        with_details: bool = False,
    ) -> None:
        super().__init__()
        self.exchange, self._growing, self._paused = exchange, growing, paused
        self._with_details = with_details
        self._pieces = Pieces()
        self._show()

    def draw(self, exchange: Exchange, growing: Answer | None = None, paused: str = "") -> None:
        """Show `exchange`, of which only what changed is drawn."""
        self.exchange, self._growing, self._paused = exchange, growing, paused
        self._show()

    def show_details(self, *, with_details: bool) -> None:
        """Show reasoning and what tools did, or one line of each."""
        self._with_details = with_details
        self._show()

    def drawing(self, part: Part) -> RenderableType:
        match part.look:
            case Look.MARKDOWN:
                return Padding(self._markdown(part.text), (0, 1))
            case Look.QUESTION | Look.ASIDE:
                return self._question(part)
            case Look.LINE:
                line = part.text.partition("\n")[0]
                return Padding(Text(line, "dim", no_wrap=True, overflow="ellipsis"), (0, 1))
            case Look.LINES:
                return Padding(Text(part.text, "dim"), (0, 1))
            case Look.PENDING:
                return Padding(Text(part.text, self._colour("text-warning")), (0, 1))

    def _show(self) -> None:
        answer = self.exchange.answer or self._growing
        look = Look.ASIDE if self.exchange.delivery in _ASIDE else Look.QUESTION
        parts = [Part(look, question(self.exchange))]
        if answer is not None:
            parts += self._beside(answer)
            parts += (Part(Look.MARKDOWN, each) for each in self._said(answer))
            parts += [Part(Look.LINES, sources(answer))] if answer.sources else []
            parts.append(Part(Look.LINE, foot(answer, self._paused)))
        self.draw_parts(parts)

    def _beside(self, answer: Answer) -> list[Part]:
        look = Look.LINES if self._with_details else Look.LINE
        parts = [Part(look, thought(answer.reasoning))] if answer.reasoning else []
        parts += (
            Part(Look.PENDING if is_pending(each) else look, step_text(each))
            for each in answer.steps
        )
        if answer.todos:
            parts.append(Part(Look.LINES, todo_lines(answer.todos)))
        return parts

    def _said(self, answer: Answer) -> list[str]:
        """Return the text in the pieces in which it grew; whole, once it does not grow any more."""
        text = clean(answer.text)
        return self._pieces.grow(text) if answer.ending is Ending.GROWING else [text]

    def _markdown(self, text: str) -> RenderableType:
        from rich.markdown import Markdown  # noqa: PLC0415 - a prompt is there sooner without it

        # Without hyperlinks: where a link leads stands beside it.
        theme = "monokai" if app_of(self).current_theme.dark else "default"
        return Markdown(text, code_theme=theme, hyperlinks=False)

    def _question(self, part: Part) -> RenderableType:
        head, _, text = part.text.partition("\n")
        colour = self._colour("text-warning") if part.look is Look.ASIDE else ""
        ground = f"on {app_of(self).theme_variables['surface']}"
        return Padding(Text.assemble((head, "dim"), (f"\n{text}", colour)), (0, 1), style=ground)

    def _colour(self, name: str) -> Style:
        return Style(color=app_of(self).theme_variables[name])


def question(exchange: Exchange) -> str:
    """Return how a message stands, and below it the message."""
    delivery = exchange.delivery
    state = wording.marked(delivery, exchange.problem)
    if delivery is Delivery.ACCEPTED:
        state = delivery.value
    head = f"{ICONS[delivery]} {state}" if state else ""
    hint = _KEYS if delivery in _ASIDE else ""
    line = " · ".join(filter(None, ["You", head, hint]))
    return clean(f"{line}\n{exchange.text}")
