"""`ask`: what is on standard output, and the exit codes."""

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from tek_local.runtime_file import RuntimeFile
from tek_testing.faults.refusing_listener import Http, RefusingListener
from tek_testing.gateway.gateway_process import GatewayProcess

if TYPE_CHECKING:
    from conftest import Cli, Inside


async def test_standard_output_carries_the_answer_and_nothing_else(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.ask("hello you", echo.url)
    assert (ran.code, ran.out, ran.err) == (0, "hello you\n", "")


async def test_a_question_may_come_from_standard_input(cli: "Cli", echo: RuntimeFile) -> None:
    ran = await cli.run("ask", "-", "--url", echo.url, stdin="two\nlines\n")
    assert (ran.code, ran.out, ran.err) == (0, "two\nlines\n", "")


async def test_standard_input_is_left_alone_when_there_is_a_prompt(
    cli: "Cli", echo: RuntimeFile
) -> None:
    async with cli.started("ask", "hi", "--url", echo.url) as asking:
        ran = await asking.ended()  # with standard input still open
    assert (ran.code, ran.out) == (0, "hi\n")


async def test_json_tells_every_step_and_ends_with_end(inside: "Inside", echo: RuntimeFile) -> None:
    ran = await inside.ask("/count 50", echo.url, as_json=True)
    types = [line["type"] for line in ran.lines]
    steps = ["message.queued", "message.sent", "message.accepted", "answer.start", "answer.end"]
    assert [line["seq"] for line in ran.lines] == list(range(1, len(ran.lines) + 1))
    assert {line["v"] for line in ran.lines} == {1}
    assert [each for each in types if each in steps] == steps
    assert types[-1] == "end"
    assert ran.lines[-1]["code"] == ran.code == 0


async def test_the_deltas_put_at_their_offsets_are_the_answer(
    inside: "Inside", echo: RuntimeFile
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
async def test_a_question_to_a_session_that_is_gone_is_code_6_and_asked_nowhere(
    inside: "Inside", echo: RuntimeFile, *, as_json: bool
) -> None:
    ran = await inside.ask("hi", echo.url, session_id="nope", as_json=as_json)
    assert ran.code == 6
    if as_json:
        assert "nope" in {line.get("lost") for line in ran.lines}
        assert "message.queued" not in {line["type"] for line in ran.lines}
    else:
        assert ran.out == ""
        assert "does not have session nope" in ran.err


async def test_a_session_goes_on(inside: "Inside", echo: RuntimeFile) -> None:
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
    inside: "Inside", echo: RuntimeFile
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
        assert "was interrupted" in ran.err


def _read_until(events: TextIO, piece: str) -> None:
    for line in iter(events.readline, ""):
        if f'"delta": "{piece}"' in line:
            return
    pytest.fail(f"the trace ended without {piece}")


async def test_an_error_of_the_model_is_code_1(inside: "Inside", echo: RuntimeFile) -> None:
    ran = await inside.ask("/count many", echo.url)
    assert (ran.code, ran.out) == (1, "")
    assert "LLM_ERROR: /count takes a whole number" in ran.err


@pytest.mark.parametrize(("status", "code"), [(401, 4), (403, 4), (404, 5)])
async def test_a_rejection_by_the_gateway_ends_it_at_once(
    inside: "Inside", status: int, code: int
) -> None:
    async with RefusingListener(Http(status)) as listener:
        ran = await inside.ask("hi", listener.url)
    assert (ran.code, ran.out) == (code, "")
    assert f"HTTP {status}" in ran.err


async def test_a_closed_standard_output_is_quiet(cli: "Cli", echo: RuntimeFile) -> None:
    ran = await cli.run_unread("ask", "hi", "--url", echo.url)
    assert (ran.code, ran.err) == (141, "")


async def test_a_message_that_is_too_large_is_reported_before_it_is_sent(
    inside: "Inside", echo: RuntimeFile
) -> None:
    ran = await inside.ask("x" * 2**20, echo.url)
    assert (ran.code, ran.out) == (1, "")
    assert "this message is too long" in ran.err


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


# ---- Through kills -----------------------------------------------------------------------------


def _rebuilt(lines: list[dict[str, object]]) -> str:
    text = ""
    for line in lines:
        if line["type"] == "answer.delta":
            text = text[: int(str(line["offset"]))] + str(line["text"])
    return text


NUMBERS = " ".join(map(str, range(1, 401)))


async def test_an_answer_stays_correct_with_the_gateway_killed_ten_times(
    cli: "Cli", gateway: GatewayProcess
) -> None:
    trace = cli.home / "trace"
    os.mkfifo(trace)
    options = ("--url", gateway.url, "--trace", str(trace), "--json")
    async with cli.started("ask", "-", *options) as asking:
        await asking.type("/delay 5 /count 400\n")
        await asking.close_input()
        with await asyncio.to_thread(trace.open) as events:
            for number in range(10, 310, 30):
                await asyncio.to_thread(_read_until, events, f" {number}")
                await gateway.kill()
                await gateway.start()
            draining = asyncio.create_task(asyncio.to_thread(events.read))
            ran = await asking.ended(limit=60)
            await draining
    types = [line["type"] for line in ran.lines]
    ends = [line["text"] for line in ran.lines if line["type"] == "answer.end"]
    assert (ran.code, ends) == (0, [NUMBERS])
    assert _rebuilt(ran.lines) == NUMBERS
    assert types.count("answer.interrupted") == types.count("answer.resumed") == 10
    assert types[-1] == "end"


@pytest.mark.parametrize("options", [(), ("--stream",)])
async def test_a_pipe_gets_the_whole_answer_once_whatever_happens_to_the_gateway(
    cli: "Cli", gateway: GatewayProcess, options: tuple[str, ...]
) -> None:
    trace = cli.home / "trace"
    os.mkfifo(trace)
    more = ("--url", gateway.url, "--trace", str(trace), *options)
    async with cli.started("ask", "/delay 4 /count 250", *more) as asking:
        with await asyncio.to_thread(trace.open) as events:
            for number in (10, 60, 110):
                await asyncio.to_thread(_read_until, events, f" {number}")
                await gateway.kill()
                await gateway.start()
            draining = asyncio.create_task(asyncio.to_thread(events.read))
            ran = await asking.ended(limit=60)
            await draining
    assert (ran.code, ran.out) == (0, " ".join(map(str, range(1, 251))) + "\n")


async def test_an_answer_grows_in_a_pipe_that_wants_it(cli: "Cli", echo: RuntimeFile) -> None:
    asking = cli.started("ask", "/delay 50 /count 1000", "--stream", "--url", echo.url)
    async with asking as running:
        await running.out.until("1 2 3")
        running.process.send_signal(signal.SIGINT)
        ran = await running.ended(limit=5)
    assert ran.code == 130


# ---- Into a file -------------------------------------------------------------------------------


async def test_an_answer_goes_into_a_file_and_not_to_standard_output(
    inside: "Inside", echo: RuntimeFile, tmp_path: Path
) -> None:
    file = tmp_path / "answer.md"
    ran = await inside.ask("hello", echo.url, file=file)
    assert (ran.code, ran.out, file.read_text()) == (0, "", "hello\n")


async def test_an_answer_that_is_not_whole_leaves_the_file_as_it_was(
    inside: "Inside", echo: RuntimeFile, tmp_path: Path
) -> None:
    file = tmp_path / "answer.md"
    file.write_text("before")
    ran = await inside.ask("/delay 50 /count 1000", echo.url, timeout=0.5, file=file)
    assert (ran.code, ran.out, file.read_text()) == (7, "", "before")
    assert await asyncio.to_thread(lambda: list(tmp_path.glob("*answer*"))) == [file]


async def test_a_file_that_cannot_be_written_is_code_1(inside: "Inside", echo: RuntimeFile) -> None:
    ran = await inside.ask("hi", echo.url, file=Path("/dev/full"))
    assert ran.code == 1
    assert "cannot write /dev/full" in ran.err


async def test_json_and_a_file_go_together(
    inside: "Inside", echo: RuntimeFile, tmp_path: Path
) -> None:
    ran = await inside.ask("hi", echo.url, file=tmp_path / "a", as_json=True)
    assert (tmp_path / "a").read_text() == "hi\n"
    assert ran.lines[-1]["type"] == "end"


# ---- Its turn ----------------------------------------------------------------------------------


async def test_a_timed_out_question_is_stopped_on_the_gateway(
    inside: "Inside", echo: RuntimeFile
) -> None:
    first = await inside.ask("/delay 100 /count 1000", echo.url, timeout=0.5, as_json=True)
    session = str(first.lines[-1]["sessionId"])
    assert (await inside.ask("next", echo.url, session_id=session, timeout=5)).out == "next\n"
