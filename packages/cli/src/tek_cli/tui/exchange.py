"""A message of the user that is under way or set aside, its own truth, and the answer to it.

It must never decide what a state means: `tek_chat` has the words.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tek_chat import Answer, Delivery, Exchange, words
from tek_cli.tui.answer import AnswerBox
from tek_cli.tui.clean import clean
from tek_cli.tui.tally import ICONS
from tek_cli.tui.toolkit import still_size

_KEYS = "/retry sends it again; or go up to it: r again, e edit, d delete"
_ASIDE = frozenset({Delivery.UNCERTAIN, Delivery.FAILED})


class ExchangeBox(Vertical):
    """Draws one exchange; `exchange` is the one that is drawn."""

    virtual_size = still_size()

    def __init__(self, exchange: Exchange, growing: Answer | None = None, paused: str = "") -> None:
        super().__init__()
        self.exchange = exchange
        self._question = Static(_said(exchange), classes="question")
        answer = exchange.answer or growing
        self._answer = None if answer is None else AnswerBox(answer, paused)
        self._mark()

    def compose(self) -> ComposeResult:
        yield self._question
        if self._answer is not None:
            yield self._answer

    async def draw(self, exchange: Exchange, growing: Answer | None, paused: str) -> None:
        """Show `exchange`, of which only what changed is drawn."""
        if exchange is not self.exchange:
            self.exchange = exchange
            self._question.update(_said(exchange))
            self._mark()
        await self._draw_answer(exchange.answer or growing, paused)

    async def _draw_answer(self, answer: Answer | None, paused: str) -> None:
        if answer is None:
            box, self._answer = self._answer, None
            if box is not None:
                await box.remove()
        elif self._answer is None:
            self._answer = AnswerBox(answer, paused)
            await self.mount(self._answer)
        else:
            await self._answer.draw(answer, paused)

    def _mark(self) -> None:
        self.set_class(self.exchange.delivery in _ASIDE, "-aside")


def _said(exchange: Exchange) -> Content:
    line, text = question(exchange)
    return Content.assemble((line, "dim"), f"\n{text}")


def question(exchange: Exchange) -> tuple[str, str]:
    """Return how a message stands, and the message."""
    delivery = exchange.delivery
    state = words.marked(delivery, exchange.problem)
    if delivery is Delivery.ACCEPTED:
        state = delivery.value
    head = f"{ICONS[delivery]} {state}" if state else ""
    hint = _KEYS if delivery in _ASIDE else ""
    line = " · ".join(filter(None, ["You", head, hint]))
    return clean(line), clean(exchange.text)
