"""Has the way to the gateway checked when somebody wants to know, and shows what is found.

It must never check by itself, nor judge what it finds: `tek_chat.doctor` does.
"""

import asyncio
from contextlib import aclosing

from tek_chat.doctor import examine
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.status.checks_panel import ChecksPanel


class CheckRunner:
    """Shows its findings on `checks`; `option` is the address that the command line names."""

    def __init__(self, checks: ChecksPanel, option: str | None) -> None:
        self._checks, self._option = checks, option
        self._wanted = asyncio.Event()
        checks.wanted.connect(self._wanted.set)

    async def work(self, faults: UnexpectedErrors) -> None:
        """Examine as often as somebody wants it, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            with faults.caught():
                await self._examine()

    async def _examine(self) -> None:
        self._checks.begin()
        try:
            async with aclosing(examine(self._option)) as found:
                async for check in found:
                    self._checks.add(check)
        except BaseException:
            self._checks.break_off()
            raise
        self._checks.end()
