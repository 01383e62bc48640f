"""`sessions`, `outbox`, `doctor`, `config`, `auth` and `completion`, as they are typed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tek_cli.main import main
from tek_local.runtime_file import RuntimeFile
from tek_testing.faults.refusing_listener import Http, RefusingListener
from tek_testing.gateway.gateway_process import GatewayProcess

if TYPE_CHECKING:
    from conftest import Cli, Inside

Capture = pytest.CaptureFixture[str]

# ---- Sessions ----------------------------------------------------------------------------------


async def session_of(inside: "Inside", text: str, url: str) -> str:
    return str((await inside.ask(text, url, as_json=True)).lines[-1]["sessionId"])


async def test_sessions_are_listed_shown_renamed_exported_and_removed(
    inside: "Inside", echo: RuntimeFile, tmp_path: Path
) -> None:
    first = await session_of(inside, "hello", echo.url)
    second = await session_of(inside, "again", echo.url)
    at = ("--url", echo.url)

    listed = await inside.run("sessions", "list", *at)
    assert listed.out.split()[:4] == ["ID", "CREATED", "MESSAGES", "TITLE"]
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == [second, first]
    told = json.loads((await inside.run("sessions", "list", "--json", *at)).out)
    assert [each["sessionId"] for each in told["sessions"]] == [second, first]

    assert (await inside.run("sessions", "rename", first, "A title", *at)).code == 0
    shown = await inside.run("sessions", "show", first[:12], *at)
    assert (shown.code, shown.out.split("\n\n")[:3]) == (0, ["# A title", "## You", "hello"])
    whole = json.loads((await inside.run("sessions", "show", first, "--json", *at)).out)
    assert whole["items"][0]["answer"]["text"] == "hello"

    file = tmp_path / "session.json"
    assert (await inside.run("sessions", "export", first, "-o", str(file), *at)).out == ""
    assert json.loads(file.read_text())["title"] == "A title"

    refused = await inside.run("sessions", "rm", first, *at)
    assert (refused.code, "add --yes" in refused.err) == (2, True)
    removed = await inside.run("sessions", "rm", first, second, "--yes", *at)
    assert removed.out == f"Deleted: {first}\nDeleted: {second}\n"
    assert "No sessions yet" in (await inside.run("sessions", "list", *at)).err


async def test_removing_asks_on_a_terminal(cli: "Cli", inside: "Inside", echo: RuntimeFile) -> None:
    session = await session_of(inside, "hello", echo.url)
    for word, code in (("n", 1), ("y", 0)):
        async with cli.on_terminal("sessions", "rm", session, "--url", echo.url) as removing:
            await removing.out.until("[y/N]")
            await removing.type(f"{word}\n")
            assert (await removing.ended()).code == code


async def test_a_session_that_the_gateway_does_not_know_is_code_6(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.run("sessions", "show", "nope", "--url", echo.url)
    assert (ran.code, ran.out) == (6, "")
    assert "no session matches 'nope'" in ran.err


async def test_a_gateway_that_is_away_is_code_3_and_one_that_refuses_4(inside: "Inside") -> None:
    ran = await inside.run("sessions", "list", "--url", "ws://127.0.0.1:9", "--wait", "200ms")
    assert (ran.code, len(ran.err.splitlines())) == (3, 1)
    async with RefusingListener(Http(401)) as listener:
        assert (await inside.run("sessions", "list", "--url", listener.url)).code == 4


async def test_a_gateway_without_a_log_has_nothing_to_show(
    inside: "Inside", plain_gateway: GatewayProcess
) -> None:
    session = await session_of(inside, "hello", plain_gateway.url)
    ran = await inside.run("sessions", "show", session, "--url", plain_gateway.url)
    assert (ran.code, "does not support reading sessions" in ran.err) == (1, True)


# ---- Outbox ------------------------------------------------------------------------------------


async def left_behind(cli: "Cli", gateway: GatewayProcess, *texts: str) -> None:
    """Kill a chat that has these messages in its outbox."""
    await gateway.kill()
    async with cli.started("chat", "--url", gateway.url) as chat:
        for text in texts:
            await chat.type(f"{text}\n")
            await chat.err.until(f"“{text}” queued")
        chat.process.kill()
        await chat.ended()


async def test_what_a_killed_chat_left_is_listed_and_sent(
    cli: "Cli", inside: "Inside", gateway: GatewayProcess
) -> None:
    await left_behind(cli, gateway, "one", "two")
    listed = await inside.run("outbox", "list")
    assert [line.split()[1] for line in listed.out.splitlines()[1:]] == ["queued", "queued"]
    assert gateway.url in listed.out
    messages = json.loads((await inside.run("outbox", "list", "--json")).out)["messages"]
    assert [each["text"] for each in messages] == ["one", "two"]

    away = await inside.run("outbox", "flush", "--wait", "200ms")
    assert (away.code, "no gateway at" in away.err) == (3, True)
    await gateway.start()
    flushed = await inside.run("outbox", "flush", "--url", gateway.url)
    assert (flushed.code, flushed.out) == (0, f"{gateway.url}: 2 sent and answered\n")
    assert "No unsent messages" in (await inside.run("outbox", "list")).err
    sessions = json.loads(
        (await inside.run("sessions", "list", "--json", "--url", gateway.url)).out
    )
    assert [each["messageCount"] for each in sessions["sessions"]] == [4]


async def test_messages_are_dropped_by_name_or_all_and_never_unasked(
    cli: "Cli", inside: "Inside", gateway: GatewayProcess
) -> None:
    await left_behind(cli, gateway, "one", "two", "three")
    messages = json.loads((await inside.run("outbox", "list", "--json")).out)["messages"]
    assert (await inside.run("outbox", "drop")).code == 2
    assert (await inside.run("outbox", "drop", "nobody", "--yes")).code == 2
    assert (await inside.run("outbox", "drop", messages[0]["id"], "--yes")).out == "Discarded: 1\n"
    async with cli.on_terminal("outbox", "drop") as dropping:
        await dropping.out.until("Discard 2 messages without sending? [y/N]")
        await dropping.type("y\n")
        assert (await dropping.ended()).code == 0
    assert "No unsent messages" in (await inside.run("outbox", "drop", "--yes")).err


async def test_a_running_chat_keeps_what_it_has(cli: "Cli", inside: "Inside") -> None:
    async with cli.started("chat", "--url", "ws://127.0.0.1:9") as chat:
        await chat.type("mine\n")
        await chat.err.until("“mine” queued")
        assert "queued, in a running chat" in (await inside.run("outbox", "list")).out
        assert "No unsent messages" in (await inside.run("outbox", "drop", "--yes")).err
        assert (await inside.run("outbox", "flush", "--wait", "100ms")).code == 0


# ---- Status and doctor -------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--json",)])
async def test_a_watched_status_tells_every_change(
    cli: "Cli", gateway: GatewayProcess, options: tuple[str, ...]
) -> None:
    async with cli.started("status", "--watch", "--url", gateway.url, *options) as watching:
        await watching.out.until('"online"' if options else "● online at")
        await gateway.kill()
        await watching.out.until('"waiting"' if options else "◌ gateway down")


async def test_watching_starts_no_gateway(cli: "Cli") -> None:
    async with cli.started("status", "--watch") as watching:
        await watching.out.until("no gateway is running on this computer")
    assert not (cli.home / "config" / "tek" / "runtime.json").exists()


async def test_the_doctor_says_where_it_hurts(inside: "Inside", echo: RuntimeFile) -> None:
    well = await inside.run("doctor", "--url", echo.url)
    assert (well.code, len(well.out.splitlines())) == (0, 9)
    assert "✓ Response time" in well.out
    ill = await inside.run("doctor", "--json", "--url", "ws://127.0.0.1:9")
    assert ill.code == 3
    failed = next(line for line in ill.lines if line["state"] == "failed")
    assert (failed["name"], failed["detail"]) == ("TCP", "connection refused")
    assert failed["mend"]
    async with RefusingListener(Http(401)) as listener:
        assert (await inside.run("doctor", "--url", listener.url)).code == 4


# ---- Settings ----------------------------------------------------------------------------------


def test_settings_are_set_and_read(home: Path, capsys: Capture) -> None:
    file = home / "config" / "tek" / "settings.toml"
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    file.write_text("# mine\n" + file.read_text())
    assert main(["config", "set", "reconnect.cap", "5"]) == 0
    assert main(["config", "get", "reconnect.cap"]) == 0
    assert capsys.readouterr().out == "5.0\n"
    assert file.read_text().startswith("# mine\n")
    assert main(["config", "get", "url"]) == 1
    assert main(["config", "list"]) == 0
    assert "reconnect.base = 0.05\n" in capsys.readouterr().out
    assert main(["config", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["reconnect.cap"] == 5.0


def test_a_wrong_setting_is_code_2_and_one_line(capsys: Capture) -> None:
    assert main(["config", "set", "reconnect.cup", "5"]) == 2
    assert main(["config", "get", "nothing"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "`reconnect.cap`" in told[0]


def editor(home: Path, text: str) -> str:
    script = home / "editor.py"
    script.write_text(f"import sys; open(sys.argv[1], 'w').write({text!r})")
    return f"{sys.executable} {script}"


def test_settings_are_edited_and_checked_before_they_are_put_in_place(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    file = home / "config" / "tek" / "settings.toml"
    monkeypatch.setenv("VISUAL", editor(home, "model = 'm1'\n"))
    assert main(["config", "edit"]) == 0
    assert file.read_text() == "model = 'm1'\n"
    monkeypatch.setenv("VISUAL", editor(home, "colour = 'blue'\n"))
    assert main(["config", "edit"]) == 2
    assert file.read_text() == "model = 'm1'\n"
    assert (file.parent / "settings.toml.rejected").read_text() == "colour = 'blue'\n"
    assert "settings.toml.rejected" in capsys.readouterr().err
    for wrong in ("/no/such/editor", "false"):
        monkeypatch.setenv("VISUAL", wrong)
        assert main(["config", "edit"]) == 1
    assert {each.name for each in file.parent.iterdir()} == {
        "settings.toml",
        "settings.toml.rejected",
    }


# ---- Tokens ------------------------------------------------------------------------------------


async def test_a_token_is_stored_reported_and_deleted_without_being_shown(
    home: Path, inside: "Inside"
) -> None:
    at = ("--url", "wss://gateway.example")
    assert (await inside.run("auth", "status", *at)).code == 1
    login = await inside.run("auth", "login", *at, stdin="s3cret\n")
    assert (login.code, login.out) == (
        0,
        "Token for gateway.example:443 saved in the file (only you can read it).\n",
    )
    status = await inside.run("auth", "status", *at)
    assert (status.code, status.out) == (0, "gateway.example:443: token from file\n")
    told = json.loads((await inside.run("auth", "status", "--json", *at)).out)
    assert (told["token"], told["source"]) == (True, "file")
    assert (await inside.run("auth", "status")).code == 1
    assert "Token for gateway.example:443 deleted." in (await inside.run("auth", "logout", *at)).out
    assert (
        "No token stored for gateway.example:443." in (await inside.run("auth", "logout", *at)).out
    )
    kept = home / "config" / "tek" / "tokens.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in kept.read_text()


async def test_a_typed_token_does_not_appear_on_the_screen(cli: "Cli") -> None:
    async with cli.on_terminal("auth", "login", "--url", "wss://gateway.example") as login:
        await login.out.until("(not shown)")
        await login.type("s3cret\n")
        ran = await login.ended()
    assert (ran.code, "s3cret" in ran.out) == (0, False)


async def test_no_token_is_a_mistake(inside: "Inside") -> None:
    assert (await inside.run("auth", "login", stdin="\n")).code == 2


# ---- Completion --------------------------------------------------------------------------------

_ASK_BASH = """
source /dev/stdin <<<"$(cat {script})"
complete_for() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tek_cli; echo "${{COMPREPLY[*]}}"; }}
complete_for tek-cli se
complete_for tek-cli sessions e
complete_for tek-cli ask --time
complete_for tek-cli ask --wait ''
complete_for tek-cli sessions show --j
"""


@pytest.fixture
def script(tmp_path: Path, capsys: Capture) -> Path:
    assert main(["completion", "bash"]) == 0
    path = tmp_path / "completion"
    path.write_text(capsys.readouterr().out)
    return path


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_commands_and_options(script: Path) -> None:
    ran = subprocess.run(  # noqa: S603 - a script of our own
        ["bash", "--norc", "-c", _ASK_BASH.format(script=script)],  # noqa: S607 - whichever there is
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["sessions", "export", "--timeout", "", "--json"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_right_for_its_shell(shell: str, tmp_path: Path, capsys: Capture) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert "outbox" in text
    assert "--timeout" in text or "-l timeout" in text
    if (found := shutil.which(shell)) is not None:
        path = tmp_path / "script"
        path.write_text(text)
        subprocess.run([found, "-n", str(path)], check=True)  # noqa: S603 - whichever there is


def test_another_shell_is_a_mistake(capsys: Capture) -> None:
    assert main(["completion", "bsh"]) == 2
    assert "did you mean 'bash'?" in capsys.readouterr().err
