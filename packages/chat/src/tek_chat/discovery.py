"""Which gateway to talk to: the one that was named, or this machine's, started if need be.

It must never start a second gateway while one of this user is alive.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import filelock

from reconnect_core import Provider
from tek_chat.address import normal_url
from tek_chat.health import read_health
from tek_chat.settings import Settings
from tek_chat.spawn import start_local
from tek_gateway.runtime import config_dir, read_runtime, runtime_path

IDLE_SECONDS = 15.0
"""How long a gateway that was started here lives on after its last client has gone."""

_LOCK_TIMEOUT = 12.0


class Origin(StrEnum):
    """Where an address came from, strongest first."""

    OPTION = "--url"
    ENVIRONMENT = "TEK_URL"
    SETTINGS = "settings"
    LOCAL = "this machine"


@dataclass(frozen=True, slots=True)
class Address:
    """A gateway's address, or the provider that finds or starts this machine's gateway."""

    url: str | Provider
    origin: Origin


def find_address(option: str | None, environment: Mapping[str, str], settings: Settings) -> Address:
    """Return whom to dial; raises `InvalidURL` for an address that cannot be one."""
    named = {
        Origin.OPTION: option,
        Origin.ENVIRONMENT: environment.get("TEK_URL"),
        Origin.SETTINGS: settings.url,
    }
    for origin, url in named.items():
        if url:
            return Address(normal_url(url), origin)
    return Address(find_or_start_local, Origin.LOCAL)


async def find_local() -> str | None:
    """Return the address of this user's running gateway, if there is one that answers."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    if runtime is None or await read_health(runtime) is None:
        return None
    return runtime.url


async def find_or_start_local() -> str:
    """Return the address of this user's gateway, starting it if none runs; raises `OSError`.

    Clients that come at the same time wait for one another at a file lock, and the first starts
    the gateway for all.
    """
    if (url := await find_local()) is not None:
        return url
    config_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = filelock.AsyncFileLock(config_dir() / "gateway.lock", timeout=_LOCK_TIMEOUT)
    try:
        async with lock:
            if (url := await find_local()) is not None:
                return url
            return await asyncio.to_thread(start_local, port=0, stop_when_idle=IDLE_SECONDS)
    except filelock.Timeout as error:
        message = "another client has been starting the gateway for too long"
        raise TimeoutError(message) from error
