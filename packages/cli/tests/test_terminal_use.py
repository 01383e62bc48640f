"""What only a terminal shows: streaming, the prompt, Ctrl+C, Ctrl+D and Enter."""

from typing import TYPE_CHECKING

from tek_local.runtime_file import RuntimeFile
from tek_testing.gateway.gateway_process import GatewayProcess

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Cli


async def test_control_c_stops_the_answer_and_the_chat_goes_on(
    cli: "Cli", echo: RuntimeFile
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", echo.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 50 /count 1000\n")
        await chat.out.until(" 4 ")
        await chat.type("\x03")
        await chat.out.until("was stopped")
        await chat.type("/count 3\n")
        await chat.out.until("1 2 3\r\n")
        await chat.close_input()
        ran = await chat.ended()
    assert ran.code == 0
    assert "Traceback" not in ran.out


async def test_a_second_control_c_ends_a_streaming_chat_at_once(
    cli: "Cli", plain_gateway: GatewayProcess
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", plain_gateway.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 50 /count 1000\n")
        await chat.out.until(" 4 ")
        await chat.type("\x03")
        await chat.out.until("this gateway cannot stop an answer")
        await chat.type("\x03")
        ran = await chat.ended(limit=3)
    assert ran.code == 130
    assert "Traceback" not in ran.out
    assert "was interrupted" not in ran.out


async def test_control_c_with_nothing_to_stop_says_how_to_quit_and_the_next_one_quits(
    cli: "Cli",
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", "ws://127.0.0.1:9") as chat:
        await chat.out.until("gateway down")
        await chat.type("\x03")
        await chat.out.until("press Ctrl+D to quit")
        await chat.type("\x03")
        ran = await chat.ended(limit=3)
    assert ran.code == 130
    assert "Traceback" not in ran.out


async def test_control_d_waits_for_an_answer_that_quitting_would_interrupt(
    cli: "Cli", plain_gateway: GatewayProcess
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", plain_gateway.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 20 /count 40\n")
        await chat.out.until(" 4 ")
        await chat.close_input()
        await chat.out.until("waiting for the answer")
        ran = await chat.ended()
    assert ran.code == 0
    assert " 40\r\n" in ran.out
    assert "resume: tek-cli -c (or -s " in ran.out


async def test_control_d_leaves_an_answer_to_a_gateway_that_keeps_it(
    cli: "Cli", echo: RuntimeFile
) -> None:
    async with cli.on_terminal("chat", "--plain", "--url", echo.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 100 /count 1000\n")
        await chat.out.until(" 4 ")
        await chat.close_input()
        ran = await chat.ended(limit=5)
    assert ran.code == 0
    assert "the gateway finishes the answer" in ran.out
    assert "resume: tek-cli -c (or -s " in ran.out


async def test_quitting_says_that_unsent_messages_are_saved(
    cli: "Cli", gateway: GatewayProcess
) -> None:
    await gateway.kill()
    async with cli.on_terminal("chat", "--plain", "--url", gateway.url) as chat:
        await chat.out.until("gateway down")
        await chat.type("one\n")
        await chat.out.until("“one” queued")
        await chat.type("/quit\n")
        ran = await chat.ended(limit=5)
    assert ran.code == 0
    assert "1 message saved" in ran.out
    await gateway.start()
    flushed = await cli.run("outbox", "flush")
    assert (flushed.code, flushed.out) == (0, f"{gateway.url}: 1 sent and answered\n")


async def test_enter_on_an_empty_line_ends_the_wait(cli: "Cli", home: "Path") -> None:
    settings = home / "config" / "tek" / "settings.toml"
    settings.write_text("[reconnect]\nbase = 3600\ncap = 3600\n")
    async with GatewayProcess() as gateway:
        await gateway.kill()
        async with cli.on_terminal("chat", "--plain", "--url", gateway.url) as chat:
            await chat.out.until("Enter now")
            await gateway.start()
            await chat.type("\n")
            await chat.out.until("online at")


async def test_a_terminal_sees_an_answer_grow_and_control_c_ends_it(
    cli: "Cli", echo: RuntimeFile
) -> None:
    async with cli.on_terminal("ask", "/delay 50 /count 1000", "--url", echo.url) as asking:
        await asking.out.until("1 2 3")
        await asking.type("\x03")
        ran = await asking.ended(limit=3)
    assert ran.code == 130
    assert "Traceback" not in ran.out


async def test_a_terminal_without_a_prompt_is_a_usage_error(cli: "Cli") -> None:
    async with cli.on_terminal("ask") as asking:
        ran = await asking.ended()
    assert ran.code == 2
    assert "Invalid value for PROMPT" in ran.out
