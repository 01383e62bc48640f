"""A gateway in a process of its own, to be killed, frozen and restarted."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from tek_local.crash_points import VARIABLE
from tek_local.start_command import start_command
from tek_protocol import DecodeError
from tek_testing.deadlines import deadline
from tek_testing.gateway.ports import free_port
from tek_testing.gateway.spawned_gateway import ALONE, Ready, environment_in, read_ready, spawn

READY_LIMIT = 10.0
STOP_LIMIT = 5.0
"""Seconds, scaled, that a start and a stop may take."""

ORPHAN_LIMIT = 600.0
"""Seconds without a client after which a gateway ends by itself, in case its test was killed."""


class GatewayProcess:
    """A real gateway with a temporary home; `async with` starts it and always reaps it.

    `options` are added to its command line and `environment` to its environment. `wrapper` is a
    command that runs the gateway's command, given as its arguments, with `exec`. `port` 0 takes a
    free one; every start uses the same port. With `model` None the gateway chooses its model.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        model: str | None = "echo",
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tek-gateway-"))
        self.port = port or free_port()
        self._model = model
        self._options = options
        self._wrapper = wrapper
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: Ready | None = None

    # ---- What it is ----------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that make any program share this gateway's home."""
        return environment_in(self.home)

    @property
    def data_dir(self) -> Path:
        """Return the folder of its sessions."""
        return self.home / "sessions"

    @property
    def runtime_path(self) -> Path:
        """Return the path of its runtime file (on Linux)."""
        return self.home / "config" / "tek" / "runtime.json"

    @property
    def url(self) -> str:
        """Return the address to dial, whether it runs or not."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def health_url(self) -> str:
        """Return the address of its health page."""
        return f"http://127.0.0.1:{self.port}/health"

    @property
    def pid(self) -> int:
        """Return its process id; raises `RuntimeError` if it was never started."""
        return self._started().pid

    @property
    def instance(self) -> str:
        """Return the instance id of its latest start."""
        if self._ready is None:
            reason = "the gateway was never ready"
            raise RuntimeError(reason)
        return self._ready.instance

    @property
    def running(self) -> bool:
        """Return whether the process exists, frozen or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs and before a start."""
        return None if self._process is None else self._process.poll()

    @property
    def log(self) -> str:
        """Return the standard error of all its starts."""
        with suppress(FileNotFoundError):
            return self._log_file.read_text(errors="replace")
        return ""

    # ---- What can be done to it ----------------------------------------------------------------

    async def start(self, *, crash_at: str = "") -> None:
        """Start it and wait until it accepts connections; raises `RuntimeError` with its log.

        With `crash_at`, it kills itself at that point: see `tek_local.crash_points`.
        """
        if self.running:
            reason = "the gateway is already running"
            raise RuntimeError(reason)
        environment = {**ALONE, **self.environment, **self._environment, VARIABLE: crash_at}
        self._process = spawn(self._command(), environment, self._log_file)
        try:
            async with deadline(READY_LIMIT):
                self._ready = await asyncio.to_thread(read_ready, self._process)
        except (TimeoutError, DecodeError) as error:
            await self.kill()
            reason = f"the gateway did not become ready; its log:\n{self.log}"
            raise RuntimeError(reason) from error
        except BaseException:
            await self.kill()
            raise

    async def kill(self) -> None:
        """Kill it with SIGKILL, frozen or not, and reap it; does nothing if it has ended."""
        if self._process is not None:
            self._process.kill()
            await self.wait()

    async def terminate(self) -> int:
        """Stop it with SIGTERM and return its exit code; raises `RuntimeError` with its log.

        A frozen gateway is continued.
        """
        process = self._started()
        process.terminate()
        self.resume()
        return await self.wait()

    async def wait(self, limit: float = STOP_LIMIT) -> int:
        """Return its exit code once it has ended by itself.

        After `limit` seconds, scaled, it is killed and `RuntimeError` raised with its log.
        """
        process = self._started()
        try:
            async with deadline(limit):
                return await asyncio.to_thread(process.wait)
        except TimeoutError as error:
            reason = f"the gateway did not end in {limit} s; its log:\n{self.log}"
            raise RuntimeError(reason) from error
        finally:
            process.kill()  # does nothing if it has ended; else it also ends the waiting thread
            process.wait()

    async def restart(self, *, crash_at: str = "") -> None:
        """Kill it if it runs, and start it on the same port with the same sessions."""
        await self.kill()
        await self.start(crash_at=crash_at)

    def pause(self) -> None:
        """Freeze it with SIGSTOP: its sockets stay open, and nothing is read or answered.

        Raises `RuntimeError` if it is not running.
        """
        if not self.running:
            reason = "the gateway is not running"
            raise RuntimeError(reason)
        process = self._started()
        process.send_signal(signal.SIGSTOP)
        # Waits until it has stopped or ended, without reaping it.
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Continue a frozen gateway."""
        self._started().send_signal(signal.SIGCONT)

    def lose_sessions(self) -> None:
        """Delete its data; raises `RuntimeError` if it is running."""
        if self.running:
            reason = "kill or terminate the gateway before it loses its sessions"
            raise RuntimeError(reason)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    async def aclose(self) -> None:
        """Kill it, reap it and delete its home."""
        try:
            await self.kill()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # ---- How -----------------------------------------------------------------------------------

    @property
    def _log_file(self) -> Path:
        return self.home / "gateway.log"

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            reason = "the gateway was never started"
            raise RuntimeError(reason)
        return self._process

    def _command(self) -> list[str]:
        command = start_command(
            port=self.port,
            data_dir=self.data_dir,
            stop_when_idle=ORPHAN_LIMIT,
            model=self._model,
        )
        return [*self._wrapper, *command, *self._options]
