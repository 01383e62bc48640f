"""Draw the whole-screen chat in an outage, as an SVG for the README."""

import asyncio
import tempfile
from pathlib import Path

from tek_cli.screen.sample_views import NOW, SAMPLES
from tek_testing.screen.chat_screen import still

PICTURE = Path("docs/pictures/chat.svg")


async def drawn() -> str:
    """Return the picture."""
    with tempfile.TemporaryDirectory() as folder:
        async with still(Path(folder), now=NOW, size=(92, 30)) as (app, pilot):
            await app.draw(SAMPLES["away"])
            await pilot.pause()
            return app.picture


PICTURE.write_text(asyncio.run(drawn()))
