"""A Textual app that ends at an unexpected error without printing a traceback."""

from textual.app import App
from textual.worker import WorkerFailed


class QuietApp(App[None]):
    """An app whose caller reports `problem`."""

    @property
    def problem(self) -> Exception | None:
        """The unexpected error that ended the app, if any."""
        error = self._exception
        cause = error.error if isinstance(error, WorkerFailed) else error
        return cause if isinstance(cause, Exception) else error

    def _fatal_error(self) -> None:
        """End without Textual's traceback on the terminal."""
        self._close_messages_no_wait()
