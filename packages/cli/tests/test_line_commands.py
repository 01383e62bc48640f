"""The slash commands in line mode."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tek_cli.slash_commands import COMMANDS
from tek_local.runtime_file import RuntimeFile
from tek_testing.gateway.gateway_process import GatewayProcess

if TYPE_CHECKING:
    from conftest import Cli, Inside


async def test_every_command_of_line_mode_is_known_and_in_its_help(
    inside: "Inside", echo: RuntimeFile, tmp_path: Path
) -> None:
    inside.patch.chdir(tmp_path)  # /export writes to the current folder
    commands = [each for each in COMMANDS if not each.is_screen_only]
    script = "\n".join(each.name for each in commands if each.name != "/quit")
    ran = await inside.chat(script, echo.url)
    assert ran.out == ""
    for each in commands:
        assert f"{each.usage:<{len('/approve once|session|deny')}}  {each.help}\n" in ran.err
    assert "· written to tek-" in ran.err


async def test_a_session_is_named_and_the_list_shows_it(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.chat("hi\n/new\n/rename x\nagain\n", echo.url)
    assert "nothing to rename" in ran.err
    named = await inside.ask("hi", echo.url, as_json=True)
    session = str(named.lines[-1]["sessionId"])
    ran = await inside.chat(f"/sessions {session}\n/rename A good title\n/sessions\n", echo.url)
    assert "now called A good title" in ran.err
    assert any(line.endswith("A good title") for line in ran.err.splitlines()[-3:])


async def test_a_session_is_deleted_when_that_is_said_twice(
    inside: "Inside", echo: RuntimeFile
) -> None:
    script = "hi\n/delete\nstill here\n/delete\n/delete\n/sessions\n"
    ran = await inside.chat(script, echo.url)
    assert ran.out == "hi\nstill here\n"
    assert ran.err.count("/delete again confirms") == 2
    assert "deleted; a new one starts here" in ran.err
    assert "no sessions yet" in ran.err


async def test_a_session_is_written_to_a_file_but_over_none(
    inside: "Inside", echo: RuntimeFile, tmp_path: Path
) -> None:
    markdown, plain = tmp_path / "a b.md", tmp_path / "a.json"
    script = f"hi\n/new\n/export {markdown}\n"
    await inside.chat(script, echo.url)
    assert "## You" not in markdown.read_text()
    ran = await inside.chat(f"hi\n/export {plain}\n/export {markdown}\n", echo.url)
    assert json.loads(plain.read_text())["items"][0]["text"] == "hi"
    assert f"{markdown} already exists; nothing was written" in ran.err
    ran = await inside.chat("/export /nowhere/a.md\n", echo.url)
    assert "cannot write /nowhere/a.md" in ran.err


async def test_the_status_and_the_model_are_told(inside: "Inside", echo: RuntimeFile) -> None:
    ran = await inside.chat("/model m1\n/status\n", echo.url)
    assert ran.err.count("model: m1") == 2
    assert f"gateway at 127.0.0.1:{echo.port}" in ran.err
    assert "messages are saved as they are typed" in ran.err


async def test_nothing_to_copy_stop_or_approve_is_told(inside: "Inside", echo: RuntimeFile) -> None:
    ran = await inside.chat("/copy\n/stop\n/approve once\nhi\n", echo.url)
    assert "no answer yet" in ran.err
    assert "no answer is being generated" in ran.err
    assert "no tool is asking" in ran.err


async def test_a_command_that_the_gateway_does_not_know_is_one_line(
    inside: "Inside", plain_gateway: GatewayProcess
) -> None:
    async with inside.chatting(plain_gateway.url) as chat:
        await chat.type("/delay 20 /count 60\n")
        await chat.out.until(" 4 ")
        await chat.type("/stop\n")
        await chat.err.until("✕ this gateway cannot stop an answer\n")
        await chat.close_input()
        assert (await chat.ended()).out.endswith(" 60\n")


async def test_a_typed_stop_does_not_wait_for_what_was_typed_before_it(
    cli: "Cli", echo: RuntimeFile
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", echo.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 100 /count 1000\n")
        await chat.out.until(" 4 ")
        await chat.type("/new\n")
        await chat.out.until("waiting for the answers in this session first")
        await chat.type("/stop\n")
        await chat.out.until("new session")


async def test_an_answer_is_copied_to_the_terminals_clipboard(
    cli: "Cli", echo: RuntimeFile
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", echo.url) as chat:
        await chat.out.until("online at")
        await chat.type("/count 3\n")
        await chat.out.until("1 2 3\r\n")
        await chat.type("/copy\n")
        await chat.out.until("\x1b]52;c;MSAyIDM=\x07")
