"""What happens when a model misbehaves, and what a model is given."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from tek_gateway.log.log_entries import Message
from tek_gateway.models.protocols import Model
from tek_local.runtime_file import RuntimeFile
from tek_protocol.chat import ChatSend, Error, StreamStart
from tek_testing.clients.wire_client import WireClient

Run = Callable[[Model], AbstractAsyncContextManager[RuntimeFile]]


class Broken:
    """Says one word and raises what no model should."""

    name = "broken"

    async def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[str]:
        yield prompt[: len(history) + 1]
        raise ZeroDivisionError


class Remembering:
    """Says what was said before."""

    name = "remembering"

    async def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[str]:
        for message in history:
            yield f"{message.role}: {message.content}\n"
        yield f"now: {prompt}"


async def test_a_model_that_breaks_ends_its_turn_and_nothing_else(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async with run(Broken()) as gateway, WireClient(gateway.url) as client:
        for name in ("m-1", "m-2"):
            messages, text = await client.chat(ChatSend(name, "secret prompt"))
            reason = "The model failed. See the gateway's log."
            assert messages[-1] == Error("LLM_ERROR", reason, name)
            assert text == "s"

    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 2
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text


async def test_a_model_is_given_the_conversation_so_far(run: Run) -> None:
    async with run(Remembering()) as gateway, WireClient(gateway.url) as client:
        messages, text = await client.chat(ChatSend("m-1", "Hello"))
        assert text == "now: Hello"

        match messages[1]:
            case StreamStart(session_id=session_id, model="remembering"):
                _, text = await client.chat(ChatSend("m-2", "Again", session_id))
            case other:
                pytest.fail(f"no start: {other}")
        assert text == "user: Hello\nassistant: now: Hello\nnow: Again"
