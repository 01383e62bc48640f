"""Finds the gateway to use: the configured one, or the one on this computer, started on demand.

A file lock keeps two clients of a user from starting two gateways.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

import filelock

from reconnect_core import InvalidURL, Provider
from tek_chat.config.gateway_address import normal_url
from tek_chat.config.settings import Settings
from tek_chat.local.health import read_health
from tek_chat.local.spawn import GatewayNotStarted, start_local
from tek_local.runtime_file import config_dir, read_runtime, runtime_path

IDLE_SECONDS = 15.0
"""Seconds that a gateway started here keeps running after its last client disconnected."""

_LOCK_TIMEOUT = 12.0
_LOCK_POLL = 0.05


class Origin(StrEnum):
    """Where an address comes from, in order of precedence."""

    OPTION = "--url"
    ENVIRONMENT = "TEK_URL"
    SETTINGS = "settings"
    LOCAL = "this machine"
    JOURNAL = "journal"  # the address that unsent messages were written to


@dataclass(frozen=True, slots=True)
class Address:
    """A gateway's address, or the provider that finds or starts the gateway on this computer."""

    url: str | Provider
    origin: Origin


def find_address(option: str | None, environment: Mapping[str, str], settings: Settings) -> Address:
    """Return the address to dial; raises `InvalidURL`, which names the origin."""
    named = {
        Origin.OPTION: option,
        Origin.ENVIRONMENT: environment.get("TEK_URL"),
        Origin.SETTINGS: settings.url,
    }
    for origin, url in named.items():
        if url:
            return Address(_dialable(url, origin), origin)
    return Address(find_or_start_local, Origin.LOCAL)


def _dialable(url: str, origin: Origin) -> str:
    try:
        return normal_url(url)
    except InvalidURL as error:
        message = f"{origin}: {error}"
        raise InvalidURL(message) from error


async def find_local() -> str | None:
    """Return the address of this user's gateway, or None if none answers."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    if runtime is None or await read_health(runtime) is None:
        return None
    return runtime.url


async def find_or_start_local(*, lock_timeout: float = _LOCK_TIMEOUT) -> str:
    """Return the address of this user's gateway, starting it if none runs; raises `OSError`.

    Of several clients, one starts the gateway; the others wait for the file lock for up to
    `lock_timeout` seconds.
    """
    if (url := await find_local()) is not None:
        return url
    async with starting_alone(lock_timeout=lock_timeout) as starter:
        return await find_local() or await starter.start(port=0, stop_when_idle=IDLE_SECONDS)


class Starter:
    """Holds the lock for starting this user's gateway, which it does at most once."""

    def __init__(self, lock: filelock.BaseFileLock) -> None:
        self._lock: filelock.BaseFileLock | None = lock

    async def start(self, *, port: int, stop_when_idle: float | None = None) -> str:
        """Start it and return its address; raises `OSError`."""
        lock, self._lock = self._lock, None
        if lock is None:
            message = "the gateway was started already"
            raise GatewayNotStarted(message)
        return await asyncio.to_thread(_start_and_release, lock, port, stop_when_idle)

    def release(self) -> None:
        """Release the lock, unless a start does."""
        if self._lock is not None:
            self._lock.release()


@asynccontextmanager
async def starting_alone(*, lock_timeout: float = _LOCK_TIMEOUT) -> AsyncGenerator[Starter]:
    """Hold the lock for starting this user's gateway; raises `OSError`."""
    starter = Starter(await _locked(lock_timeout))
    try:
        yield starter
    finally:
        starter.release()


async def _locked(lock_timeout: float) -> filelock.BaseFileLock:
    """Acquire and return the lock; it may be released in any thread."""
    config_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = filelock.FileLock(config_dir() / "gateway.lock", thread_local=False)
    try:
        async with asyncio.timeout(lock_timeout):
            while True:
                with suppress(filelock.Timeout):
                    lock.acquire(blocking=False)
                    return lock
                await asyncio.sleep(_LOCK_POLL)
    except TimeoutError as error:
        message = "another client has been starting the gateway for too long"
        raise GatewayNotStarted(message) from error


def _start_and_release(lock: filelock.BaseFileLock, port: int, stop_when_idle: float | None) -> str:
    """Start the gateway; if the caller is cancelled, the lock is held until the start ends."""
    try:
        return start_local(port=port, stop_when_idle=stop_when_idle)
    finally:
        lock.release()
