"""Measure the CPU of a growing answer: as drawings, compared with Textual's `MarkdownStream`.

CPU time for each piece of 150 characters, with layout and drawing, on a screen of 100 by 40 without
a terminal. The limit is 0.7 of the stream's.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from _deltas import BLOCK
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Markdown

from tek_chat import Answer, Delivery, Exchange
from tek_cli.screen.exchange_box import ExchangeBox

if TYPE_CHECKING:
    from textual.widgets.markdown import MarkdownStream

PIECES, SIZE, ROUNDS, LIMIT = 100, 150, 3, 0.7
FRAME = 0.05
TEXT = BLOCK * 40

Grow: TypeAlias = Callable[[str], Awaitable[None]]


class Scroll(App[None]):
    """A transcript with one answer."""

    CSS = "ExchangeBox { height: auto; }"

    def compose(self) -> ComposeResult:
        """Return an empty one."""
        yield VerticalScroll()

    def on_mount(self) -> None:
        """Stay at the end."""
        self.query_one(VerticalScroll).anchor()


async def cost(app: Scroll, grow: Grow) -> float:
    """Return the CPU time of a piece, in ms."""
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        begin = time.process_time()
        for number in range(1, PIECES + 1):
            await grow(TEXT[: number * SIZE])
            await asyncio.sleep(FRAME)
            await pilot.pause()
        return (time.process_time() - begin) / PIECES * 1000


async def drawn() -> float:
    """Return the CPU time of a piece as drawings, in ms."""
    exchange = Exchange("a", "hi", Delivery.ACCEPTED)
    app, box = Scroll(), ExchangeBox(exchange)

    async def grow(text: str) -> None:
        if not box.is_attached:
            await app.query_one(VerticalScroll).mount(box)
        box.draw(exchange, Answer("a", text))

    return await cost(app, grow)


async def streamed() -> float:
    """Return the CPU time of a piece with `MarkdownStream`, in ms."""
    app, markdown = Scroll(), Markdown()
    streams: list[MarkdownStream] = []

    async def grow(text: str) -> None:
        if not streams:
            await app.query_one(VerticalScroll).mount(markdown)
            streams.append(Markdown.get_stream(markdown))
        await streams[0].write(text[-SIZE:])
        if len(text) == PIECES * SIZE:
            await streams[0].stop()

    return await cost(app, grow)


async def main() -> int:
    """Print the medians and their ratio, taken in turns."""
    pairs = [(await drawn(), await streamed()) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"MarkdownStream  {theirs:6.1f} ms of CPU a piece")
    print(f"drawings        {ours:6.1f} ms of CPU a piece")
    print(f"drawings / MarkdownStream = {ours / theirs:.2f} (limit {LIMIT})")
    return int(ours / theirs > LIMIT)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
