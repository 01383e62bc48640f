"""An exchange that has come to its end, as one drawing.

It must never be a tree of widgets: a session has thousands of them.
"""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tek_chat import Answer, Delivery, Ending, Exchange
from tek_cli.tui.answer import foot, sources
from tek_cli.tui.beside import step_text, thought, todo_lines
from tek_cli.tui.clean import clean
from tek_cli.tui.exchange import question
from tek_cli.tui.page import markdown
from tek_cli.tui.rendered import Rendered
from tek_cli.tui.toolkit import app_of


def is_finished(exchange: Exchange) -> bool:
    """Return whether nothing will become of `exchange` any more."""
    answer = exchange.answer
    has_ended = answer is not None and answer.ending is not Ending.GROWING
    return exchange.delivery is Delivery.ANSWERED and has_ended


class FinishedBox(Rendered):
    """Draws one exchange; `exchange` is the one that is drawn."""

    def __init__(self, exchange: Exchange, *, with_details: bool) -> None:
        super().__init__()
        self.exchange = exchange
        self._with_details = with_details

    def draw(self, exchange: Exchange) -> None:
        """Show `exchange`."""
        if exchange is not self.exchange:
            self.exchange = exchange
            self.draw_anew()

    def show_details(self, *, with_details: bool) -> None:
        """Show reasoning and what tools did, or one line of each."""
        answer = self.exchange.answer
        self._with_details = with_details
        if answer is not None and (answer.reasoning or answer.steps):
            self.draw_anew()

    def drawing(self) -> RenderableType:
        line, text = question(self.exchange)
        surface = app_of(self).theme_variables["surface"]
        asked = Text.assemble((line, "dim"), f"\n{text}")
        parts: list[RenderableType] = [Padding(asked, (0, 1), style=f"on {surface}")]
        if self.exchange.answer is not None:
            parts += self._answer(self.exchange.answer)
        return Group(*parts)

    def _answer(self, answer: Answer) -> list[RenderableType]:
        notes = [thought(answer.reasoning)] if answer.reasoning else []
        notes += [step_text(each) for each in answer.steps]
        if not self._with_details:
            notes = [each.partition("\n")[0] for each in notes]
        notes += [todo_lines(answer.todos)] if answer.todos else []
        after = [sources(answer)] if answer.sources else []
        text = markdown(clean(answer.text), is_dark=app_of(self).current_theme.dark)
        return [
            *(_dim(each) for each in notes),
            Padding(text, (0, 1)),
            *(_dim(each) for each in [*after, foot(answer)]),
        ]


def _dim(text: str) -> Padding:
    return Padding(Text(text, "dim"), (0, 1))
