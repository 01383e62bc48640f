"""The checks between a client and its gateway: each in its place, and what mends it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from tek_chat.doctor import Check, Name, State, examine
from tek_chat.tokens import keep_token
from tek_gateway.testing import GatewayProcess, Http, RefusingListener, deadline


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TEK_URL", "TEK_TOKEN", "TEK_CONFIG", "HTTP_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    keyring.set_keyring(fail.Keyring())
    return tmp_path


@pytest.fixture
async def gateway() -> AsyncGenerator[GatewayProcess]:
    async with GatewayProcess() as process:
        yield process


async def examined(url: str | None) -> dict[Name, Check]:
    async with deadline(30), aclosing(examine(url)) as checks:
        return {check.name: check async for check in checks}


async def test_a_healthy_gateway_is_ok_all_the_way(gateway: GatewayProcess) -> None:
    checks = await examined(gateway.url)
    assert list(checks) == list(Name)
    skipped = [name for name, each in checks.items() if each.state is State.SKIPPED]
    assert skipped == [Name.TLS]
    assert State.FAILED not in {each.state for each in checks.values()}
    assert checks[Name.SUBPROTOCOL].detail.startswith("tek.resume.v1")
    assert checks[Name.ROUND_TRIP].detail.endswith(" ms")
    assert checks[Name.AUTH].detail == "no token, and none is asked for"


async def test_a_plain_gateway_says_what_it_cannot() -> None:
    async with GatewayProcess(options=["--plain"]) as gateway:
        checks = await examined(gateway.url)
    assert checks[Name.SUBPROTOCOL].detail == "tek.v1: without resumption"


async def test_wrong_settings_are_the_first_thing(home: Path) -> None:
    (home / "tek").mkdir()
    (home / "tek" / "settings.toml").write_text("colour = 'blue'\n")
    checks = await examined(None)
    assert checks[Name.SETTINGS].state is State.FAILED
    assert "`colour` is no setting" in checks[Name.SETTINGS].detail
    assert {each.state for name, each in checks.items() if name != Name.SETTINGS} == {State.SKIPPED}


async def test_no_gateway_on_this_machine_is_told_and_none_is_started() -> None:
    checks = await examined(None)
    assert checks[Name.DISCOVERY].state is State.FAILED
    assert "open a chat" in checks[Name.DISCOVERY].mend
    assert (await examined(None))[Name.DISCOVERY].state is State.FAILED


async def test_a_name_that_nobody_knows_is_dns() -> None:
    checks = await examined("ws://nobody.invalid:3271")
    assert checks[Name.DNS].state is State.FAILED
    assert checks[Name.TCP].state is State.SKIPPED


async def test_a_closed_port_is_tcp() -> None:
    checks = await examined("ws://127.0.0.1:9")
    assert (checks[Name.TCP].state, checks[Name.TCP].detail) == (
        State.FAILED,
        "connection refused",
    )


async def test_a_gateway_without_tls_is_tls(gateway: GatewayProcess) -> None:
    checks = await examined(gateway.url.replace("ws://", "wss://"))
    assert checks[Name.TLS].state is State.FAILED
    assert "use ws://" in checks[Name.TLS].mend


async def test_another_server_is_the_upgrade() -> None:
    async with RefusingListener(Http(404)) as listener:
        checks = await examined(listener.url)
    assert checks[Name.UPGRADE].state is State.FAILED
    assert "HTTP 404" in checks[Name.UPGRADE].detail
    assert "check host, port and path" in checks[Name.UPGRADE].mend


async def test_a_server_that_passes_is_told_to_be_waited_for() -> None:
    async with RefusingListener(Http(503)) as listener:
        checks = await examined(listener.url)
    assert "wait a little" in checks[Name.UPGRADE].mend


async def test_a_refused_token_is_auth_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEK_TOKEN", "s3cret")
    async with RefusingListener(Http(401)) as listener:
        checks = await examined(listener.url)
    assert checks[Name.UPGRADE].state is State.OK
    assert checks[Name.SUBPROTOCOL].state is State.SKIPPED
    assert checks[Name.AUTH].state is State.FAILED
    assert "the token in TEK_TOKEN was refused" in checks[Name.AUTH].detail
    assert "log in" in checks[Name.AUTH].mend
    assert "s3cret" not in repr(checks)


async def test_a_token_that_is_kept_is_named_by_its_place(gateway: GatewayProcess) -> None:
    await asyncio.to_thread(keep_token, gateway.url, "s3cret")
    detail = (await examined(gateway.url))[Name.AUTH].detail
    assert detail == f"the token for 127.0.0.1:{gateway.port} from file is taken"


async def test_behind_a_proxy_this_machine_does_not_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    checks = await examined("ws://gateway.example")
    assert checks[Name.DNS].state is checks[Name.TCP].state is State.SKIPPED
    assert "proxy" in checks[Name.DNS].detail
    assert checks[Name.UPGRADE].state is State.FAILED
