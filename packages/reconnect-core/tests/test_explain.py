"""What the errors of the network and of the WebSocket library mean."""

import errno
import os
import socket
import ssl

import pytest
import websockets.exceptions as ws

from reconnect_core import Call, Cause, DialFailed, Failure
from reconnect_core.io.websocket import dial, explain
from reconnect_core.testing import deadline


def _tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "tls")
    error.reason = reason  # pyright: ignore[reportAttributeAccessIssue] # set by OpenSSL, or None
    return error


def _several(*numbers: int) -> OSError:
    """Return what asyncio raises when a name has several addresses and none answers."""
    texts = [f"[Errno {each}] Connect call failed ('::1', 3271, 0, 0)" for each in numbers]
    return OSError(f"Multiple exceptions: {', '.join(texts)}")


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), (Cause.NETWORK, "connection refused")),
        (_several(errno.ECONNREFUSED), (Cause.NETWORK, "connection refused")),
        (OSError(errno.ENETUNREACH, "x"), (Cause.NETWORK, "network unreachable")),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), (Cause.NETWORK, "Too many open files")),
        (OSError("odd"), (Cause.NETWORK, "odd")),
        (ConnectionResetError(), (Cause.NETWORK, "ConnectionResetError")),
        (socket.gaierror(-2, "x"), (Cause.NETWORK, "host not found")),
        (TimeoutError(errno.ETIMEDOUT, "x"), (Cause.TIMEOUT, "no answer in time")),
        (_tls(None), (Cause.TLS, "TLS handshake failed: connection closed")),
        (_tls("BAD_ALERT"), (Cause.TLS, "TLS handshake failed: BAD_ALERT")),
        (
            _tls("RECORD_LAYER_FAILURE"),
            (Cause.NOT_WEBSOCKET, "the gateway speaks no TLS; try ws://"),
        ),
        (ws.ProxyError("down"), (Cause.NETWORK, "the proxy failed: down")),
        (
            ws.InvalidProxy("http://me:s3cret@proxy", "bad"),
            (Cause.PROXY, "the proxy's address is malformed"),
        ),
        (ImportError("python-socks"), (Cause.PROXY, "a SOCKS proxy needs python-socks")),
        (
            ws.InvalidUpgrade("Upgrade"),
            (Cause.NOT_WEBSOCKET, "no WebSocket server: missing Upgrade header"),
        ),
    ],
    ids=range(15),
)
def test_an_error_is_explained_in_few_words_without_secrets(
    error: Exception, failure: tuple[Cause, str]
) -> None:
    assert explain(error) == Failure(*failure)


def test_an_address_that_only_the_library_refuses_is_an_address_too() -> None:
    assert explain(ws.InvalidURI("ws://me:s3cret@h", "bad")).cause is Cause.ADDRESS


async def test_a_socks_proxy_without_its_library_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("all_proxy", "socks5h://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    async with deadline():
        with pytest.raises(DialFailed) as caught:
            await dial(Call("ws://gateway.invalid/"))
    assert caught.value.failure.cause in {Cause.PROXY, Cause.NETWORK}
