"""What the screen looks like, as pictures that a person has looked at.

`DRAW_PICTURES=1` draws them anew.
"""

import os
from pathlib import Path

import pytest

from tek_cli.screen.sample_views import NOW, SAMPLES
from tek_testing.screen.chat_screen import still

PICTURES = Path(__file__).parent / "pictures"


def compare(name: str, picture: str) -> None:
    """Fail unless `picture` is the one that is kept under `name`."""
    kept = PICTURES / f"{name}.svg"
    if "DRAW_PICTURES" in os.environ:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(picture)
    assert picture == kept.read_text(), f"{kept} looks different; DRAW_PICTURES=1 draws it anew"


@pytest.mark.parametrize("name", SAMPLES)
async def test_the_screen_looks_as_it_did(tmp_path: Path, name: str) -> None:
    async with still(tmp_path, now=NOW, size=(92, 32)) as (app, pilot):
        await app.draw(SAMPLES[name])
        await pilot.pause()
        compare(name, app.picture)


async def test_it_is_light_where_the_terminal_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORFGBG", "0;15")
    async with still(tmp_path, now=NOW, size=(92, 32)) as (app, pilot):
        await app.draw(SAMPLES["away"])
        await pilot.pause()
        assert app.theme == "textual-light"
        compare("light", app.picture)


async def test_without_colour_every_state_is_still_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with still(tmp_path, now=NOW, size=(92, 32)) as (app, pilot):
        await app.draw(SAMPLES["away"])
        await pilot.pause()
        await app.until("◌ gateway down · retry in 7s (try 4) · F5 now · 1 queued")
        await app.until("paused: continues when the gateway is back")
        await app.until("○ queued")
        compare("colourless", app.picture)


async def test_help_looks_as_it_did(tmp_path: Path) -> None:
    async with still(tmp_path, now=NOW, size=(110, 46)) as (app, pilot):
        await pilot.press("f1")
        await pilot.pause()
        compare("help", app.picture)
