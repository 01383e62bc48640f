"""The gateway put together: store, model, turns, listening socket and runtime file.

It must never hold a rule of its own: it only joins the parts, and takes them apart in order.
"""

import logging
import os
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext

from websockets.asyncio.server import ServerConnection

from tek_gateway.errors import CannotStart, StoreError
from tek_gateway.host.activity import Activity
from tek_gateway.limits import Retention, ServerLimits
from tek_gateway.models.choice import Choice
from tek_gateway.models.protocols import Model
from tek_gateway.serve.access import Tokens
from tek_gateway.serve.pages import Pages
from tek_gateway.serve.plain_connection import PlainConnection
from tek_gateway.serve.principals import ClientConnection
from tek_gateway.serve.resume_connection import ResumeConnection
from tek_gateway.serve.server import (
    SPOKEN,
    Handshake,
    ListenAddress,
    ServerConfig,
    is_loopback,
    listening,
)
from tek_gateway.store.commit_queue import journaling
from tek_gateway.store.retention import pruning
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_gateway.store.store import Store
from tek_gateway.turns.scheduler import Scheduler
from tek_local.runtime_file import RuntimeFile, remove_runtime, write_runtime
from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """How a gateway is to run; `idle_limit` is in seconds, None for one that never ends itself.

    `model` answers messages that name none, and `others` those that name them.
    """

    host: str
    port: int
    data_dir: Path
    runtime_path: Path
    model: Model
    idle_limit: float | None = None
    plain: bool = False
    tokens: Tokens = field(default_factory=Tokens)
    tls: SSLContext | None = None
    behind_proxy: bool = False
    limits: ServerLimits = field(default_factory=ServerLimits)
    retention: Retention = field(default_factory=Retention)
    others: tuple[Model, ...] = ()


@asynccontextmanager
async def running(
    settings: GatewaySettings, stop: Callable[[], None]
) -> AsyncGenerator[RuntimeFile]:
    """Run a gateway for as long as the context lasts; `stop` is called when it has been idle.

    It is called, too, when nothing can be stored any more; the context ends with `JournalBroken`
    then. Raises `CannotStart`.
    """
    check_access(settings)
    instance = secrets.token_hex(8)
    async with AsyncExitStack() as stack:
        store = await _opened(settings.data_dir)
        stack.push_async_callback(store.close)
        activity = Activity(settings.idle_limit, stop)
        stack.callback(activity.close)
        journal = await stack.enter_async_context(journaling(store, on_broken=stop))
        models = Choice(settings.model, settings.others)
        stack.push_async_callback(models.close)
        turns = Scheduler(journal, models, activity, settings.limits)
        stack.push_async_callback(turns.stop)
        await _recovered(turns)
        await stack.enter_async_context(pruning(journal, turns.delete, settings.retention))

        async def talk(socket: ServerConnection, visit: ClientConnection) -> None:
            with activity.busy():
                if socket.subprotocol == SUBPROTOCOL_RESUME:
                    await ResumeConnection(socket, visit, journal, turns).run()
                else:
                    await PlainConnection(socket, visit, store, turns).run()

        place = ListenAddress(settings.host, settings.port, settings.tls, settings.behind_proxy)
        house = ServerConfig(
            talk,
            Pages(instance, journal, turns).page,
            place,
            settings.tokens,
            settings.limits,
            journal.metrics,
            (SUBPROTOCOL_PLAIN,) if settings.plain else SPOKEN,
        )
        port = await stack.enter_async_context(listening(Handshake(house), place, settings.limits))
        runtime = _runtime(place, port, instance)
        stack.callback(_withdraw, settings.runtime_path, instance)
        _announce(settings.runtime_path, runtime)
        yield runtime


def check_access(settings: GatewaySettings) -> None:
    """Raise `CannotStart` if somebody could come in, or listen in, who should not."""
    is_open = not is_loopback(settings.host)
    if (is_open or settings.behind_proxy) and not settings.tokens.names:
        who = "reaches the proxy" if settings.behind_proxy else f"reaches {settings.host}"
        reason = (
            f"whoever {who} could use this gateway: give it --tokens FILE"
            " (`tek-gateway token NAME` makes one) or TEK_GATEWAY_TOKEN"
        )
        raise CannotStart(reason)
    if is_open and settings.tls is None and not settings.behind_proxy:
        reason = (
            f"whoever listens in on the way to {settings.host} could read everything: give it"
            " --tls-cert and --tls-key, or --behind-proxy if a proxy speaks TLS for it"
        )
        raise CannotStart(reason)


async def _opened(folder: Path) -> Store:
    try:
        return await open_store(folder)
    except StoreError as error:
        reason = f"cannot keep sessions in {folder}: {error}; choose another with --data-dir"
        raise CannotStart(reason) from error


async def _recovered(turns: Scheduler) -> None:
    try:
        await turns.recover()
    except StoreError as error:
        reason = f"cannot go on with the turns that were running: {error}"
        raise CannotStart(reason) from error


def _runtime(place: ListenAddress, port: int, instance: str) -> RuntimeFile:
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    is_tls = place.tls is not None
    return RuntimeFile(os.getpid(), port, started_at, instance, place.host, is_tls)


def _announce(path: Path, runtime: RuntimeFile) -> None:
    try:
        write_runtime(path, runtime)
    except OSError as error:  # clients that are told the address do without the file
        _logger.warning("clients cannot find this gateway by themselves: %s", error)


def _withdraw(path: Path, instance: str) -> None:
    try:
        remove_runtime(path, instance)
    except OSError as error:
        _logger.warning("the runtime file stays behind: %s", error)
