"""The output of the demo: the timeline line by line, and below it the growing answer."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from tek_chat import View
from tek_cli.demo.loss_check import Report
from tek_cli.demo.timeline import Timeline, TimelineEntry, say_waits

_COLOURS = {"you": "cyan", "client": "green", "gateway": "magenta", "demo": "red"}
_REFRESH_PER_SECOND = 20


class DemoScreen:
    """Prints each entry once; a terminal also shows the growing answer live below them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(
            console=console, refresh_per_second=_REFRESH_PER_SECOND, transient=True, screen=False
        )
        self._shown = 0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def draw(self, timeline: Timeline, view: View) -> None:
        """Print new entries and update the growing answer."""
        for entry in timeline.entries[self._shown :]:
            self._console.print(_line(entry), soft_wrap=True, highlight=False)
        self._shown = len(timeline.entries)
        growing = view.growing.text if view.growing is not None else ""
        room = max(self._console.width - 12, 20)
        tail = growing if len(growing) <= room else f"…{growing[1 - room :]}"
        self._live.update(Text(f"{'':>9}{tail}", style="dim", no_wrap=True))

    def summary(self, timeline: Timeline, report: Report) -> None:
        """Print what was found, and the verdict."""
        before, after = report.sessions
        same = "the same" if report.is_same_session else f"another one: {after or 'none'}"
        cut, queued = report.cut, report.queued
        rows = {
            "drops": str(timeline.drops),
            "attempts": f"{len(timeline.waits)}: {say_waits(timeline.waits)}",
            "session": f"{before}; after the restart {same}",
            "paused answer": f"{cut.fate}: {cut.reached} of {cut.last}",
            "queued message": f"{queued.fate}: {queued.reached} of {queued.last}",
            "uncertain": str(report.uncertain),
            "lost": str(report.lost),
            "duplicated": str(report.doubled),
        }
        self._console.print()
        for name, value in rows.items():
            line = f"[bold]{name:<16}[/bold]{escape(value)}"
            self._console.print(line, soft_wrap=True, highlight=False)
        verdict = (
            "[green]✓[/green] the client reconnected by itself; nothing was lost or duplicated"
            if report.is_kept
            else "[red]✕[/red] something was lost or duplicated"
        )
        self._console.print(f"\n{verdict}", soft_wrap=True, highlight=False)


def _line(entry: TimelineEntry) -> Text:
    return Text.assemble(
        (f"{entry.at:>6.2f}s  ", "dim"),
        (f"{entry.who:<9}", _COLOURS.get(entry.who, "")),
        entry.text,
    )
