"""The checks between a client and its gateway: settings, network, token and response time."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from reconnect_core import InvalidURL, RequestFailed, Session
from reconnect_core.io.link import Call, DialFailed
from reconnect_core.io.websocket import dial, explain
from reconnect_core.rules.address import CLEARTEXT_REFUSAL, is_loopback, may_carry_token
from reconnect_core.rules.verdict import Block, Cause, Failure, is_refusal, judge
from tek_chat.config.settings import SettingsError, settings_path
from tek_chat.config.tokens import Token, TokenError, TokenSource, find_token, gateway_name
from tek_chat.doctor.check_result import MENDS, CheckFailed, CheckName, CheckSkipped
from tek_chat.local.discovery import find_local
from tek_chat.setup import Setup, read_setup
from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol.envelope import FRAME_LIMIT, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

CHECK_LIMIT = 10.0
"""Seconds for each check."""


@dataclass(slots=True)
class ConnectionChecks:
    """The checks, and what they have found so far.

    Each returns its finding, or raises `CheckFailed` or `CheckSkipped`. `option` is the gateway
    given on the command line.
    """

    option: str | None
    setup: Setup | None = None
    url: str = ""
    token: Token = field(default_factory=Token)
    subprotocol: str | None = None
    refusal: Failure | None = None

    def in_order(self) -> dict[CheckName, Callable[[], Awaitable[str]]]:
        """Return the checks; each needs what those before it have found."""
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
            raise CheckFailed(str(error), MENDS[CheckName.SETTINGS]) from error
        path = settings_path()
        return str(path) if path.exists() else "no settings file; using defaults"

    async def _discovery(self) -> str:
        setup = self._known()
        self.url = setup.url or await find_local() or ""
        if not self.url:
            raise CheckFailed(
                detail="no gateway is running on this computer", mend=MENDS[CheckName.DISCOVERY]
            )
        return f"{self.url} ({setup.address.origin})"

    async def _dns(self) -> str:
        self._skip_behind_proxy()
        host, port = self._host_port
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            detail = f"{host}: {error.strerror or error}"
            raise CheckFailed(detail, MENDS[CheckName.DNS]) from error
        return ", ".join(dict.fromkeys(str(address[0]) for *_, address in found))

    async def _tcp(self) -> str:
        self._skip_behind_proxy()
        host, port = self._host_port
        try:
            await _connect(host, port, None)
        except OSError as error:
            raise CheckFailed(explain(error).detail, MENDS[CheckName.TCP]) from error
        return f"port {port} is open"

    async def _tls(self) -> str:
        if urlsplit(self.url).scheme != "wss":
            raise CheckSkipped(reason="ws:// does not use TLS")
        self._skip_behind_proxy()
        try:
            return await _connect(*self._host_port, ssl.create_default_context())
        except ConnectionResetError as error:
            detail = "the server closed the connection during the handshake"
            raise CheckFailed(detail, MENDS[CheckName.TLS]) from error
        except OSError as error:
            raise CheckFailed(explain(error).detail, MENDS[CheckName.TLS]) from error

    async def _upgrade(self) -> str:
        setup = self._known()
        # A token that cannot be read is reported by the sign-in check.
        with suppress(TokenError):
            self.token = await asyncio.to_thread(find_token, setup.url)
        token = self.token.text if may_carry_token(self.url) else ""
        offers = (SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME)
        try:
            link = await dial(Call(self.url, token or None, offers, FRAME_LIMIT))
        except DialFailed as failed:
            if is_refusal(failed.failure):
                self.refusal = failed.failure
                return f"the gateway answered: {failed.failure.detail}"
            raise CheckFailed(failed.failure.detail, _mend_of(failed.failure)) from failed
        self.subprotocol = link.subprotocol
        link.abort()
        return "101 Switching Protocols"

    async def _subprotocol(self) -> str:
        if self.refusal is not None:
            raise CheckSkipped(reason="the gateway asks for a token first")
        match self.subprotocol:
            case None:
                return "tek.v1 (none selected): answers do not resume after an outage"
            case str(name) if name == SUBPROTOCOL_RESUME:
                return f"{name}: answers resume after an outage"
            case name:
                return f"{name}: answers do not resume after an outage"

    async def _auth(self) -> str:
        setup = self._known()
        try:
            await asyncio.to_thread(find_token, setup.url)
        except TokenError as error:
            raise CheckFailed(str(error), MENDS[CheckName.AUTH]) from error
        if self.token.text and not may_carry_token(self.url):
            raise CheckFailed(CLEARTEXT_REFUSAL, mend="use wss://")
        if self.refusal is not None:
            raise CheckFailed(self._rejection(self.refusal), MENDS[CheckName.AUTH])
        token = self._token_name()
        return f"{token} was accepted" if token else "no token, and the gateway needs none"

    async def _round_trip(self) -> str:
        setup = self._known()
        loop = asyncio.get_running_loop()
        async with Session(self.url, token=setup.token, dialect=TEK_DIALECT) as session:
            try:
                await session.request({"type": "session.list"}, seconds=CHECK_LIMIT)
                began = loop.time()
                await session.request({"type": "session.list"}, seconds=CHECK_LIMIT)
            except RequestFailed as error:
                raise CheckFailed(str(error), MENDS[CheckName.ROUND_TRIP]) from error
            return f"{(loop.time() - began) * 1000:.1f} ms"

    # ---- What the checks share -----------------------------------------------------------------

    def _rejection(self, refusal: Failure) -> str:
        token = self._token_name()
        problem = f"{token} was rejected" if token else "the gateway needs a token"
        return f"{problem}: {refusal.detail}"

    def _token_name(self) -> str:
        match self.token.source:
            case TokenSource.NOWHERE:
                return ""
            case TokenSource.ENVIRONMENT:
                return "the token in TEK_TOKEN"
            case source:
                return f"the token for {gateway_name(self._known().url)} from the {source}"

    def _known(self) -> Setup:
        if self.setup is None:
            raise CheckFailed(detail="the settings were not read", mend=MENDS[CheckName.SETTINGS])
        return self.setup

    @property
    def _host_port(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)

    def _skip_behind_proxy(self) -> None:
        host, port = self._host_port
        wanted = "https" if urlsplit(self.url).scheme == "wss" else "http"
        proxies = getproxies()
        if is_loopback(self.url) or proxy_bypass(f"{host}:{port}"):
            return
        if wanted in proxies or "socks" in proxies or "all" in proxies:
            raise CheckSkipped(reason="the proxy makes this connection")


async def _connect(host: str, port: int, context: ssl.SSLContext | None) -> str:
    """Connect and hang up; return the TLS version, "" without TLS."""
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
            return "wait a moment, or read the gateway's log"
        case _:
            return MENDS[CheckName.UPGRADE]
