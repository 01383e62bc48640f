"""What only a terminal shows: streaming, the prompt, Ctrl+C, Ctrl+D and Enter."""

from typing import TYPE_CHECKING

from tek_gateway.runtime import Runtime
from tek_gateway.testing import GatewayProcess

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Cli


async def test_control_c_ends_a_streaming_chat_at_once(cli: "Cli", echo: Runtime) -> None:
    async with cli.on_terminal("chat", "--url", echo.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 50 /count 1000\n")
        await chat.out.until(" 4 ")
        await chat.type("\x03")
        ran = await chat.ended(limit=3)
    assert ran.code == 130
    assert "Traceback" not in ran.out
    assert "cut off" not in ran.out


async def test_control_c_ends_a_chat_that_waits_for_a_gateway(cli: "Cli") -> None:
    async with cli.on_terminal("chat", "--url", "ws://127.0.0.1:9") as chat:
        await chat.out.until("gateway down")
        await chat.type("\x03")
        ran = await chat.ended(limit=3)
    assert ran.code == 130
    assert "Traceback" not in ran.out


async def test_control_d_waits_for_what_is_due_and_names_the_session(
    cli: "Cli", echo: Runtime
) -> None:
    async with cli.on_terminal("chat", "--url", echo.url) as chat:
        await chat.out.until("online at")
        await chat.type("/delay 20 /count 40\n")
        await chat.out.until(" 4 ")
        await chat.close_input()
        await chat.out.until("waiting for what is due")
        ran = await chat.ended()
    assert ran.code == 0
    assert " 40\r\n" in ran.out
    assert "tek-cli chat -s " in ran.out


async def test_enter_on_an_empty_line_ends_the_wait(cli: "Cli", home: "Path") -> None:
    settings = home / "config" / "tek" / "settings.toml"
    settings.write_text("[reconnect]\nbase = 3600\ncap = 3600\n")
    async with GatewayProcess() as gateway:
        await gateway.kill()
        async with cli.on_terminal("chat", "--url", gateway.url) as chat:
            await chat.out.until("Enter now")
            await gateway.start()
            await chat.type("\n")
            await chat.out.until("online at")


async def test_a_terminal_sees_an_answer_grow_and_control_c_ends_it(
    cli: "Cli", echo: Runtime
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
