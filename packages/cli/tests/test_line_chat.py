"""The chat in lines: what goes where, and how it goes on through an outage."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tek_local.runtime_file import RuntimeFile
from tek_testing.deadlines import deadline
from tek_testing.faults.refusing_listener import Http, RefusingListener
from tek_testing.gateway.gateway_process import GatewayProcess

if TYPE_CHECKING:
    from conftest import Cli, Inside


async def test_answers_go_to_standard_output_and_the_rest_to_standard_error(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.chat("hello there\n/count 5\n", echo.url)
    assert (ran.code, ran.out) == (0, "hello there\n1 2 3 4 5\n")
    assert f"online at 127.0.0.1:{echo.port}" in ran.err


async def test_a_last_line_needs_no_end(inside: "Inside", echo: RuntimeFile) -> None:
    assert (await inside.chat("hi", echo.url)).out == "hi\n"


async def test_a_session_that_the_gateway_does_not_know_is_announced_and_replaced(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.chat("hi\n", echo.url, session_id="nope")
    assert (ran.code, ran.out) == (0, "hi\n")
    assert "The gateway no longer has session nope" in ran.err


async def test_a_new_session_begins_once_everything_in_the_old_one_is_answered(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.chat("first\n/new\nsecond\n/new\n/sessions\n", echo.url)
    assert (ran.code, ran.out) == (0, "first\nsecond\n")
    assert len([line for line in ran.err.splitlines() if " 2 messages  " in line]) == 2


async def test_a_listed_session_can_be_continued(inside: "Inside", echo: RuntimeFile) -> None:
    asked = await inside.ask("first", echo.url, as_json=True)
    session = str(asked.lines[-1]["sessionId"])
    ran = await inside.chat(f"/sessions {session}\nsecond\n/sessions\n", echo.url)
    assert (ran.code, ran.out) == (0, "first\nsecond\n")
    assert "> first\n" in ran.err
    assert "> second" not in ran.err
    assert f"* {session}" in ran.err


async def test_quit_ends_the_chat_like_the_end_of_input(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.chat("hi\n/quit\nnever said\n", echo.url)
    assert (ran.code, ran.out) == (0, "hi\n")


async def test_help_lists_the_commands(inside: "Inside", echo: RuntimeFile) -> None:
    ran = await inside.chat("/help\n/retry\n/sessions\n", echo.url)
    assert ran.out == ""
    assert "/sessions [ID]              list the sessions, or open one" in ran.err
    assert "no failed or uncertain messages" in ran.err
    assert "no sessions yet" in ran.err


async def test_other_words_with_a_slash_are_messages(inside: "Inside", echo: RuntimeFile) -> None:
    assert (await inside.chat("/etc/passwd\n", echo.url)).out == "/etc/passwd\n"


async def test_a_failed_message_may_be_sent_again(inside: "Inside", echo: RuntimeFile) -> None:
    async with inside.chatting(echo.url) as chat:
        await chat.type("/count no\n")
        await chat.err.until("“/count no” failed: LLM_ERROR")
        await chat.type("/retry\n")
        await chat.close_input()
        ran = await chat.ended()
    assert ran.err.count("“/count no” failed: LLM_ERROR") == 2


async def test_a_message_too_large_is_told_and_the_chat_goes_on(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.chat("x" * 2**20 + "\nhi\n", echo.url)
    assert (ran.code, ran.out) == (0, "hi\n")
    assert ran.err.count("this message is too long") == 1


async def test_a_long_input_waits_where_it_comes_from_instead_of_filling_the_outbox(
    inside: "Inside", gateway: GatewayProcess
) -> None:
    lines = "".join(f"line {number}\n" for number in range(130))
    await gateway.kill()
    async with inside.chatting(gateway.url) as chat:
        await chat.type(lines)
        await chat.close_input()
        await chat.err.until(" · 100 queued")
        await gateway.start()
        ran = await chat.ended(limit=30)
    assert (ran.code, ran.out) == (0, lines)
    assert "101 queued" not in ran.err


async def test_a_blocked_connection_says_what_to_do_and_enter_tries_again(inside: "Inside") -> None:
    async with (
        RefusingListener(Http(404)) as listener,
        inside.chatting(listener.url) as chat,
    ):
        await chat.err.until("HTTP 404 Not Found · check host, port and path")
        await chat.type("\n")
        await listener.dials(2)
        assert not chat.chat.done()


async def test_what_is_typed_while_the_gateway_is_down_is_answered_when_it_is_back(
    cli: "Cli", gateway: GatewayProcess
) -> None:
    async with cli.started("--url", gateway.url) as chat:  # no command: a chat
        await chat.type("before\n")
        await chat.out.until("before\n")
        await gateway.kill()
        await chat.err.until("gateway down")
        await chat.type("after\n")
        await chat.err.until("“after” queued")
        await chat.close_input()
        await gateway.start()
        ran = await chat.ended()
    assert (ran.code, ran.out) == (0, "before\nafter\n")
    assert "back online · 1 sent" in ran.err


async def test_a_cut_answer_keeps_its_text_and_is_marked(
    inside: "Inside", plain_gateway: GatewayProcess
) -> None:
    async with inside.chatting(plain_gateway.url) as chat:
        await chat.type("/delay 20 /count 500\n")
        await chat.out.until(" 5 ")
        await plain_gateway.kill()
        await chat.err.until("was interrupted: connection lost")
        await chat.close_input()
        ran = await chat.ended()
    shown = ran.out.split()
    assert ran.code == 0
    assert shown == [str(number) for number in range(1, len(shown) + 1)]


async def test_an_uncertain_message_is_sent_again_only_on_the_users_word(
    inside: "Inside", plain_gateway: GatewayProcess
) -> None:
    async with inside.chatting(plain_gateway.url) as chat:
        await chat.err.until("online")
        plain_gateway.pause()
        await chat.type("hm\nand this\n")
        await chat.err.until("“and this” queued")  # so that the first one is on its way
        await plain_gateway.restart()
        await chat.err.until("“hm” may have arrived")
        await chat.out.until("and this\n")
        await chat.type("/retry\n")
        await chat.out.until("hm\n")
        await chat.close_input()
        ran = await chat.ended()
    assert (ran.code, ran.out) == (0, "and this\nhm\n")


async def test_the_trace_may_be_a_named_pipe(
    cli: "Cli", gateway: GatewayProcess, tmp_path: Path
) -> None:
    pipe = tmp_path / "trace"
    os.mkfifo(pipe)
    async with cli.started("chat", "--url", gateway.url, "--trace", str(pipe)) as chat:
        reading = asyncio.create_task(asyncio.to_thread(pipe.read_text))
        await chat.type("hi\n")
        await chat.close_input()
        assert (await chat.ended()).code == 0
        async with deadline():
            events = [json.loads(line)["event"] for line in (await reading).splitlines()]
    assert (events[0], events[-1]) == ("connecting", "closed")


async def test_a_chat_ends_quietly_when_nobody_reads_its_answers(
    cli: "Cli", gateway: GatewayProcess
) -> None:
    ran = await cli.run_unread("chat", "--url", gateway.url, stdin="hi\n")
    assert ran.code == 141
    assert "Traceback" not in ran.err
