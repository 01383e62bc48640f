"""A client as its user has set it up."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import keyring
import pytest
from keyring.backends import fail

from reconnect_core import InvalidURL, Phase
from tek_chat import Client, SettingsError, View, configured_client
from tek_chat.config.tokens import keep_token
from tek_chat.setup import read_setup
from tek_testing.faults.refusing_listener import AcceptThenClose, Http, RefusingListener

Until: TypeAlias = Callable[[Client, Callable[[View], object]], Awaitable[View]]


@pytest.mark.usefixtures("home")
async def test_an_address_that_can_be_none_is_refused_at_once() -> None:
    with pytest.raises(InvalidURL, match="--url"):
        configured_client(url="host")


async def test_settings_that_make_no_sense_are_refused_at_once(home: Path) -> None:
    (home / "config" / "tek").mkdir(parents=True)
    (home / "config" / "tek" / "settings.toml").write_text("url = 1")
    with pytest.raises(SettingsError, match=r"settings\.toml: `url`"):
        configured_client()


async def test_the_schedule_is_that_of_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "mine.toml").write_text("[reconnect]\nbase = 0.01\ncap = 0.02\n")
    monkeypatch.setenv("TEK_CONFIG", str(home / "mine.toml"))
    async with RefusingListener(AcceptThenClose()) as listener:
        monkeypatch.setenv("TEK_URL", listener.url)
        async with configured_client():
            await listener.dials(5)


@pytest.mark.usefixtures("home")
async def test_the_token_is_used_and_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setenv("TEK_TOKEN", " top-secret\n")
    shown: list[object] = []
    async with (
        RefusingListener(Http(401)) as listener,
        configured_client(url=listener.url, listeners=[shown.append]) as client,
    ):
        view = await until(client, lambda view: view.connection.phase is Phase.BLOCKED)
        shown += [client, view, client.connection, vars(client)]
    assert len(listener.times) == 2
    assert "top-secret" not in repr(shown)


@pytest.mark.usefixtures("home")
async def test_a_token_that_was_logged_in_with_goes_to_its_own_host_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring.set_keyring(fail.Keyring())
    keep_token("wss://here.example", "s3cret")
    here = read_setup("wss://here.example")
    assert await here.token() == "s3cret"
    assert await here.at("wss://there.example").token() == ""
    assert await here.at("").token() == ""
    monkeypatch.setenv("TEK_TOKEN", "given")
    assert await here.token() == "given"
    assert await here.at("wss://there.example/gateway").token() == ""
    assert await here.at("wss://here.example/gateway").token() == "given"


async def test_the_model_is_that_of_the_settings(home: Path) -> None:
    (home / "config" / "tek").mkdir(parents=True)
    (home / "config" / "tek" / "settings.toml").write_text("model = 'm1'")
    async with configured_client(url="ws://127.0.0.1:9", keeps=False) as client:
        assert client.model == "m1"
        assert not client.view.is_saved
        await client.submit("hi")
        assert not client.is_settled
