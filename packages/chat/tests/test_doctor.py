"""The checks between a client and its gateway: each in its place, and what mends it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from tek_chat.config.tokens import keep_token
from tek_chat.doctor import Check, CheckName, CheckState, examine
from tek_testing.deadlines import deadline
from tek_testing.faults.refusing_listener import Http, RefusingListener
from tek_testing.gateway.gateway_process import GatewayProcess


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


async def examined(url: str | None) -> dict[CheckName, Check]:
    async with deadline(30), aclosing(examine(url)) as checks:
        return {check.name: check async for check in checks}


async def test_a_healthy_gateway_is_ok_all_the_way(gateway: GatewayProcess) -> None:
    checks = await examined(gateway.url)
    assert list(checks) == list(CheckName)
    skipped = [name for name, each in checks.items() if each.state is CheckState.SKIPPED]
    assert skipped == [CheckName.TLS]
    assert CheckState.FAILED not in {each.state for each in checks.values()}
    assert checks[CheckName.SUBPROTOCOL].detail.startswith("tek.resume.v1")
    assert checks[CheckName.ROUND_TRIP].detail.endswith(" ms")
    assert checks[CheckName.AUTH].detail == "no token, and the gateway needs none"


async def test_a_plain_gateway_says_what_it_cannot() -> None:
    async with GatewayProcess(options=["--plain"]) as gateway:
        checks = await examined(gateway.url)
    assert checks[CheckName.SUBPROTOCOL].detail == "tek.v1: answers do not resume after an outage"


async def test_wrong_settings_are_the_first_thing(home: Path) -> None:
    (home / "tek").mkdir()
    (home / "tek" / "settings.toml").write_text("colour = 'blue'\n")
    checks = await examined(None)
    assert checks[CheckName.SETTINGS].state is CheckState.FAILED
    assert "Unknown setting `colour`" in checks[CheckName.SETTINGS].detail
    assert {each.state for name, each in checks.items() if name != CheckName.SETTINGS} == {
        CheckState.SKIPPED
    }


async def test_no_gateway_on_this_machine_is_told_and_none_is_started() -> None:
    checks = await examined(None)
    assert checks[CheckName.DISCOVERY].state is CheckState.FAILED
    assert "open a chat" in checks[CheckName.DISCOVERY].mend
    assert (await examined(None))[CheckName.DISCOVERY].state is CheckState.FAILED


async def test_a_name_that_nobody_knows_is_dns() -> None:
    checks = await examined("ws://nobody.invalid:3271")
    assert checks[CheckName.DNS].state is CheckState.FAILED
    assert checks[CheckName.TCP].state is CheckState.SKIPPED


async def test_a_closed_port_is_tcp() -> None:
    checks = await examined("ws://127.0.0.1:9")
    assert (checks[CheckName.TCP].state, checks[CheckName.TCP].detail) == (
        CheckState.FAILED,
        "connection refused",
    )


async def test_a_gateway_without_tls_is_tls(gateway: GatewayProcess) -> None:
    checks = await examined(gateway.url.replace("ws://", "wss://"))
    assert checks[CheckName.TLS].state is CheckState.FAILED
    assert "use ws://" in checks[CheckName.TLS].mend


async def test_another_server_is_the_upgrade() -> None:
    async with RefusingListener(Http(404)) as listener:
        checks = await examined(listener.url)
    assert checks[CheckName.UPGRADE].state is CheckState.FAILED
    assert "HTTP 404" in checks[CheckName.UPGRADE].detail
    assert "check host, port and path" in checks[CheckName.UPGRADE].mend


async def test_a_server_that_passes_is_told_to_be_waited_for() -> None:
    async with RefusingListener(Http(503)) as listener:
        checks = await examined(listener.url)
    assert "wait a moment" in checks[CheckName.UPGRADE].mend


async def test_a_refused_token_is_auth_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEK_TOKEN", "s3cret")
    async with RefusingListener(Http(401)) as listener:
        checks = await examined(listener.url)
    assert checks[CheckName.UPGRADE].state is CheckState.OK
    assert checks[CheckName.SUBPROTOCOL].state is CheckState.SKIPPED
    assert checks[CheckName.AUTH].state is CheckState.FAILED
    assert "the token in TEK_TOKEN was rejected" in checks[CheckName.AUTH].detail
    assert "log in" in checks[CheckName.AUTH].mend
    assert "s3cret" not in repr(checks)


async def test_a_token_that_is_kept_is_named_by_its_place(gateway: GatewayProcess) -> None:
    await asyncio.to_thread(keep_token, gateway.url, "s3cret")
    detail = (await examined(gateway.url))[CheckName.AUTH].detail
    assert detail == f"the token for 127.0.0.1:{gateway.port} from the file was accepted"


async def test_behind_a_proxy_this_machine_does_not_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    checks = await examined("ws://gateway.example")
    assert checks[CheckName.DNS].state is checks[CheckName.TCP].state is CheckState.SKIPPED
    assert "proxy" in checks[CheckName.DNS].detail
    assert checks[CheckName.UPGRADE].state is CheckState.FAILED
