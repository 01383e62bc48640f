"""The commands beside the gateway itself: what they write, and that a mistake is one line."""

import asyncio
import os
import plistlib
import shlex
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tek_gateway.errors import CannotStart
from tek_gateway.host.service import install, plist, unit
from tek_gateway.main import main
from tek_gateway.serve.access import Tokens
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.gateway.gateway_process import GatewayProcess


async def test_a_backup_taken_while_a_gateway_writes_is_whole_and_starts(tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "tek.sqlite"
    copy.parent.mkdir()
    held = AppliedLog()
    async with GatewayProcess() as process:
        async with ResumeClient(process.url, held) as client:
            await client.resume()
            await client.say("m-1", "one")
            await client.answered("m-1")
            await client.say("m-2", "/delay 1 /count 3000")
            await client.grown("m-2")
            command = ["backup", str(copy), f"--data-dir={process.data_dir}"]
            for _ in range(3):
                assert await asyncio.to_thread(main, command) == 0
            assert "m-2" not in held.ends
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert [each.name for each in copy.parent.iterdir()] == [copy.name]

    store = await open_store(_folder_with(copy, tmp_path / "restored"))
    assert held.session_id is not None
    restored = AppliedLog()
    while page := await store.page(held.session_id, restored.cursor):
        for entry in page:
            assert restored.take(entry.frame(restored.cursor))[0] == "applied"
    await store.close()
    assert restored.texts["m-1"] == "one"
    assert restored.texts["m-2"].startswith("1 2 3")


def _folder_with(copy: Path, folder: Path) -> Path:
    folder.mkdir()
    copy.rename(folder / "sessions.sqlite")
    return folder


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["backup", "copy", "--data-dir=/nowhere"], "there are no sessions in /nowhere"),
        (["prune", "--keep-days=1", "--data-dir=/dev/null/x"], "cannot prune /dev/null/x"),
        (["token", "two words"], "invalid name 'two words'"),
        (["token", "ann", "--tokens=/dev/null/x"], "cannot write to /dev/null/x"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert main(arguments) == 1
    errors = capsys.readouterr().err
    assert reason in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["prune"], ["prune", "--keep-days=0"], ["install", "--", "--port=x"], ["backup"]]
)
def test_a_mistake_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_backup_that_fails_leaves_nothing_and_the_old_one_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sessions.sqlite").write_bytes(b"not a database" * 100)
    copy = tmp_path / "copies" / "tek.sqlite"
    copy.parent.mkdir()
    copy.write_text("the one before")

    assert main(["backup", str(copy), f"--data-dir={tmp_path}"]) == 1
    assert "not a database" in capsys.readouterr().err
    assert [each.read_text() for each in copy.parent.iterdir()] == ["the one before"]


def test_a_token_is_printed_once_and_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tokens"
    assert main(["token", "ann", f"--tokens={file}"]) == 0
    token = capsys.readouterr().out.strip()

    assert token not in file.read_text()
    assert Tokens.read(file, {}).principal([f"Bearer {token}"]) == "ann"


async def test_prune_refuses_while_a_gateway_runs(capsys: pytest.CaptureFixture[str]) -> None:
    async with GatewayProcess() as process:
        command = ["prune", "--keep-days=1", f"--data-dir={process.data_dir}"]
        assert await asyncio.to_thread(main, command) == 1
        assert "another gateway uses it" in capsys.readouterr().err


async def test_prune_deletes_what_is_old_and_what_is_too_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with GatewayProcess() as process:
        for number in range(3):
            async with ResumeClient(process.url) as client:
                await client.resume()
                await client.say("m", str(number) + "x" * 400_000)
                await client.answered("m")
        await process.terminate()
        database = process.data_dir / "sessions.sqlite"
        with closing(sqlite3.connect(database)) as opened, opened:
            opened.execute("UPDATE sessions SET used_at = 0 WHERE number = 1")
        before = database.stat().st_size
        folder = f"--data-dir={process.data_dir}"
        assert await asyncio.to_thread(main, ["prune", "--keep-days=1", folder]) == 0
        assert await asyncio.to_thread(main, ["prune", "--keep-mb=1", folder]) == 0
        assert capsys.readouterr().out == "1 sessions deleted\n1 sessions deleted\n"
        assert database.stat().st_size < before / 2
        await process.start()
    del tmp_path


# ---- The service -----------------------------------------------------------------------------


def test_a_unit_runs_this_very_gateway_with_its_options_as_they_are() -> None:
    text = unit(['--log-file=/a b/$HOME %h "x".log'])

    (line,) = [each for each in text.splitlines() if each.startswith("ExecStart=")]
    words = shlex.split(line.removeprefix("ExecStart="))
    assert words[:4] == [sys.executable, "-P", "-m", "tek_gateway"]
    assert words[4] == '--log-file=/a b/$$HOME %%h "x".log'
    assert "Restart=on-failure" in text


def test_a_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    verify = "/usr/bin/systemd-analyze"
    if not Path(verify).exists():
        pytest.skip("there is no systemd here")
    file = tmp_path / "tek-gateway.service"
    file.write_text(unit(["--port=0"]))
    there = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    subprocess.run([verify, "verify", "--user", str(file)], check=True, timeout=60, env=there)  # noqa: S603 - systemd's own


def test_an_agent_runs_this_very_gateway() -> None:
    agent = plistlib.loads(plist(["--port=0"], Path("/log")))

    assert agent["ProgramArguments"] == [sys.executable, "-P", "-m", "tek_gateway", "--port=0"]
    assert agent["KeepAlive"] == {"SuccessfulExit": False}


@pytest.mark.parametrize(
    ("system", "place", "begin"),
    [
        ("linux", ".config/systemd/user/tek-gateway.service", "systemctl --user"),
        ("darwin", "Library/LaunchAgents/tek.gateway.plist", "launchctl bootstrap"),
    ],
)
def test_the_service_is_written_where_the_system_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, place: str, begin: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    file, command = install(["--port=0"], system=system)

    assert file == tmp_path / place
    assert b"--port=0" in file.read_bytes()
    assert command.startswith(begin)


def test_another_system_has_no_service() -> None:
    with pytest.raises(CannotStart, match="systemd and launchd"):
        install(system="win32")
