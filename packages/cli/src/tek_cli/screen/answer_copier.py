"""Copies answers and code blocks to the clipboard."""

from collections.abc import Callable

from textual.app import App

from tek_chat import Exchange, View
from tek_chat.view.markdown_fences import code_blocks
from tek_cli.screen.answer_totals import finished_answers


class AnswerCopier:
    """Copies with `app`, and tells the user with `tell` what was copied."""

    def __init__(self, app: App[None], tell: Callable[[str], None]) -> None:
        self._app, self._tell = app, tell
        self._block, self._index = "", 0  # the block that was copied last; counted from the end

    def copy(self, text: str, what: str) -> None:
        """Copy `text`, which is a `what`: "answer"."""
        if text:
            self._app.copy_to_clipboard(text)
        self._tell(f"Copied the {what}" if text else f"No {what} to copy")

    def copy_last_answer(self, view: View) -> None:
        """Copy the last finished answer of `view`."""
        finished = finished_answers(view)
        self.copy(finished[-1].text if finished else "", "answer")

    def copy_code_block(self, view: View, chosen: Exchange | None) -> None:
        """Copy the last code block of `chosen`, or of `view`; repeated, the one before."""
        said = [chosen.answer] if chosen and chosen.answer else finished_answers(view)
        blocks = [block for each in said for block in code_blocks(each.text)]
        is_repeated = self._block in blocks and -len(blocks) < self._index
        if blocks:
            self._index = self._index - 1 if is_repeated else -1
            self._block = blocks[self._index]
        self.copy(self._block if blocks else "", "code block")
