"""A model behind an OpenAI-compatible endpoint: a real HTTP server that fails in real ways."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing

import pytest

from tek_gateway.config_file import Endpoint, Key, Timeouts
from tek_gateway.errors import ModelError
from tek_gateway.log.log_entries import Message
from tek_gateway.models.endpoint import CompletionsModel, ContinuingModel, model_at
from tek_gateway.models.protocols import Piece, ReasoningPiece
from tek_protocol.chat import Cost, Usage
from tek_testing.deadlines import deadline
from tek_testing.models.model_server import ModelServer, Refused, Streamed

IMPATIENT = Timeouts(first=0.5)
RESTLESS = Timeouts(between=0.4)
SECRET = "sk-quite-secret"  # noqa: S105 - of no endpoint that there is
HISTORY = (
    Message(id="m0", role="user", content="Hello"),
    Message(id="a0", role="assistant", content="Hi", request_id="m0"),
)


@pytest.fixture
async def server() -> AsyncGenerator[ModelServer]:
    async with ModelServer() as started:
        yield started


def endpoint(server: ModelServer, **fields: object) -> Endpoint:
    chosen: dict[str, object] = {"model": "small", **fields}
    return Endpoint(server.base_url, **chosen)  # pyright: ignore[reportArgumentType] - as they come


def model(server: ModelServer, **fields: object) -> CompletionsModel:
    return model_at("small", endpoint(server, **fields), retry_delay=0.0)


async def said(
    model: CompletionsModel, prompt: str = "one two three", history: Sequence[Message] = ()
) -> list[Piece]:
    """Return all that `model` says, and close it."""
    try:
        async with deadline(), aclosing(model.answer(prompt, history)) as pieces:
            return [piece async for piece in pieces]
    finally:
        await model.close()


async def failure(model: CompletionsModel) -> ModelError:
    with pytest.raises(ModelError) as raised:
        await said(model)
    return raised.value


# ---- An answer ---------------------------------------------------------------------------------


async def test_an_answer_comes_piece_by_piece_with_what_it_used(server: ModelServer) -> None:
    assert await said(model(server)) == ["one", " two", " three", Usage(3, 3, 6)]


async def test_a_model_is_given_the_turns_before(server: ModelServer) -> None:
    await said(model(server), "And?", HISTORY)

    (asked,) = server.asked
    assert [(each.role, each.content) for each in asked.messages] == [
        ("user", "Hello"),
        ("assistant", "Hi"),
        ("user", "And?"),
    ]
    assert (asked.model, asked.stream) == ("small", True)
    assert asked.stream_options == {"include_usage": True}


async def test_an_entry_without_a_model_is_called_by_its_own_name(server: ModelServer) -> None:
    await said(model_at("small", Endpoint(server.base_url)))

    assert server.asked[0].model == "small"


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_what_is_thought_aloud_is_kept_apart(server: ModelServer, name: str) -> None:
    server.replies.append(Streamed("yes", reasoning=("let me", " see"), reasoning_field=name))

    pieces = await said(model(server))

    assert pieces[:3] == [ReasoningPiece("let me"), ReasoningPiece(" see"), "yes"]


async def test_options_go_into_every_request(server: ModelServer) -> None:
    await said(model(server, options={"temperature": 0.5, "top_k": 3}, reports_usage=False))

    body = server.asked[0].body
    assert (body["temperature"], body["top_k"]) == (0.5, 3)
    assert "stream_options" not in body


async def test_a_cost_is_what_the_price_list_says(server: ModelServer) -> None:
    priced = model(server, input_price=2.0, output_price=10.0)

    assert priced.cost(Usage(1_000_000, 500_000, 1_500_000)) == Cost(2.0, 5.0, 7.0)


async def test_what_was_used_is_estimated_where_nobody_tells(server: ModelServer) -> None:
    silent = model(server)
    server.replies.append(Streamed(tells_usage=False))

    assert await said(silent) == ["one", " two", " three"]
    # Four a message, and a token is four bytes: 4+2, 4+1 and 4+1 read, 3 written.
    assert silent.estimate("four", HISTORY, "one two three"[:12]) == Usage(16, 3, 19)


def test_a_model_reads_as_much_as_its_window_can_hold() -> None:
    assert model_at("m", Endpoint("http://x", window=1000)).history_limit == 4000
    assert model_at("m", Endpoint("http://x", window=10**8)).history_limit == 2_000_000


# ---- Keys --------------------------------------------------------------------------------------


async def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALL_KEY", f" {SECRET}\n")
    async with ModelServer(key=SECRET) as server:
        assert await said(model(server, key=Key(env="SMALL_KEY")))


async def test_a_missing_key_is_said_before_anything_is_sent(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMALL_KEY", raising=False)

    missing = await failure(model(server, key=Key(env="SMALL_KEY")))

    assert missing.code == "PROVIDER_NOT_CONFIGURED"
    assert "set the variable SMALL_KEY" in str(missing)
    assert not server.asked


async def test_a_wrong_key_is_not_tried_again_and_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMALL_KEY", SECRET)
    async with ModelServer(key="another") as server:
        wrong = model(server, key=Key(env="SMALL_KEY"))

        refused = await failure(wrong)

        assert refused.code == "PROVIDER_NOT_CONFIGURED"
        assert len(server.asked) == 1
        assert SECRET not in f"{refused} {refused!r} {wrong!r} {vars(wrong)!r}"


async def test_an_endpoint_is_not_told_whose_customer_the_user_is_elsewhere(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ADMIN_KEY", SECRET)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")

    await said(model(server))

    sent = str(server.asked[0].headers)
    assert SECRET not in sent
    assert "-mine" not in sent


# ---- Failures before the first token: one more time --------------------------------------------

BEFORE = [
    Refused(500),
    Refused(503),
    Refused(429, headers={"Retry-After": "0"}),
    Streamed(pieces=0, then="cut"),
    Streamed(pieces=0, then="end"),
    Streamed(pieces=0, then="malformed"),
    Streamed(pieces=0, then="error"),
    Streamed(pieces=0, then="silence"),
    Streamed(pieces=0, then="headless"),
]


def patience(fault: Refused | Streamed) -> Timeouts:
    """Return short limits only where they are waited for: a busy machine takes its time."""
    is_silent = isinstance(fault, Streamed) and fault.then in {"silence", "headless"}
    return IMPATIENT if is_silent else Timeouts()


@pytest.mark.parametrize("fault", BEFORE, ids=str)
async def test_what_fails_before_the_first_token_is_asked_once_more(
    server: ModelServer, fault: Refused | Streamed
) -> None:
    server.replies.append(fault)

    assert (await said(model(server, timeouts=patience(fault))))[:3] == ["one", " two", " three"]

    assert len(server.asked) == 2


@pytest.mark.parametrize("fault", BEFORE, ids=str)
async def test_and_no_more_than_once(server: ModelServer, fault: Refused | Streamed) -> None:
    server.replies.extend([fault, fault])

    failed = await failure(model(server, timeouts=patience(fault)))

    is_slow = patience(fault) is IMPATIENT
    assert failed.code == ("LLM_TIMEOUT" if is_slow else "LLM_ERROR")
    assert len(server.asked) == 2


async def test_who_says_when_to_come_back_is_waited_for(server: ModelServer) -> None:
    server.replies.append(Refused(429, headers={"Retry-After": "0.05"}))
    began = asyncio.get_running_loop().time()

    assert await said(model(server))

    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_but_not_for_minutes(server: ModelServer) -> None:
    server.replies.append(Refused(429, "quota", headers={"Retry-After": "3600"}))

    failed = await failure(model(server))

    assert "quota). Try again in 3600 s" in str(failed)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Refused(400, "too long"), "LLM_ERROR"), (Refused(404), "PROVIDER_NOT_CONFIGURED")],
)
async def test_what_cannot_pass_is_not_asked_again(
    server: ModelServer, fault: Refused, code: str
) -> None:
    server.replies.append(fault)

    failed = await failure(model(server))

    assert failed.code == code
    assert fault.message in str(failed)
    assert len(server.asked) == 1


async def test_an_endpoint_that_is_not_there_is_named() -> None:
    async with ModelServer() as server:
        gone = model(server)
        port = server.port

    failed = await failure(gone)

    assert failed.code == "LLM_ERROR"
    assert str(failed).startswith(f"Can't reach 127.0.0.1:{port}. Is the model server running?")


async def test_an_endpoint_that_does_not_let_anybody_in_is_too_slow() -> None:
    with ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # what the system takes in by itself, and more
            waiting = sockets.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"

        limits = Timeouts(connect=0.1)
        failed = await failure(model_at("m", Endpoint(url, timeouts=limits), retry_delay=0.0))

    assert failed.code == "LLM_TIMEOUT"
    assert "took more than 0.1 s to connect" in str(failed)


# ---- Failures after it: the answer ends --------------------------------------------------------

AFTER = [
    (Streamed(pieces=2, then="cut"), "LLM_ERROR", "ended the connection"),
    (Streamed(pieces=2, then="end"), "LLM_ERROR", "ended the connection"),
    (Streamed(pieces=2, then="malformed"), "LLM_ERROR", "response that cannot be read"),
    (Streamed(pieces=2, then="error"), "LLM_ERROR", "cannot be read: out of memory"),
    (Streamed(pieces=2, then="silence"), "LLM_TIMEOUT", "0.4 s from token to token"),
]


@pytest.mark.parametrize(("fault", "code", "reason"), AFTER)
async def test_what_fails_after_the_first_token_is_not_asked_again(
    server: ModelServer, fault: Streamed, code: str, reason: str
) -> None:
    server.replies.append(fault)
    failing = model(server, timeouts=RESTLESS)
    async with deadline(), aclosing(failing.answer("one two three", ())) as answer:
        assert [await anext(answer), await anext(answer)] == ["one", " two"]
        with pytest.raises(ModelError, match=reason) as failed:
            await anext(answer)
    await failing.close()

    assert failed.value.code == code
    assert len(server.asked) == 1


async def test_a_slow_first_token_is_waited_for_longer_than_the_next(server: ModelServer) -> None:
    slow = Timeouts(between=0.4)
    server.replies.append(Streamed(first_after=0.6))

    assert (await said(model(server, timeouts=slow)))[0] == "one"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "chunk",
    [
        "5",
        '"x"',
        "[]",
        "null",
        '{"choices": 3}',
        '{"choices": [3]}',
        '{"choices": [{}]}',
        '{"choices": [{"delta": {"content": 3}}]}',
        '{"choices": [{"delta": {"content": ["a"]}}]}',
        '{"choices": [], "usage": {"prompt_tokens": "many"}}',
        "[" * 100_000,
    ],
)
async def test_a_chunk_of_any_shape_is_no_more_than_an_error(
    server: ModelServer, chunk: str
) -> None:
    server.replies.extend([Streamed(pieces=1, then="malformed", chunk=chunk)] * 2)

    assert (await failure(model(server))).code == "LLM_ERROR"


# ---- Stopping and going on ---------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["/delay 5000 a b c", "/delay 0 /count 100000"])
async def test_who_stops_listening_hangs_up(server: ModelServer, prompt: str) -> None:
    stopped = model(server)
    async with deadline():
        async with aclosing(stopped.answer(prompt, ())) as pieces:
            await anext(pieces)
        await server.left()
    await stopped.close()


async def test_a_cancelled_turn_hangs_up_at_once(server: ModelServer) -> None:
    server.replies.append(Streamed(pieces=0, then="headless"))
    stopped = model(server)
    turn = asyncio.create_task(said(stopped))

    await server.asked_times(1)
    turn.cancel()
    await server.left()

    with pytest.raises(asyncio.CancelledError):
        await turn


async def rest(server: ModelServer, prompt: str, done: str) -> list[Piece]:
    going_on = model(server, continues=True)
    assert isinstance(going_on, ContinuingModel)
    try:
        async with deadline(), aclosing(going_on.continue_answer(prompt, HISTORY, done)) as pieces:
            return [piece async for piece in pieces]
    finally:
        await going_on.close()


async def test_a_cut_answer_is_gone_on_with(server: ModelServer) -> None:
    pieces = await rest(server, "/count 5", "1 2 3")

    assert pieces[:-1] == [" 4", " 5"]
    (asked,) = server.asked
    assert [each.role for each in asked.messages] == ["user", "assistant", "user", "assistant"]
    assert asked.messages[-1].content == "1 2 3"
    assert asked.body["continue_final_message"] is True
    assert asked.body["add_generation_prompt"] is False


@pytest.mark.parametrize("done", ["a", "a ", "a \n", "a \n\n", "a \n\nb", ""])
async def test_white_space_at_the_seam_is_there_once(server: ModelServer, done: str) -> None:
    prompt = "a \n\nb c"

    pieces = await rest(server, prompt, done)

    assert done + "".join(each for each in pieces if isinstance(each, str)) == prompt
    assert not server.asked[0].messages[-1].content.endswith(("\n", " "))


async def test_white_space_that_comes_bit_by_bit_is_there_once(server: ModelServer) -> None:
    server.replies.append(Streamed(parts=(" ", "\n", "\n", "\nb")))

    pieces = await rest(server, "x", "a \n\n")

    assert [each for each in pieces if isinstance(each, str)] == ["\nb"]


def test_a_model_that_cannot_go_on_is_none_that_does() -> None:
    assert not isinstance(model_at("m", Endpoint("http://x")), ContinuingModel)
