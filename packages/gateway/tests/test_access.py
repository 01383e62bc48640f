"""Tokens, the principals that they stand for, and what two of them see of each other."""

import asyncio
import json
import shutil
import ssl
import stat
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from tek_gateway.errors import CannotStart
from tek_gateway.gateway import GatewaySettings
from tek_gateway.limits import ServerLimits
from tek_gateway.serve.access import Tokens, add_token
from tek_gateway.serve.tls import tls_context
from tek_gateway.store.session_records import OWNER
from tek_local.runtime_file import RuntimeFile
from tek_protocol import encode
from tek_protocol.chat import ChatSend, Error, GatewayMessage, SessionList
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.wire_client import WireClient

Serve = Callable[[GatewaySettings], AbstractAsyncContextManager[RuntimeFile]]

ANN, BOB = "token-of-ann-0123456789", "token-of-bob-0123456789"
CERTIFICATE = Path(__file__).parents[2] / "reconnect-core" / "tests" / "self_signed.pem"


def tokens_in(folder: Path, text: str) -> Path:
    file = folder / "tokens"
    file.touch(0o600)
    file.write_text(text)
    return file


def bearer(token: str) -> list[str]:
    return [f"Bearer {token}"]


# ---- Tokens ----------------------------------------------------------------------------------


def test_without_tokens_everybody_is_the_owner() -> None:
    assert Tokens.read(None, {}).principal([]) == OWNER


def test_the_token_of_the_environment_is_the_owners() -> None:
    tokens = Tokens.read(None, {"TEK_GATEWAY_TOKEN": ANN})

    assert tokens.principal(bearer(ANN)) == OWNER
    assert tokens.principal([f"bearer  {ANN} "]) == OWNER
    for wrong in ([], bearer(""), bearer(BOB), [ANN], [f"Basic {ANN}"], bearer(ANN) * 2):
        assert tokens.principal(wrong) is None


def test_a_file_names_whose_token_is_which_in_the_clear_or_hashed(tmp_path: Path) -> None:
    file = tokens_in(tmp_path, f"# a comment\n\nann {ANN}\nann {ANN}-2\n")
    bob = add_token(file, "bob")

    tokens = Tokens.read(file, {})

    assert [tokens.principal(bearer(each)) for each in (ANN, f"{ANN}-2", bob)] == [
        "ann",
        "ann",
        "bob",
    ]
    assert bob not in file.read_text()
    assert ANN not in repr(tokens)


def test_a_new_file_of_tokens_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "tokens"
    add_token(file, "ann")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "two words", "ann/bob", "x" * 65, "ann\n"])
def test_a_name_is_one_plain_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotStart, match="invalid name"):
        add_token(tmp_path / "tokens", name)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "contains no token"),
        ("ann\n", "line 1: expected `NAME TOKEN`"),
        (f"\na/b {ANN}\n", "line 2: expected `NAME TOKEN`"),
        ("ann short\n", "line 1: a token needs at least 16 characters"),
        ("ann with blanks in it, many\n", "without spaces"),
    ],
)
def test_a_mistake_in_the_file_is_named_and_no_token_repeated(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(CannotStart) as refused:
        Tokens.read(tokens_in(tmp_path, text), {})

    assert reason in str(refused.value)
    assert ANN not in str(refused.value)


def test_tokens_in_the_clear_that_others_can_read_are_refused(tmp_path: Path) -> None:
    file = tokens_in(tmp_path, f"ann {ANN}\n")
    file.chmod(0o644)
    with pytest.raises(CannotStart, match="chmod 600"):
        Tokens.read(file, {})

    file.write_text("")
    add_token(file, "ann")
    assert Tokens.read(file, {}).names


# ---- Two principals --------------------------------------------------------------------------


@pytest.fixture
async def guarded(
    tmp_path: Path, settings: GatewaySettings, serve: Serve
) -> AsyncGenerator[RuntimeFile]:
    """Return a gateway that knows Ann and Bob."""
    tokens = Tokens.read(tokens_in(tmp_path, f"ann {ANN}\nbob {BOB}\n"), {})
    async with serve(replace(settings, tokens=tokens)) as runtime:
        yield runtime


async def asked(client: ResumeClient, kind: str, session_id: str) -> GatewayMessage:
    frame = {"type": kind, "id": "q", "sessionId": session_id, "title": "mine"}
    await client.send(encode(frame))
    return await client.aside()


async def status_of(client: WireClient) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with client:
            pytest.fail("it was let in")
    return refused.value.response.status_code


async def test_nobody_comes_in_without_a_token(guarded: RuntimeFile) -> None:
    for token in ("", "x" * 23, ANN.upper()):
        assert await status_of(WireClient(guarded.url, token=token)) == 401


async def test_what_is_anothers_looks_like_what_is_not_there(guarded: RuntimeFile) -> None:
    async with (
        ResumeClient(guarded.url, token=ANN) as ann,
        ResumeClient(guarded.url, token=BOB) as bob,
        WireClient(guarded.url, token=BOB) as plain_bob,
    ):
        await ann.resume()
        await ann.say("m-1", "a secret")
        await ann.answered("m-1")
        of_ann, nowhere = ann.transcript.session_id or "", "f" * 32
        await bob.resume()

        for kind in ("session.rename", "session.delete"):
            refused = await asked(bob, kind, of_ann)
            assert refused == await asked(bob, kind, nowhere)
            assert isinstance(refused, Error)
            assert refused.code == "SESSION_NOT_FOUND"
        listed = await asked(bob, "session.list", "")
        assert listed == SessionList("q", ())
        for session_id in (of_ann, nowhere):
            (refused,), _ = await plain_bob.chat(ChatSend("m-2", "x", session_id))
            assert refused == Error("SESSION_NOT_FOUND", "No such session.", "m-2")
        for session_id in (of_ann, nowhere):
            bob.transcript.session_id, bob.transcript.cursor = session_id, 1
            resumed = await bob.resume()
            assert (resumed.outcome, resumed.head) == ("lost", 0)
            assert resumed.session_id not in (of_ann, nowhere)

        mine = await asked(ann, "session.list", "")
        assert isinstance(mine, SessionList)
        assert [(each.session_id, each.message_count) for each in mine.sessions] == [(of_ann, 2)]


async def test_a_principal_sees_its_own_sessions_from_every_connection(
    guarded: RuntimeFile,
) -> None:
    held = AppliedLog()
    async with ResumeClient(guarded.url, held, token=ANN) as first:
        await first.resume()
        await first.say("m-1", "one")
        await first.answered("m-1")
    held.cursor = 0
    async with ResumeClient(guarded.url, held, token=ANN) as second:
        assert (await second.resume()).outcome == "resumed"


# ---- Over HTTP -------------------------------------------------------------------------------


def fetched(runtime: RuntimeFile, path: str, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection(runtime.host, runtime.port, timeout=10)
    try:
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


async def test_whoever_comes_through_a_proxy_is_not_taken_for_this_machine(
    gateway: RuntimeFile,
) -> None:
    status, _ = await asyncio.to_thread(fetched, gateway, "/gateway", X_Forwarded_For="203.0.113.1")
    assert status == 403
    _, text = await asyncio.to_thread(fetched, gateway, "/health", Forwarded="for=203.0.113.1")
    assert json.loads(text).keys() == {"status", "instance"}
    status, _ = await asyncio.to_thread(fetched, gateway, "/metrics", Forwarded="for=203.0.113.1")
    assert status == 401


async def test_behind_a_proxy_only_a_token_opens_the_figures(
    settings: GatewaySettings, serve: Serve
) -> None:
    tokens = Tokens.read(None, {"TEK_GATEWAY_TOKEN": ANN})
    async with serve(replace(settings, tokens=tokens, behind_proxy=True)) as runtime:
        assert (await asyncio.to_thread(fetched, runtime, "/metrics"))[0] == 401
        status, text = await asyncio.to_thread(
            fetched, runtime, "/metrics", Authorization=f"Bearer {ANN}"
        )
        assert (status, "tek_uptime_seconds" in text) == (200, True)


async def test_with_a_certificate_it_speaks_tls_only(
    tmp_path: Path, settings: GatewaySettings, serve: Serve
) -> None:
    pem = tmp_path / "gateway.pem"
    shutil.copy(CERTIFICATE, pem)
    trusting = ssl.create_default_context(cafile=pem)
    trusting.check_hostname = False
    limits = ServerLimits(handshake=1)
    async with serve(replace(settings, tls=tls_context(pem, None), limits=limits)) as runtime:
        assert runtime.url.startswith("wss://127.0.0.1:")
        async with WireClient(runtime.url, tls=trusting) as client:
            assert isinstance(await client.ask({"type": "session.list", "id": "l"}), SessionList)
        with pytest.raises(InvalidMessage):
            async with WireClient(runtime.url.replace("wss", "ws")):
                pytest.fail("it spoke in the clear")


def test_a_key_with_a_password_is_refused_and_not_asked_for(tmp_path: Path) -> None:
    pem = tmp_path / "gateway.pem"
    pem.write_text("no certificate")

    with pytest.raises(CannotStart, match="cannot use the certificate"):
        tls_context(pem, None)
