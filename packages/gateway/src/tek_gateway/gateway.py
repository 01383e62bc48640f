"""Assembles a gateway from its parts, and stops them in reverse order."""

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
from tek_gateway.models.choice import ModelChoice
from tek_gateway.models.protocols import Model
from tek_gateway.serve.access import Tokens
from tek_gateway.serve.handshake import SUBPROTOCOLS, Handshake, ServerConfig
from tek_gateway.serve.listen_address import ListenAddress, is_loopback
from tek_gateway.serve.pages import Pages
from tek_gateway.serve.plain_connection import PlainConnection
from tek_gateway.serve.principals import ClientConnection
from tek_gateway.serve.resume_connection import ResumeConnection
from tek_gateway.serve.server import listening
from tek_gateway.store.commit_queue import committing
from tek_gateway.store.retention import pruning
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_gateway.store.store import Store
from tek_gateway.turns.admission import Admission
from tek_gateway.turns.scheduler import Scheduler
from tek_local.runtime_file import RuntimeFile, remove_runtime, write_runtime
from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The settings of a gateway.

    `model` answers messages that name no model; the `others` can be named. The gateway stops after
    `idle_limit` seconds without activity, or never if that is None.
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
    """Run a gateway while the context lasts; `stop` is called once it was idle for its limit.

    `stop` is also called when the log can no longer be written; the context then ends with
    `LogBroken`. Raises `CannotStart`.
    """
    check_access(settings)
    instance = secrets.token_hex(8)
    async with AsyncExitStack() as stack:
        store = await _open_store(settings.data_dir)
        stack.push_async_callback(store.close)
        activity = Activity(settings.idle_limit, stop)
        stack.callback(activity.close)
        commits = await stack.enter_async_context(committing(store, on_broken=stop))
        models = ModelChoice(settings.model, settings.others)
        stack.push_async_callback(models.close)
        scheduler = Scheduler(commits, models, activity, settings.limits)
        stack.push_async_callback(scheduler.stop)
        await _recover(scheduler)
        await stack.enter_async_context(pruning(commits, scheduler.delete, settings.retention))

        admission = Admission(scheduler)

        async def serve_client(socket: ServerConnection, client: ClientConnection) -> None:
            is_resumable = socket.subprotocol == SUBPROTOCOL_RESUME
            kind = ResumeConnection if is_resumable else PlainConnection
            with activity.busy():
                await kind(socket, client, scheduler, admission).run()

        address = ListenAddress(settings.host, settings.port, settings.tls, settings.behind_proxy)
        config = ServerConfig(
            serve_client,
            Pages(instance, scheduler).find,
            address,
            settings.tokens,
            settings.limits,
            commits.metrics,
            (SUBPROTOCOL_PLAIN,) if settings.plain else SUBPROTOCOLS,
        )
        port = await stack.enter_async_context(
            listening(Handshake(config), address, settings.limits)
        )
        runtime = _runtime_file(address, port, instance)
        stack.callback(_remove_runtime_file, settings.runtime_path, instance)
        _write_runtime_file(settings.runtime_path, runtime)
        yield runtime


def check_access(settings: GatewaySettings) -> None:
    """Raise `CannotStart` if the gateway would be open to others without tokens or TLS."""
    is_open = not is_loopback(settings.host)
    if (is_open or settings.behind_proxy) and not settings.tokens.names:
        target = "the proxy" if settings.behind_proxy else settings.host
        reason = (
            f"anyone who can reach {target} could use this gateway: add --tokens FILE"
            " (`tek-gateway token NAME` makes a token) or set TEK_GATEWAY_TOKEN"
        )
        raise CannotStart(reason)
    if is_open and settings.tls is None and not settings.behind_proxy:
        reason = (
            f"traffic to {settings.host} would not be encrypted: add --tls-cert and --tls-key, or"
            " --behind-proxy if a proxy provides TLS"
        )
        raise CannotStart(reason)


async def _open_store(folder: Path) -> Store:
    try:
        return await open_store(folder)
    except StoreError as error:
        reason = f"cannot keep sessions in {folder}: {error}; choose another folder with --data-dir"
        raise CannotStart(reason) from error


async def _recover(scheduler: Scheduler) -> None:
    try:
        await scheduler.recover()
    except StoreError as error:
        reason = f"cannot continue the turns that were running: {error}"
        raise CannotStart(reason) from error


def _runtime_file(address: ListenAddress, port: int, instance: str) -> RuntimeFile:
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    is_tls = address.tls is not None
    return RuntimeFile(os.getpid(), port, started_at, instance, address.host, is_tls)


def _write_runtime_file(path: Path, runtime: RuntimeFile) -> None:
    try:
        write_runtime(path, runtime)
    except OSError as error:  # clients with an explicit address do not need the file
        _logger.warning("cannot write the runtime file, so clients need the address: %s", error)


def _remove_runtime_file(path: Path, instance: str) -> None:
    try:
        remove_runtime(path, instance)
    except OSError as error:
        _logger.warning("cannot remove the runtime file: %s", error)
