"""What a client of `tek.v1` is told."""

import asyncio

import pytest

from tek_gateway.serve.client_frames import ID_LIMIT
from tek_gateway.serve.plain_connection import STREAMS_LIMIT
from tek_local.runtime_file import RuntimeFile
from tek_protocol import encode
from tek_protocol.chat import (
    ChatSend,
    Cost,
    Error,
    GatewayMessage,
    SessionCreated,
    SessionInfo,
    SessionList,
    StreamDelta,
    StreamEnd,
    StreamStart,
    Usage,
)
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline

LIST: dict[str, object] = {"type": "session.list", "id": "l-1"}


def opened(messages: list[GatewayMessage]) -> str:
    match messages[0]:
        case SessionCreated(session_id=session_id):
            return session_id
        case _:
            pytest.fail(f"no session was made: {messages[0]}")


async def sessions(client: WireClient) -> tuple[SessionInfo, ...]:
    match await client.ask(LIST):
        case SessionList(request_id="l-1", sessions=found):
            return found
        case other:
            pytest.fail(f"no list: {other}")


async def test_a_message_without_a_session_makes_one_and_is_answered(client: WireClient) -> None:
    messages, _ = await client.chat(ChatSend("m-1", "one two"))

    session_id = opened(messages)
    assert len(bytes.fromhex(session_id)) == 16
    assert messages[1:] == [
        StreamStart("m-1", session_id, "echo"),
        StreamDelta("m-1", "one"),
        StreamDelta("m-1", " two"),
        StreamEnd("m-1", Usage(2, 2, 4), Cost()),
    ]


@pytest.mark.parametrize("field", [{}, {"sessionId": ""}])
async def test_every_message_without_a_session_makes_another(
    client: WireClient, field: dict[str, object]
) -> None:
    made: set[str] = set()
    for _ in range(3):
        await client.send(encode({"type": "chat.send", "id": "m", "content": "x"} | field))
        messages, _ = await client.answer("m")
        made.add(opened(messages))

    assert len(made) == 3


async def test_a_session_goes_on_without_being_made_again(client: WireClient) -> None:
    first, _ = await client.chat(ChatSend("m-1", "one"))
    session_id = opened(first)

    messages, text = await client.chat(ChatSend("m-2", "two", session_id))

    assert messages[0] == StreamStart("m-2", session_id, "echo")
    assert text == "two"
    assert [(info.session_id, info.message_count) for info in await sessions(client)] == [
        (session_id, 4)
    ]


@pytest.mark.parametrize(
    "prompt", ["", " ", "  a\n\n b\t ", '\u2028\U0001f600\0"\\', "x" * 300_000]
)
async def test_the_deltas_joined_are_the_prompt(client: WireClient, prompt: str) -> None:
    _, text = await client.chat(ChatSend("m-1", prompt))

    assert text == prompt


async def test_the_same_id_sent_twice_runs_twice(client: WireClient) -> None:
    session_id = opened((await client.chat(ChatSend("m-1", "one")))[0])

    _, text = await client.chat(ChatSend("m-1", "one", session_id))

    assert text == "one"
    assert (await sessions(client))[0].message_count == 4


async def test_an_unknown_session_is_reported_for_its_message(client: WireClient) -> None:
    await client.send(ChatSend("m-1", "one", "no such session"))

    assert await client.receive() == Error("SESSION_NOT_FOUND", "No such session.", "m-1")
    assert await sessions(client) == ()


async def test_a_session_has_one_turn_at_a_time(client: WireClient) -> None:
    await client.send(ChatSend("m-1", "/delay 10000 a b"))
    session_id = opened([await client.receive()])
    await client.receive()

    await client.send(ChatSend("m-2", "now", session_id))

    expected = Error(
        "STREAM_IN_PROGRESS", "The session's last message is still being answered.", "m-2"
    )
    assert expected in [await client.receive(), await client.receive()]


async def test_the_next_message_may_follow_the_end_of_an_answer_at_once(client: WireClient) -> None:
    session_id = opened((await client.chat(ChatSend("m", "x")))[0])

    for _ in range(50):
        messages, _ = await client.chat(ChatSend("m", "x", session_id))
        assert isinstance(messages[-1], StreamEnd)


async def test_two_messages_at_once_start_one_turn(
    client: WireClient, gateway: RuntimeFile
) -> None:
    session_id = opened((await client.chat(ChatSend("m-0", "x")))[0])
    async with WireClient(gateway.url) as other:
        answers = await asyncio.gather(
            client.chat(ChatSend("m-1", "/delay 50 a b", session_id)),
            other.chat(ChatSend("m-2", "/delay 50 a b", session_id)),
        )

    ends = [messages[-1] for messages, _ in answers]
    assert sum(isinstance(end, StreamEnd) for end in ends) == 1
    assert sum(isinstance(end, Error) and end.code == "STREAM_IN_PROGRESS" for end in ends) == 1


async def test_sessions_are_listed_newest_first(client: WireClient) -> None:
    made = [opened((await client.chat(ChatSend(f"m-{n}", "x")))[0]) for n in range(3)]

    found = await sessions(client)

    assert [info.session_id for info in found] == made[::-1]
    assert all(info.model == "echo" and info.created_at for info in found)
    assert len({info.session_key for info in found}) == 3


async def test_a_model_that_is_not_there_is_refused(client: WireClient) -> None:
    messages, _ = await client.chat(ChatSend("m-1", "x", model="gpt-99"))

    reason = "This gateway has no such model. It has: 'echo'."
    assert messages == [Error("PROVIDER_NOT_CONFIGURED", reason, "m-1")]
    assert isinstance((await client.chat(ChatSend("m-2", "x", model="echo")))[0][-1], StreamEnd)


async def test_a_refusal_of_the_model_ends_the_turn_only(client: WireClient) -> None:
    messages, _ = await client.chat(ChatSend("m-1", "/count 0"))
    session_id = opened(messages)

    reason = "/count takes a whole number from 1 to 100000"
    assert messages[-1] == Error("LLM_ERROR", reason, "m-1")
    assert (await client.chat(ChatSend("m-2", "/count 3", session_id)))[1] == "1 2 3"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "truncated"),
        ("nope", "malformed"),
        ("{", "truncated"),
        ("[]", "Expected `object`, got `array`"),
        ("1", "Expected `object`"),
        ('"text"', "Expected `object`"),
        ("{}", "missing required field `type`"),
        ('{"type":7}', "Expected `str`"),
        ('{"type":"nope"}', "$.type"),
        ('{"type":"chat.send","id":"m"}', "missing required field `content`"),
        ('{"type":"chat.send","content":"x"}', "missing required field `id`"),
        ('{"type":"chat.send","id":7,"content":"x"}', "$.id"),
        ('{"type":"chat.send","id":"m","content":null}', "$.content"),
        ('{"type":"chat.send","id":"m","content":"x","sessionId":null}', "$.sessionId"),
        ('{"type":"chat.send","id":"m","content":"\\ud800"}', ""),
        ('{"type":"chat.send","id":"","content":"x"}', "1 to 200 characters"),
        ('{"type":"session.list","id":"' + "x" * (ID_LIMIT + 1) + '"}', "1 to 200 characters"),
        ('{"type":"session.list"}', "missing required field `id`"),
        ("[" * 200_000, "Expected `object`"),
        ('{"a":' * 200_000, "nested too deeply"),
        ('{"type":"' + "x" * 900_000 + '"}', "Invalid value"),
        (b"\x00\xff", "Binary"),
        (b'{"type":"session.list","id":"1"}', "Binary"),
        (b"", "Binary"),
    ],
)
async def test_what_is_no_message_is_reported_and_the_connection_stays_open(
    client: WireClient, frame: str | bytes, reason: str
) -> None:
    await client.send(frame)

    match await client.receive():
        case Error(code="INVALID_MESSAGE", message=message, request_id=None):
            assert reason in message
            assert len(message) <= 200
        case other:
            pytest.fail(f"no such error: {other}")
    assert await sessions(client) == ()


async def test_unknown_fields_are_tolerated(client: WireClient) -> None:
    await client.send('{"type":"chat.send","id":"m","content":"x","new":[1,{"a":null}]}')

    assert (await client.answer("m"))[1] == "x"


async def test_a_client_may_have_many_answers_under_way(client: WireClient) -> None:
    names = [f"m-{number}" for number in range(STREAMS_LIMIT * 3)]
    for name in names:
        await client.send(ChatSend(name, "/delay 1 a b c"))

    ended: set[str] = set()
    while len(ended) < len(names):
        match await client.receive():
            case StreamEnd(request_id=name):
                ended.add(name)
            case Error() as error:
                pytest.fail(str(error))
            case _:
                """The middle of an answer."""
    assert ended == set(names)


async def test_a_turn_goes_on_when_its_client_has_gone(
    client: WireClient, gateway: RuntimeFile
) -> None:
    async with WireClient(gateway.url) as leaving:
        await leaving.send(ChatSend("m-1", "/delay 20 /count 5"))
        session_id = opened([await leaving.receive()])

    async with deadline():
        while (await sessions(client))[0].message_count < 2:
            """The list is asked for again until the answer is stored."""
    async with deadline():
        # The answer can be read from the store a moment before its turn frees the session.
        while is_busy(answer := (await client.chat(ChatSend("m-2", "x", session_id)))[0][-1]):
            pass
    assert isinstance(answer, StreamEnd)


def is_busy(answer: object) -> bool:
    """Return whether a message was refused because the session still runs a turn."""
    return isinstance(answer, Error) and answer.code == "STREAM_IN_PROGRESS"


async def test_a_message_sent_just_before_leaving_is_accepted(
    client: WireClient, gateway: RuntimeFile
) -> None:
    async with WireClient(gateway.url) as leaving:
        await leaving.send("nonsense, whose answer finds nobody")
        await leaving.send(ChatSend("m-1", "x"))
        await leaving.socket.close()

    async with deadline():
        while [info.message_count for info in await sessions(client)] != [2]:
            """The list is asked for again until the answer is stored."""


async def test_a_client_gets_only_its_own_answers(client: WireClient, gateway: RuntimeFile) -> None:
    async with WireClient(gateway.url) as other:
        (mine, my_text), (theirs, their_text) = await asyncio.gather(
            client.chat(ChatSend("m-1", "/delay 1 /count 30")),
            other.chat(ChatSend("m-1", "/delay 1 a b c d")),
        )

    assert my_text == " ".join(map(str, range(1, 31)))
    assert their_text == "a b c d"
    assert opened(mine) != opened(theirs)
