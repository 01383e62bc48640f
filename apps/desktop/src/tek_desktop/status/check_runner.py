"""Runs the checks of `tek_chat.doctor` on request, and shows the results."""

import asyncio
from contextlib import aclosing

from tek_chat.doctor import examine
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.status.checks_panel import ChecksPanel


class CheckRunner:
    """Shows the results in `panel`; `option` is the gateway address from the command line."""

    def __init__(self, panel: ChecksPanel, option: str | None) -> None:
        self._panel, self._option = panel, option
        self._requested = asyncio.Event()
        panel.requested.connect(self._requested.set)

    async def work(self, errors: UnexpectedErrors) -> None:
        """Run the checks each time they are requested, until cancelled."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            with errors.reported():
                await self._run_checks()

    async def _run_checks(self) -> None:
        self._panel.begin()
        try:
            async with aclosing(examine(self._option)) as checks:
                async for check in checks:
                    self._panel.add(check)
        except BaseException:
            self._panel.cancel()
            raise
        self._panel.end()
