"""A client as its user has set it up."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from reconnect_core import InvalidURL, Phase
from tek_chat import Client, SettingsError, View, configured_client
from tek_gateway.testing import AcceptThenClose, Http, RefusingListener

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
