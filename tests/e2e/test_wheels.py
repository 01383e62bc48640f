"""The wheels, installed outside the workspace, as a user of a release gets them."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tek_testing.gateway.gateway_process import GatewayProcess

ROOT = Path(__file__).parents[2]
UV = os.environ.get("UV") or shutil.which("uv")

CORE_ALONE = """
import asyncio, sys
from reconnect_core import Received, Session

async def main():
    async with Session(sys.argv[1]) as session:
        await session.send({"type": "chat.send", "content": "hello"})
        async for event in session:
            if isinstance(event, Received) and event.envelope.type == "chat.stream.end":
                return
asyncio.run(main())
"""


def run(*command: str | Path) -> str:
    """Return the output of a command; asserts that it succeeds."""
    done = subprocess.run(  # noqa: S603 - our own commands
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel of every package."""
    assert UV is not None, "these tests need uv; `make test` and `uv run pytest` name it"
    folder = tmp_path_factory.mktemp("wheels")
    run(UV, "build", "--quiet", "--wheel", "--all-packages", "--out-dir", folder)
    return folder


def installed(folder: Path, wheels: Path, *names: str) -> Path:
    """Install `names` and their dependencies in a new environment; return its bin folder."""
    assert UV is not None
    run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin/python"
    run(UV, "pip", "install", "--quiet", "--python", python, "--find-links", wheels, *names)
    return folder / "bin"


async def test_reconnect_core_needs_neither_clients_nor_gateway(
    tmp_path: Path, wheels: Path
) -> None:
    folder = await asyncio.to_thread(installed, tmp_path / "core", wheels, "reconnect-core")
    listed = await asyncio.to_thread(run, folder / "python", "-c", "import reconnect_core")
    assert listed == ""
    assert not list((tmp_path / "core/lib").glob("*/site-packages/tek_[!p]*"))
    async with GatewayProcess() as gateway:
        await asyncio.to_thread(run, folder / "python", "-c", CORE_ALONE, gateway.url)


def test_every_installed_command_prints_its_version(tmp_path: Path, wheels: Path) -> None:
    names = ("tek-cli", "tek-desktop", "tek-gateway")
    folder = installed(tmp_path / "all", wheels, *names)
    for name in names:
        assert run(folder / name, "--version") == f"{name} 0.1.0"
