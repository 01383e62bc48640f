"""One question: what is on standard output, and which code it ends with."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from tek_gateway.runtime import Runtime
from tek_gateway.testing import GatewayProcess, Http, RefusingListener

if TYPE_CHECKING:
    from conftest import Cli, Inside


async def test_standard_output_carries_the_answer_and_nothing_else(
    inside: "Inside", echo: Runtime
) -> None:
    ran = await inside.ask("hello you", echo.url)
    assert (ran.code, ran.out, ran.err) == (0, "hello you\n", "")


async def test_a_question_may_come_from_standard_input(cli: "Cli", echo: Runtime) -> None:
    ran = await cli.run("ask", "-", "--url", echo.url, stdin="two\nlines\n")
    assert (ran.code, ran.out, ran.err) == (0, "two\nlines\n", "")


async def test_standard_input_is_left_alone_when_there_is_a_prompt(
    cli: "Cli", echo: Runtime
) -> None:
    async with cli.started("ask", "hi", "--url", echo.url) as asking:
        ran = await asking.ended()  # with standard input still open
    assert (ran.code, ran.out) == (0, "hi\n")


async def test_json_tells_every_step_and_ends_with_end(inside: "Inside", echo: Runtime) -> None:
    ran = await inside.ask("/count 50", echo.url, as_json=True)
    types = [line["type"] for line in ran.lines]
    steps = ["message.queued", "message.sent", "message.accepted", "answer.start", "answer.end"]
    assert [line["seq"] for line in ran.lines] == list(range(1, len(ran.lines) + 1))
    assert {line["v"] for line in ran.lines} == {1}
    assert [each for each in types if each in steps] == steps
    assert types[-1] == "end"
    assert ran.lines[-1]["code"] == ran.code == 0


async def test_the_deltas_put_at_their_offsets_are_the_answer(
    inside: "Inside", echo: Runtime
) -> None:
    ran = await inside.ask("schön 🎈 1 2 3", echo.url, as_json=True)
    text = ""
    for line in ran.lines:
        if line["type"] == "answer.delta":
            assert isinstance(line["offset"], int)
            text = text[: line["offset"]] + str(line["text"])
    assert text == "schön 🎈 1 2 3"
    assert text in {line.get("text") for line in ran.lines if line["type"] == "answer.end"}


@pytest.mark.parametrize("as_json", [False, True])
async def test_an_unknown_session_is_announced_and_replaced(
    inside: "Inside", echo: Runtime, *, as_json: bool
) -> None:
    ran = await inside.ask("hi", echo.url, session_id="nope", as_json=as_json)
    assert ran.code == 0
    if as_json:
        assert "nope" in {line.get("lost") for line in ran.lines}
        assert ran.lines[-1]["sessionId"] not in {"", "nope"}
    else:
        assert ran.out == "hi\n"
        assert "session nope is gone" in ran.err


async def test_a_session_goes_on(inside: "Inside", echo: Runtime) -> None:
    first = await inside.ask("one", echo.url, as_json=True)
    session = str(first.lines[-1]["sessionId"])
    second = await inside.ask("two", echo.url, session_id=session, as_json=True)
    assert second.lines[-1]["sessionId"] == session


async def test_no_gateway_in_time_is_code_3(inside: "Inside") -> None:
    ran = await inside.ask("hi", "ws://127.0.0.1:9", wait=0.3)
    assert (ran.code, ran.out) == (3, "")
    assert "Error: no gateway at 127.0.0.1:9 (connection refused) within 0.3s" in ran.err


async def test_a_gateway_that_comes_in_time_answers(cli: "Cli", gateway: GatewayProcess) -> None:
    await gateway.kill()
    async with cli.started("ask", "hi", "--url", gateway.url) as asking:
        await asking.err.until("gateway down")
        await gateway.start()
        ran = await asking.ended()
    assert (ran.code, ran.out) == (0, "hi\n")
    assert "online" in ran.err


async def test_an_answer_that_takes_too_long_is_code_7_with_what_there_was(
    inside: "Inside", echo: Runtime
) -> None:
    ran = await inside.ask("/delay 50 /count 1000", echo.url, timeout=0.5)
    assert ran.code == 7
    assert ran.out.startswith("1 2 ")
    assert "Error: no complete answer within 0.5s" in ran.err


async def test_no_gateway_within_the_timeout_is_code_7(inside: "Inside") -> None:
    ran = await inside.ask("hi", "ws://127.0.0.1:9", timeout=0.2)
    assert (ran.code, ran.out) == (7, "")
    assert "no gateway at 127.0.0.1:9" in ran.err


@pytest.mark.parametrize("as_json", [False, True])
async def test_an_answer_that_is_cut_off_is_code_1_with_what_there_was(
    cli: "Cli", plain_gateway: GatewayProcess, *, as_json: bool
) -> None:
    trace = cli.home / "trace"
    os.mkfifo(trace)
    options = ("--url", plain_gateway.url, "--trace", str(trace), *(["--json"] if as_json else []))
    async with cli.started("ask", "/delay 20 /count 1000", *options) as asking:
        with await asyncio.to_thread(trace.open) as events:
            await asyncio.to_thread(_read_until, events, " 5")
            await plain_gateway.kill()
            ran = await asking.ended()
    assert ran.code == 1
    if as_json:
        types = [line["type"] for line in ran.lines]
        assert types[-2:] == ["error", "end"]
        assert "answer.interrupted" in types
    else:
        assert ran.out.startswith("1 2 3 4 5")
        assert "was cut off" in ran.err


def _read_until(events: TextIO, piece: str) -> None:
    while f'"delta": "{piece}"' not in events.readline():
        pass


async def test_a_refusal_of_the_model_is_code_1(inside: "Inside", echo: Runtime) -> None:
    ran = await inside.ask("/count many", echo.url)
    assert (ran.code, ran.out) == (1, "")
    assert "LLM_ERROR: /count takes a whole number" in ran.err


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (404, 5)])
async def test_a_gateway_that_will_not_have_us_ends_it_at_once(
    inside: "Inside", status: int, code: int
) -> None:
    async with RefusingListener(Http(status)) as listener:
        ran = await inside.ask("hi", listener.url)
    assert (ran.code, ran.out) == (code, "")
    assert f"HTTP {status}" in ran.err


async def test_an_answer_that_nobody_reads_is_quiet(cli: "Cli", echo: Runtime) -> None:
    ran = await cli.run_unread("ask", "hi", "--url", echo.url)
    assert (ran.code, ran.err) == (141, "")


async def test_a_message_too_large_is_told_before_it_is_sent(
    inside: "Inside", echo: Runtime
) -> None:
    ran = await inside.ask("x" * 2**20, echo.url)
    assert (ran.code, ran.out) == (1, "")
    assert "over the limit" in ran.err


async def test_a_wrong_settings_file_is_named(inside: "Inside", home: Path) -> None:
    path = home / "config" / "tek" / "settings.toml"
    path.write_text("colour = 'blue'\n")
    ran = await inside.ask("hi", None)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert str(path) in ran.err


async def test_a_wrong_address_in_the_environment_is_named(
    inside: "Inside", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEK_URL", "http://nope")
    ran = await inside.ask("hi", None, as_json=True)
    assert ran.code == 2
    assert [line["type"] for line in ran.lines] == ["error", "end"]
    assert "TEK_URL" in str(ran.lines[0]["message"])
