"""The outage of the demo: a gateway is killed in the middle of an answer and started again."""

import asyncio
import time

from reconnect_core import Event
from tek_chat import Client, Delivery, Ending, Exchange, View
from tek_cli.actions.await_view import until
from tek_cli.demo.demo_gateway import DemoGateway
from tek_cli.demo.demo_screen import DemoScreen
from tek_cli.demo.loss_check import Count, Report
from tek_cli.demo.timeline import Timeline

LONG, KILLED_AT, SHORT = 300, 100, 60
"""How far the gateway counts for the first message, when it is killed, and for the second."""

DOWN_FOR = 2.5
"""Seconds; long enough for a first reconnect attempt to fail."""

_FIRST = f"/delay 30 /count {LONG}"
_SECOND = f"/delay 30 /count {SHORT}"


class OutageDemo:
    """One outage; `timeline` is what the client saw of it."""

    def __init__(self, screen: DemoScreen) -> None:
        self.timeline = Timeline()
        self._screen = screen
        self._gateway = DemoGateway()
        self._client = Client(self._gateway.url, listeners=(self._note,))
        self._began = time.monotonic()

    async def run(self) -> Report:
        """Run it and return what was found."""
        try:
            await self._start("started")
            async with self._client:
                return await self._run()
        finally:
            await self._gateway.close()

    async def _run(self) -> Report:
        client = self._client
        first = await self._submit(_FIRST)
        view = await until(client, lambda view: _numbers(view) >= KILLED_AT)
        before = view.session_id
        self._say("demo", "the gateway is killed with SIGKILL")
        await self._gateway.kill()
        await until(client, lambda view: view.outage is not None and view.outage.ended is None)
        second = await self._submit(_SECOND)
        await asyncio.sleep(DOWN_FOR)
        await self._start("started again on the same port")
        view = await until(client, lambda view: _has_ended(view.exchange(second)))
        return Report(
            _count(view.exchange(first), LONG),
            _count(view.exchange(second), SHORT),
            (before, view.session_id),
            await self._gateway.message_count(view.session_id),
        )

    async def _submit(self, text: str) -> str:
        self._say("you", text)
        return await self._client.submit(text)

    async def _start(self, how: str) -> None:
        pid = await self._gateway.start()
        self._say("demo", f"the gateway is {how} (pid {pid})")

    # ---- The timeline --------------------------------------------------------------------------

    def _note(self, event: Event) -> None:
        self.timeline.note(self._now(), event, self._client.view)
        self._screen.draw(self.timeline, self._client.view)

    def _say(self, who: str, text: str) -> None:
        self.timeline.add(self._now(), who, text)
        self._screen.draw(self.timeline, self._client.view)

    def _now(self) -> float:
        return time.monotonic() - self._began


def _numbers(view: View) -> int:
    return 0 if view.growing is None else len(view.growing.text.split())


def _has_ended(exchange: Exchange | None) -> bool:
    ended = {Delivery.ANSWERED, Delivery.FAILED, Delivery.UNCERTAIN}
    return exchange is not None and exchange.delivery in ended


def _count(exchange: Exchange | None, last: int) -> Count:
    answer = None if exchange is None else exchange.answer
    return Count(
        last,
        "" if answer is None else answer.text,
        is_said_whole=answer is not None and answer.ending is Ending.COMPLETE,
        is_said_uncertain=exchange is not None and exchange.delivery is Delivery.UNCERTAIN,
    )
