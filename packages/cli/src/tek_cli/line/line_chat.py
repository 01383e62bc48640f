"""A chat in line mode: submits what is typed and prints what is new."""

import asyncio
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext

from reconnect_core import Event
from tek_chat import Listener, configured_client
from tek_chat.view import wording
from tek_cli.actions.await_view import first
from tek_cli.exit_codes import Exit
from tek_cli.line.line_input import LineInput
from tek_cli.line.line_screen import LineScreen
from tek_cli.terminal.terminal import Terminal


async def run_line_chat(
    url: str | None, session_id: str | None, listeners: Sequence[Listener], *, model: str = ""
) -> Exit:
    """Chat until the input ends and everything submitted is answered, has failed or is saved."""
    is_typed = sys.stdin.isatty()
    async with Terminal.of_process() as terminal:
        screen = LineScreen(
            terminal,
            retry_hint="Enter now" if is_typed else "",
            resend_hint="/retry sends it again" if is_typed else "",
            approve_hint="/approve once, /approve session or /approve deny",
        )

        def draw(_event: Event | None = None) -> None:
            screen.draw(client.view)
            if line_input.is_open and wording.invites(client.view):
                terminal.prompt()

        client = configured_client(url=url, session_id=session_id, listeners=(*listeners, draw))
        client.model = model or client.model
        line_input = LineInput(client, terminal, draw, is_typed=is_typed)
        async with client:
            try:
                with _interruptible(line_input) if is_typed else nullcontext():
                    await first(line_input.run(), terminal.nobody_reads.wait())
            finally:
                terminal.close()  # the user need not see the connection close
    return Exit.BROKEN_PIPE if terminal.nobody_reads.is_set() else Exit.OK


@contextmanager
def _interruptible(line_input: LineInput) -> Generator[None]:
    """Pass Ctrl+C to `line_input`; cancel the chat if it does not handle it."""
    chat = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        if not line_input.interrupt() and chat is not None:
            chat.cancel()

    loop.add_signal_handler(signal.SIGINT, pressed)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
