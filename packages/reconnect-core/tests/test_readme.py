"""The example of the README runs as it stands."""

import json
import re
import runpy
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from reconnect_core import Backoff, Event, get_reconnect_delay
from reconnect_core.errors import __doc__ as errors_doc
from reconnect_core.testing import deadline

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


async def test_the_example_talks_to_a_small_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example, _ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example, "utf-8")

    async def handle(connection: ServerConnection) -> None:
        async for frame in connection:
            note = json.loads(frame)
            await connection.send(json.dumps({"type": "noted", "requestId": note["id"]}))

    async with serve(handle, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        main = runpy.run_path(str(script))["main"]
        async with deadline():
            await main(f"ws://{host}:{port}/gateway")
    connected, answered = capsys.readouterr().out.splitlines()
    assert connected == f"connected to {host}:{port}"
    assert answered.startswith("noted answers ")


def test_the_example_of_a_dialect_makes_a_session(tmp_path: Path) -> None:
    _, example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example, "utf-8")
    made = runpy.run_path(str(script))
    assert made["session"].connection.gateway == "127.0.0.1:3271"


def test_the_readme_lists_every_event_and_every_error() -> None:
    events = re.findall(r"reconnect_core\.events\.(\w+)", str(Event))
    assert len(events) == 19
    assert not [each for each in events if f"`{each}`" not in README]
    tree = re.findall(r"[├└]── (\w+)", errors_doc or "")
    assert tree == re.findall(r"[├└]── (\w+)", README)


def test_the_readme_has_the_numbers_of_the_backoff() -> None:
    assert "1, 2, 4, 8, 16, 30, 30" in README
    assert [get_reconnect_delay(each, 0) for each in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert Backoff().cap * (1 + Backoff().jitter) == 39
