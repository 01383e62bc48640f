"""An exchange as one widget: the user's message with its delivery state, and the answer.

One widget and not a tree of them: a session has thousands of exchanges. The words for each state
are in `tek_chat.view.wording`.
"""

from dataclasses import dataclass
from enum import Enum, auto

from rich.console import RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from tek_chat import Answer, Delivery, Ending, Exchange
from tek_chat.view import wording
from tek_chat.view.control_characters import clean
from tek_chat.view.markdown_segments import GrowingSegments
from tek_cli.screen.answer_details import (
    footer,
    is_pending,
    reasoning_text,
    source_lines,
    step_text,
    todo_lines,
)
from tek_cli.screen.parts_widget import PartsWidget
from tek_cli.screen.textual_types import app_of

_RESEND_HINT = "/retry sends it again · or Ctrl+G, then r send, e edit, d delete"
_ASIDE = frozenset({Delivery.UNCERTAIN, Delivery.FAILED})

DELIVERY_ICONS = {
    Delivery.QUEUED: "○",
    Delivery.SENT: "→",
    Delivery.ACCEPTED: "✓",
    Delivery.ANSWERED: "✓",
    Delivery.UNCERTAIN: "?",
    Delivery.FAILED: "✕",
}


class Look(Enum):
    """How a part is drawn.

    ASIDE is a message that failed or is uncertain; PENDING waits for the user's answer.
    """

    MESSAGE = auto()
    ASIDE = auto()
    MARKDOWN = auto()
    LINE = auto()
    LINES = auto()
    PENDING = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an exchange; its `text` has no control characters."""

    look: Look
    text: str


class ExchangeBox(PartsWidget[Part]):
    """Draws `exchange`.

    `growing` is its answer while it streams; `paused` is what to say of it while it is paused.
    """

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
        self._segments = GrowingSegments()
        self._show()

    def draw(self, exchange: Exchange, growing: Answer | None = None, paused: str = "") -> None:
        """Show `exchange`; draw only what has changed."""
        self.exchange, self._growing, self._paused = exchange, growing, paused
        self._show()

    def show_details(self, *, with_details: bool) -> None:
        """Show reasoning and tool details in full, or the first line of each."""
        self._with_details = with_details
        self._show()

    def drawing(self, part: Part) -> RenderableType:
        match part.look:
            case Look.MARKDOWN:
                return Padding(self._markdown(part.text), (0, 1))
            case Look.MESSAGE | Look.ASIDE:
                return self._message(part)
            case Look.LINE:
                line = part.text.partition("\n")[0]
                return Padding(Text(line, "dim", no_wrap=True, overflow="ellipsis"), (0, 1))
            case Look.LINES:
                return Padding(Text(part.text, "dim"), (0, 1))
            case Look.PENDING:
                return Padding(Text(part.text, self._colour("text-warning")), (0, 1))

    def _show(self) -> None:
        answer = self.exchange.answer or self._growing
        look = Look.ASIDE if self.exchange.delivery in _ASIDE else Look.MESSAGE
        parts = [Part(look, message_text(self.exchange))]
        if answer is not None:
            parts += self._details(answer)
            parts += (Part(Look.MARKDOWN, each) for each in self._text_pieces(answer))
            parts += [Part(Look.LINES, source_lines(answer))] if answer.sources else []
            parts.append(Part(Look.LINE, footer(answer, self._paused)))
        self.draw_parts(parts)

    def _details(self, answer: Answer) -> list[Part]:
        look = Look.LINES if self._with_details else Look.LINE
        parts = [Part(look, reasoning_text(answer.reasoning))] if answer.reasoning else []
        parts += (
            Part(Look.PENDING if is_pending(each) else look, step_text(each))
            for each in answer.steps
        )
        if answer.todos:
            parts.append(Part(Look.LINES, todo_lines(answer.todos)))
        return parts

    def _text_pieces(self, answer: Answer) -> list[str]:
        """Return the text whole, or while it grows in pieces: then only the last is redrawn."""
        text = clean(answer.text)
        return self._segments.grow(text) if answer.ending is Ending.GROWING else [text]

    def _markdown(self, text: str) -> RenderableType:
        from rich.markdown import Markdown  # noqa: PLC0415 - the chat starts faster without it

        # Without hyperlinks: Rich then prints the address after the text.
        theme = "monokai" if app_of(self).current_theme.dark else "default"
        return Markdown(text, code_theme=theme, hyperlinks=False)

    def _message(self, part: Part) -> RenderableType:
        head, _, text = part.text.partition("\n")
        colour = self._colour("text-warning") if part.look is Look.ASIDE else ""
        background = f"on {app_of(self).theme_variables['surface']}"
        return Padding(
            Text.assemble((head, "dim"), (f"\n{text}", colour)), (0, 1), style=background
        )

    def _colour(self, name: str) -> Style:
        return Style(color=app_of(self).theme_variables[name])


def message_text(exchange: Exchange) -> str:
    """Return the delivery state of a message, and below it the message."""
    delivery = exchange.delivery
    state = wording.marked(delivery, exchange.problem)
    if delivery is Delivery.ACCEPTED:
        state = delivery.value
    head = f"{DELIVERY_ICONS[delivery]} {state}" if state else ""
    hint = _RESEND_HINT if delivery in _ASIDE else ""
    line = " · ".join(filter(None, ["You", head, hint]))
    return clean(f"{line}\n{exchange.text}")
