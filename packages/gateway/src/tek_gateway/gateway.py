"""The gateway put together: store, model, turns, listening socket and runtime file.

It must never hold a rule of its own: it only joins the parts, and takes them apart in order.
"""

import logging
import os
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from websockets.asyncio.server import ServerConnection

from tek_gateway.activity import Activity
from tek_gateway.connection import Conversation
from tek_gateway.errors import CannotStart, StoreError
from tek_gateway.journal import journaling
from tek_gateway.models import Model
from tek_gateway.models.choice import Choice
from tek_gateway.options import MAX_CONNECTIONS
from tek_gateway.resumption import Following
from tek_gateway.runtime import Runtime, remove_runtime, write_runtime
from tek_gateway.server import SPOKEN, Door, listening
from tek_gateway.store import Store
from tek_gateway.store.sqlite import open_store
from tek_gateway.turns import Turns
from tek_gateway.version import VERSION
from tek_protocol.session import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a gateway is to run; `idle_limit` is in seconds, None for one that never ends itself.

    `model` answers messages that name none, and `others` those that name them.
    """

    host: str
    port: int
    data_dir: Path
    runtime_path: Path
    model: Model
    idle_limit: float | None = None
    max_connections: int = MAX_CONNECTIONS
    plain: bool = False
    others: tuple[Model, ...] = ()


@asynccontextmanager
async def running(settings: Settings, stop: Callable[[], None]) -> AsyncGenerator[Runtime]:
    """Run a gateway for as long as the context lasts; `stop` is called when it has been idle.

    Raises `CannotStart`.
    """
    began = monotonic()
    instance = secrets.token_hex(8)
    async with AsyncExitStack() as stack:
        store = await _opened(settings.data_dir)
        stack.push_async_callback(store.close)
        activity = Activity(settings.idle_limit, stop)
        stack.callback(activity.close)
        journal = await stack.enter_async_context(journaling(store))
        models = Choice(settings.model, settings.others)
        stack.push_async_callback(models.close)
        turns = Turns(journal, models, activity)
        stack.push_async_callback(turns.stop)
        await _recovered(turns)

        async def talk(socket: ServerConnection) -> None:
            with activity.busy():
                if socket.subprotocol == SUBPROTOCOL_RESUME:
                    await Following(socket, journal, turns).run()
                else:
                    await Conversation(socket, store, turns).run()

        async def health() -> dict[str, object]:
            return {
                "status": "ok",
                "version": VERSION,
                "pid": os.getpid(),
                "instance": instance,
                "uptime": round(monotonic() - began, 3),
                "connections": door.connections,
                "sessions": await store.count(),
            }

        spoken = (SUBPROTOCOL_PLAIN,) if settings.plain else SPOKEN
        door = Door(talk, health, settings.max_connections, spoken)
        port = await stack.enter_async_context(listening(door, settings.host, settings.port))
        runtime = _runtime(settings.host, port, instance)
        stack.callback(_withdraw, settings.runtime_path, instance)
        _announce(settings.runtime_path, runtime)
        yield runtime


async def _opened(folder: Path) -> Store:
    try:
        return await open_store(folder)
    except StoreError as error:
        reason = f"cannot keep sessions in {folder}: {error}; choose another with --data-dir"
        raise CannotStart(reason) from error


async def _recovered(turns: Turns) -> None:
    try:
        await turns.recover()
    except StoreError as error:
        reason = f"cannot go on with the turns that were running: {error}"
        raise CannotStart(reason) from error


def _runtime(host: str, port: int, instance: str) -> Runtime:
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Runtime(os.getpid(), port, started_at, instance, host)


def _announce(path: Path, runtime: Runtime) -> None:
    try:
        write_runtime(path, runtime)
    except OSError as error:  # clients that are told the address do without the file
        _logger.warning("clients cannot find this gateway by themselves: %s", error)


def _withdraw(path: Path, instance: str) -> None:
    try:
        remove_runtime(path, instance)
    except OSError as error:
        _logger.warning("the runtime file stays behind: %s", error)
