"""Is everything in order between a client and its gateway? One thing after the other.

It must never start a gateway, send a message, or show a token.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from reconnect_core import InvalidURL, RequestFailed, Session
from reconnect_core.io.link import Call, DialFailed
from reconnect_core.io.websocket import dial, explain
from reconnect_core.rules.address import is_loopback
from reconnect_core.rules.verdict import Block, Cause, Failure, is_refusal, judge
from tek_chat.config.settings import SettingsError, settings_path
from tek_chat.config.tokens import Token, TokenError, TokenSource, find_token, gateway_name
from tek_chat.local.discovery import find_local
from tek_chat.setup import Setup, read_setup
from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol.envelope import FRAME_LIMIT, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

_BOUND = 10.0
"""Seconds for each check."""


class CheckName(StrEnum):
    """What is checked, in this order."""

    SETTINGS = "settings"
    DISCOVERY = "discovery"
    DNS = "DNS"
    TCP = "TCP"
    TLS = "TLS"
    UPGRADE = "HTTP upgrade"
    SUBPROTOCOL = "subprotocol"
    AUTH = "auth"
    ROUND_TRIP = "round trip"


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `mend` is what a person can do about a failed one."""

    name: CheckName
    state: CheckState
    detail: str = ""
    mend: str = ""

    @property
    def mark(self) -> str:
        """Return the state in one character, which can be told without its colour."""
        return _MARKS[self.state]


_MARKS = {CheckState.OK: "✓", CheckState.FAILED: "✕", CheckState.SKIPPED: "·"}


async def examine(url: str | None = None) -> AsyncGenerator[Check]:
    """Yield every check as it ends; after one that failed those that need it are skipped.

    `url` is what the user gave on the command line.
    """
    patient = _Patient(url)
    failed = ""
    for name, check in patient.checks.items():
        if failed:
            yield Check(name, CheckState.SKIPPED, f"after {failed}")
            continue
        try:
            async with asyncio.timeout(_BOUND):
                yield Check(name, CheckState.OK, await check())
        except _NotNeeded as reason:
            yield Check(name, CheckState.SKIPPED, str(reason))
        except _Ill as ill:
            failed = name
            yield Check(name, CheckState.FAILED, ill.detail, ill.mend)
        except TimeoutError:
            failed = name
            yield Check(name, CheckState.FAILED, "no answer in time", _MENDS[name])


class _Ill(Exception):
    def __init__(self, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.detail, self.mend = detail, mend


class _NotNeeded(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)


_MENDS = {
    CheckName.SETTINGS: "correct the file",
    CheckName.DISCOVERY: "open a chat, which starts a gateway here, or name one with TEK_URL",
    CheckName.DNS: "check the host's name, and the network of this machine",
    CheckName.TCP: "start the gateway there, or check host, port and what may filter them",
    CheckName.TLS: "check the gateway's certificate, or use ws:// where it speaks no TLS",
    CheckName.UPGRADE: "check host, port and path; a gateway answers WebSocket handshakes there",
    CheckName.SUBPROTOCOL: "check that a Tek gateway listens there, and not another program",
    CheckName.AUTH: "log in with a token that the gateway accepts, or set TEK_TOKEN",
    CheckName.ROUND_TRIP: "look into the gateway's log",
}


@dataclass(slots=True)
class _Patient:
    """What is known so far; each check returns what it found, or raises what is wrong."""

    option: str | None
    setup: Setup | None = None
    url: str = ""
    token: Token = field(default_factory=Token)
    subprotocol: str | None = None
    refusal: Failure | None = None

    @property
    def checks(self) -> dict[CheckName, Callable[[], Awaitable[str]]]:
        return {
            CheckName.SETTINGS: self._settings,
            CheckName.DISCOVERY: self._discovery,
            CheckName.DNS: self._dns,
            CheckName.TCP: self._tcp,
            CheckName.TLS: self._tls,
            CheckName.UPGRADE: self._upgrade,
            CheckName.SUBPROTOCOL: self._subprotocol,
            CheckName.AUTH: self._auth,
            CheckName.ROUND_TRIP: self._round_trip,
        }

    async def _settings(self) -> str:
        try:
            self.setup = read_setup(self.option)
        except (SettingsError, InvalidURL) as error:
            raise _Ill(str(error), _MENDS[CheckName.SETTINGS]) from error
        path = settings_path()
        return str(path) if path.exists() else f"{path}, which is not there: the defaults"

    async def _discovery(self) -> str:
        setup = self._known()
        self.url = setup.url or await find_local() or ""
        if not self.url:
            raise _Ill(
                detail="this machine's gateway does not run", mend=_MENDS[CheckName.DISCOVERY]
            )
        return f"{self.url} ({setup.address.origin})"

    async def _dns(self) -> str:
        self._skip_behind_proxy()
        host, port = self._place
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            detail = f"{host}: {error.strerror or error}"
            raise _Ill(detail, _MENDS[CheckName.DNS]) from error
        return ", ".join(dict.fromkeys(str(address[0]) for *_, address in found))

    async def _tcp(self) -> str:
        self._skip_behind_proxy()
        host, port = self._place
        try:
            await _knock(host, port, None)
        except OSError as error:
            raise _Ill(explain(error).detail, _MENDS[CheckName.TCP]) from error
        return f"port {port} is open"

    async def _tls(self) -> str:
        if urlsplit(self.url).scheme != "wss":
            raise _NotNeeded(reason="ws:// has none")
        self._skip_behind_proxy()
        try:
            return await _knock(*self._place, ssl.create_default_context())
        except ConnectionResetError as error:
            detail = "the handshake was broken off"
            raise _Ill(detail, _MENDS[CheckName.TLS]) from error
        except OSError as error:
            raise _Ill(explain(error).detail, _MENDS[CheckName.TLS]) from error

    async def _upgrade(self) -> str:
        setup = self._known()
        # What is wrong with the token itself is told when it is the token's turn.
        with suppress(TokenError):
            self.token = await asyncio.to_thread(find_token, setup.url)
        token = self.token.text if self._is_private else ""
        offers = (SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME)
        try:
            link = await dial(Call(self.url, token or None, offers, FRAME_LIMIT))
        except DialFailed as failed:
            if is_refusal(failed.failure):
                self.refusal = failed.failure
                return f"a gateway answers: {failed.failure.detail}"
            raise _Ill(failed.failure.detail, _mend_of(failed.failure)) from failed
        self.subprotocol = link.subprotocol
        link.abort()
        return "101 Switching Protocols"

    async def _subprotocol(self) -> str:
        if self.refusal is not None:
            raise _NotNeeded(reason="the gateway wants a token first")
        match self.subprotocol:
            case None:
                return "none was chosen: plain tek.v1, without resumption"
            case str(name) if name == SUBPROTOCOL_RESUME:
                return f"{name}: answers go on after an outage"
            case name:
                return f"{name}: without resumption"

    async def _auth(self) -> str:
        setup = self._known()
        try:
            await asyncio.to_thread(find_token, setup.url)
        except TokenError as error:
            raise _Ill(str(error), _MENDS[CheckName.AUTH]) from error
        if self.token.text and not self._is_private:
            detail = "a token is not sent unencrypted to another machine"
            raise _Ill(detail, "use wss://")
        whose = f"the token for {gateway_name(setup.url)} from {self.token.source}"
        if self.token.source in {TokenSource.NOWHERE, TokenSource.ENVIRONMENT}:
            whose = (
                "no token" if self.token.source is TokenSource.NOWHERE else "the token in TEK_TOKEN"
            )
        if self.refusal is not None:
            raise _Ill(
                detail=f"{whose} was refused: {self.refusal.detail}", mend=_MENDS[CheckName.AUTH]
            )
        return f"{whose} is taken" if self.token.text else "no token, and none is asked for"

    async def _round_trip(self) -> str:
        setup = self._known()
        loop = asyncio.get_running_loop()
        async with Session(self.url, token=setup.token, dialect=TEK_DIALECT) as session:
            try:
                await session.request({"type": "session.list"}, seconds=_BOUND)
                began = loop.time()
                await session.request({"type": "session.list"}, seconds=_BOUND)
            except RequestFailed as error:
                raise _Ill(str(error), _MENDS[CheckName.ROUND_TRIP]) from error
            return f"{(loop.time() - began) * 1000:.1f} ms"

    # ---- What the checks share -----------------------------------------------------------------

    def _known(self) -> Setup:
        if self.setup is None:
            raise _Ill(detail="nothing is set up", mend=_MENDS[CheckName.SETTINGS])
        return self.setup

    @property
    def _place(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)

    @property
    def _is_private(self) -> bool:
        return urlsplit(self.url).scheme == "wss" or is_loopback(self.url)

    def _skip_behind_proxy(self) -> None:
        host, port = self._place
        wanted = "https" if urlsplit(self.url).scheme == "wss" else "http"
        proxies = getproxies()
        if is_loopback(self.url) or proxy_bypass(f"{host}:{port}"):
            return
        if wanted in proxies or "socks" in proxies or "all" in proxies:
            raise _NotNeeded(reason="a proxy connects instead of this machine")


async def _knock(host: str, port: int, context: ssl.SSLContext | None) -> str:
    """Connect and hang up; returns the version of TLS, "" without."""
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        found: object = writer.get_extra_info("ssl_object")
        return str(found.version()) if isinstance(found, ssl.SSLObject) else ""
    finally:
        writer.transport.abort()


def _mend_of(failure: Failure) -> str:
    match judge(failure, refused_before=True):
        case Block(mend):
            return mend
        case _ if failure.cause is Cause.HTTP:
            return "wait a little, or look into the gateway's log"
        case _:
            return _MENDS[CheckName.UPGRADE]
