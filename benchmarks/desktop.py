"""Measure the speed and memory of the window, compared with a bare Qt window in the same run.

`ARGS='--seconds 60 --kills 100'` runs it at the length that the limits are for.
"""

import argparse
import asyncio
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is loaded

import psutil
from PySide6.QtWidgets import QApplication

from reconnect_core import Backoff, Connection, Phase
from tek_chat import Answer, Client, Delivery, Ending, Exchange, View
from tek_chat.view.view import Transcript
from tek_desktop.application import make_application, open_window
from tek_desktop.conversation.answer_markup import preload
from tek_desktop.qt.event_loop import make_loop
from tek_desktop.qt.garbage import collect_garbage_in_this_thread
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.page_updater import PageUpdater
from tek_desktop.window.main_window import Window
from tek_testing.gateway.gateway_process import GatewayProcess

FIRST_WINDOW, STALL, OPENING, IDLE, MEMORY, GROWTH = 1_000.0, 50.0, 500.0, 1.0, 200.0, 10.0
"""Limits: ms, ms, ms, per cent of one core, MB, MB."""

A_SECOND = 500
MESSAGES = 10_000
PER_MS, PER_MB = 1_000, 2**20
BARE = (
    "from PySide6.QtWidgets import QApplication, QWidget\n"
    "application = QApplication([])\nwindow = QWidget()\nwindow.show()\n"
    "application.processEvents()\n"
)
OURS = (
    "import tek_desktop.main\n"
    "from tek_desktop.application import make_application\n"
    "from tek_desktop.window.main_window import Window\n"
    "application = make_application()\nwindow = Window()\nwindow.show()\n"
    "application.processEvents()\n"
)
PARAGRAPH = (
    "A piece of an answer, with *words* that stand out, `code` and [a link](https://example.org). "
)


def main() -> int:
    """Print the figures; return 1 if one is over its limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    over = first_window()
    application = make_application()
    over += opening(application)
    over += in_loop(application, idle)
    over += in_loop(application, lambda: streaming(options.seconds))
    over += in_loop(application, lambda: kills(options.kills))
    return int(over > 0)


def in_loop(application: QApplication, work: Callable[[], Coroutine[object, object, int]]) -> int:
    """Run `work` on the event loop of the window and return its result."""
    with (
        collect_garbage_in_this_thread(),
        asyncio.Runner(loop_factory=lambda: make_loop(application)) as runner,
    ):
        return runner.run(work())


def told(what: str, figure: float, unit: str, limit: float) -> int:
    """Print a figure; return whether it is over its limit."""
    print(f"{what:46} {figure:8.1f} {unit:4} (limit {limit:g})")
    return int(figure > limit)


# ---- Starting ----------------------------------------------------------------------------------


def first_window() -> int:
    """Compare the time to a first window with that of a bare one, in processes of their own.

    The best of several, and what of it these processes worked: whatever else runs on the machine
    takes its part of the rest.
    """
    bare, ours = list[tuple[float, float]](), list[tuple[float, float]]()
    for _ in range(7):
        for code, times in ((BARE, bare), (OURS, ours)):
            times.append(times_of(code))
    print(f"{'first window / a bare window of Qt':46} {min(ours)[0] / min(bare)[0]:8.1f} x")
    print(f"{'a bare window of Qt':46} {min(bare)[0]:8.1f} ms")
    print(f"{'first window, cold':46} {min(ours)[0]:8.1f} ms")
    worked = min(cpu for _, cpu in ours)
    return told("first window, cold: work of its own", worked, "ms", FIRST_WINDOW)


def times_of(code: str) -> tuple[float, float]:
    """Return the wall-clock and CPU time of a process, in ms."""
    began, before = time.perf_counter(), worked_by_children()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
    worked = worked_by_children() - before
    return (time.perf_counter() - began) * PER_MS, worked * PER_MS


def worked_by_children() -> float:
    """Return the CPU time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def opening(application: QApplication) -> int:
    """Open a very long session; measure until its end can be read."""
    items = Transcript(
        Exchange(
            str(number),
            f"message {number}",
            Delivery.ANSWERED,
            answer=Answer(str(number), f"{PARAGRAPH * 3}\n\n- one\n- two", ending=Ending.COMPLETE),
        )
        for number in range(MESSAGES)
    )
    window = Window()
    window.show()
    application.processEvents()
    began = time.perf_counter()
    window.draw(View(Connection(Phase.ONLINE), session_id="s", items=items, is_from_log=True))
    application.processEvents()
    took = (time.perf_counter() - began) * PER_MS
    stall = 0.0
    for _ in range(200):  # earlier messages are added in the background
        began = time.perf_counter()
        application.processEvents()
        stall = max(stall, (time.perf_counter() - began) * PER_MS)
    window.deleteLater()
    application.processEvents()
    del items, window
    gc.collect()
    print(f"{'the longest stall while older ones follow':46} {stall:8.1f} ms")
    return told(f"a session of {MESSAGES:,} messages opens", took, "ms", OPENING)


# ---- Streaming ---------------------------------------------------------------------------------


class Stalls:
    """The longest time that the event loop was away, and how much of it this thread worked.

    The rest belongs to whatever else runs on the machine.
    """

    def __init__(self) -> None:
        self.longest = self.worked = 0.0

    async def watch(self) -> None:
        """Check every few milliseconds, until cancelled."""
        step = 0.005
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(step)
            late = (time.perf_counter() - began - step) * PER_MS
            self.longest = max(self.longest, late)
            self.worked = max(self.worked, min(late, (time.thread_time() - cpu) * PER_MS))


async def bare_stalls(seconds: float) -> float:
    """Return the longest stall of an idle loop: what the machine adds."""
    stalls = Stalls()
    watch = asyncio.create_task(stalls.watch())
    await asyncio.sleep(seconds)
    watch.cancel()
    return stalls.longest


def megabytes() -> float:
    """Return the resident memory of this process, in MB."""
    return psutil.Process().memory_info().rss / PER_MB


async def streaming(seconds: float) -> int:
    """Stream an answer, then another one in a second window."""
    await asyncio.to_thread(preload)  # as opening a window does
    bare = await bare_stalls(min(seconds, 5.0))
    stalls = Stalls()
    watch = asyncio.create_task(stalls.watch())
    before, cpu = megabytes(), time.process_time()
    pieces, characters = await grown(seconds)
    cpu = (time.process_time() - cpu) / seconds * 100
    watch.cancel()
    first = megabytes() - before
    await settled()
    after = megabytes()
    await grown(seconds)
    await settled()
    again = megabytes() - after
    print(f"{'streaming: pieces of an answer':46} {pieces:8,d}      {characters:,} characters")
    print(f"{'streaming: CPU of one core':46} {cpu:8.1f} %")
    print(f"{'streaming: memory for the first answer':46} {first:8.1f} MB")
    print(f"{'the longest stall of an idle loop':46} {bare:8.1f} ms")
    print(f"{'streaming: the longest stall':46} {stalls.longest:8.1f} ms")
    over = told("streaming: memory kept of a second answer", again, "MB", GROWTH)
    return over + told("streaming: the longest stall of our own", stalls.worked, "ms", STALL)


async def grown(seconds: float) -> tuple[int, int]:
    """Stream an answer into a new window; return its number of pieces and characters."""
    window = Window()
    asked = Transcript([Exchange("a", "go on", Delivery.ACCEPTED)])
    view = View(Connection(Phase.ONLINE), "s", asked, is_from_log=True)
    window.show()
    text, pieces = "", 0
    words = f"{PARAGRAPH * 4}\n\n- a line\n- another\n\n```py\nprint('x')\n```\n\n".split(" ")
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        due = int(passed * A_SECOND)
        text += "".join(f"{words[number % len(words)]} " for number in range(pieces, due))
        pieces = due
        window.draw(replace(view, growing=Answer("a", text)))
        await asyncio.sleep(0.04)
    window.deleteLater()
    return pieces, len(text)


async def settled() -> None:
    """Return once the closed window has been freed."""
    for _ in range(10):
        await asyncio.sleep(0.05)
        gc.collect()


# ---- Resting, and being interrupted ------------------------------------------------------------


async def idle() -> int:
    """Measure an open window that is idle."""
    async with GatewayProcess() as gateway:
        window, list_refresh, page_updater = Window(), ListRefresh(), PageUpdater(gateway.url)
        client = Client(gateway.url, listeners=(list_refresh.on_event, page_updater.on_event))
        async with open_window(window, client, list_refresh, page_updater):
            await asyncio.sleep(3)
            began, cpu = time.perf_counter(), time.process_time()
            await asyncio.sleep(10)
            used = (time.process_time() - cpu) / (time.perf_counter() - began) * 100
        window.deleteLater()
    over = told("idle: CPU of one core", used, "%", IDLE)
    return over + told("idle: memory, after that session", megabytes(), "MB", MEMORY)


async def kills(number: int) -> int:
    """Kill the gateway repeatedly while messages are typed; compare them with the view."""
    from tek_chat.journal.journal import Journal  # noqa: PLC0415 - only here

    wrong = 0
    with tempfile.TemporaryDirectory() as home:
        async with GatewayProcess() as gateway:
            window, list_refresh, page_updater = Window(), ListRefresh(), PageUpdater(gateway.url)
            client = Client(
                gateway.url,
                journal=Journal.open(Path(home) / "journal"),
                backoff=Backoff(base=0.05, cap=0.2),
                listeners=(list_refresh.on_event, page_updater.on_event),
            )
            said = list[str]()
            async with open_window(window, client, list_refresh, page_updater):
                for each in range(number):
                    for message in (f"/delay 5 /count {20 + each}", f"message {each}"):
                        said.append(message)
                        window.submit(message)
                    await asyncio.sleep(0.05 + each % 7 * 0.03)
                    await gateway.kill()
                    await gateway.start()
                async with aclosing(client.views()) as views:
                    async for view in views:
                        if view.is_settled and len(view.exchanges) == len(said):
                            break
                view = client.view
                shown = [each.text for each in view.exchanges]
                answers = [each.answer.text if each.answer else "" for each in view.exchanges]
                wrong = int(shown != said) + sum(
                    answer != expected(message)
                    for message, answer in zip(shown, answers, strict=True)
                )
            window.deleteLater()
    print(f"{f'{number} kills while somebody types: wrong':46} {wrong:8d}      (limit 0)")
    return wrong


def expected(message: str) -> str:
    """Return the echo of `message`."""
    if "/count " not in message:
        return message
    return " ".join(str(each) for each in range(1, int(message.rpartition(" ")[2]) + 1))


if __name__ == "__main__":
    sys.exit(main())
