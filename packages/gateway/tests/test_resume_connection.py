"""What a client of `tek.resume.v1` is told."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

import pytest
from websockets.frames import CloseCode

from tek_local.runtime_file import RuntimeFile
from tek_protocol import encode
from tek_protocol.chat import (
    ChatSend,
    Error,
    GatewayMessage,
    SessionCreated,
    SessionDeleted,
    SessionList,
    SessionRenamed,
)
from tek_protocol.envelope import FRAME_LIMIT
from tek_protocol.resume_frames import Resume, Resumed
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline

COUNTED = " ".join(map(str, range(1, 501)))


@pytest.fixture
async def following(gateway: RuntimeFile) -> AsyncGenerator[ResumeClient]:
    async with ResumeClient(gateway.url) as dialled:
        await dialled.resume()
        yield dialled


async def asked(client: ResumeClient, question: Mapping[str, object]) -> GatewayMessage:
    await client.send(encode(dict(question)))
    return await client.aside()


def known(session_id: str | None, cursor: int = 0) -> AppliedLog:
    held = AppliedLog()
    held.session_id, held.cursor = session_id, cursor
    return held


async def test_resumption_is_selected_whenever_it_is_offered(gateway: RuntimeFile) -> None:
    for offered in (("tek.v1", "tek.resume.v1"), ("tek.resume.v1", "tek.v1"), ("tek.resume.v1",)):
        async with WireClient(gateway.url, *offered) as client:
            assert client.socket.subprotocol == "tek.resume.v1"


async def test_nothing_may_come_before_the_resumption(gateway: RuntimeFile) -> None:
    reason = "The first message of a connection must be `session.resume`."
    async with ResumeClient(gateway.url) as client:
        for frame in (encode(ChatSend("m", "x")), encode({"type": "session.list", "id": "l"})):
            await client.send(frame)
            assert await client.receive() == Error("INVALID_MESSAGE", reason)
        await client.send(encode(Resume("r", None, -1)))
        assert isinstance(await client.receive(), Error)
        assert (await client.resume()).outcome == "new"


async def test_a_message_is_acknowledged_streamed_and_ended(following: ResumeClient) -> None:
    await following.say("m-1", "one two")
    await following.answered("m-1")

    types = [frame.split('"')[3] for frame in following.frames[1:]]
    assert types == [
        "chat.message",
        "chat.stream.start",
        "chat.stream.delta",
        "chat.stream.delta",
        "chat.stream.end",
    ]
    assert following.transcript.texts == {"m-1": "one two"}


async def test_the_outcome_says_what_became_of_the_session(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    await following.say("m-1", "one")
    await following.answered("m-1")
    session_id, head = following.transcript.session_id, following.transcript.cursor

    for held, outcome in (
        (known(None), "new"),
        (known(session_id), "resumed"),
        (known(session_id, head), "resumed"),
        (known(session_id, head + 1), "reset"),
        (known("no such session", 3), "lost"),
    ):
        async with ResumeClient(gateway.url, held) as client:
            resumed = await client.resume()
            assert resumed.outcome == outcome
            if outcome in ("resumed", "reset"):
                assert (resumed.session_id, resumed.head) == (session_id, head)
                if held.cursor < head:
                    await client.answered("m-1")
                    assert held.texts == {"m-1": "one"}
            else:
                assert (resumed.head, resumed.session_id != session_id) == (0, True)


async def test_what_is_sent_again_is_accepted_once(following: ResumeClient) -> None:
    for _ in range(1000):
        await following.say("m-1", "one")
    await following.say("m-2", "two")
    await following.answered("m-2")

    assert following.transcript.times_acknowledged == {"m-1": 1, "m-2": 1}
    assert following.transcript.times_ended == {"m-1": 1, "m-2": 1}


async def test_messages_wait_for_their_turns_in_order(following: ResumeClient) -> None:
    names = [f"m-{number}" for number in range(100)]
    for name in names:
        await following.say(name, name)
    await following.answered(*names)

    assert list(following.transcript.asked) == names
    assert list(following.transcript.ends) == names
    assert following.transcript.texts == {name: name for name in names}


async def test_all_who_follow_a_session_see_the_same_live(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    others = [ResumeClient(gateway.url, known(following.transcript.session_id)) for _ in range(3)]
    async with others[0], others[1], others[2]:
        for other in others:
            await other.resume()
        await following.say("m-1", "/delay 1 /count 500")
        for client in (following, *others):
            await client.answered("m-1")
            assert client.transcript.texts == {"m-1": COUNTED}


async def test_whoever_comes_in_the_middle_of_an_answer_gets_the_whole(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    await following.say("m-1", "/delay 1 /count 500")
    await following.grown("m-1", 50)
    async with ResumeClient(gateway.url, known(following.transcript.session_id)) as late:
        await late.resume()
        await late.answered("m-1")
        assert late.transcript.texts == {"m-1": COUNTED}


async def test_an_answer_folds_into_one_entry(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    await following.say("m-1", "/count 500")
    await following.answered("m-1")
    async with ResumeClient(gateway.url, known(following.transcript.session_id)) as late:
        await late.resume()
        await late.answered("m-1")

    assert len(late.frames) == 3
    assert late.transcript.cursor == following.transcript.cursor
    assert late.transcript.texts == {"m-1": COUNTED}


async def test_an_answer_too_long_for_a_frame_is_replayed_in_pieces(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    async with ResumeClient(gateway.url, known(following.transcript.session_id)) as other:
        await other.resume()
        await other.say("m-1", '"' * 500_000 + " /")  # every character is two in a frame
        await other.answered("m-1")
        await following.answered("m-1")
    assert len(following.transcript.texts["m-1"]) == 500_002


async def test_one_connection_may_attach_elsewhere(following: ResumeClient) -> None:
    await following.say("m-1", "/delay 10000 a b")
    await following.grown("m-1")
    first = following.transcript
    following.transcript = AppliedLog()
    await following.send(encode(Resume("r-2", None, 0)))

    resumed = await following.aside()
    assert not isinstance(resumed, Error)
    await following.say("m-2", "two")
    await following.answered("m-2")

    assert following.transcript.texts == {"m-2": "two"}
    assert first.ends == {}


async def test_a_turn_is_stopped_and_its_text_stands(following: ResumeClient) -> None:
    await following.say("m-1", "/delay 10000 a b")
    await following.grown("m-1")
    await following.stop("m-1")
    await following.answered("m-1")
    await following.say("m-2", "two")
    await following.answered("m-2")

    assert following.transcript.texts == {"m-1": "a", "m-2": "two"}
    assert following.transcript.ends == {"m-1": "stopped", "m-2": "complete"}


async def test_a_message_that_waits_is_stopped_before_it_begins(following: ResumeClient) -> None:
    await following.say("m-1", "/delay 10000 a b")
    await following.say("m-2", "two")
    await following.stop("m-2")
    await following.answered("m-2")
    assert following.transcript.ends == {"m-2": "stopped"}

    await following.stop("m-1")
    await following.answered("m-1")
    assert following.transcript.ends["m-1"] == "stopped"


async def test_what_does_not_run_cannot_be_stopped(following: ResumeClient) -> None:
    await following.say("m-1", "one")
    await following.answered("m-1")
    for name in ("m-1", "nothing"):
        await following.stop(name, "s-1")
        match await following.aside():
            case Error(code="TURN_NOT_FOUND", request_id="s-1"):
                pass
            case other:
                pytest.fail(f"no such error: {other}")


async def test_what_is_refused_is_no_entry(following: ResumeClient) -> None:
    await following.send(ChatSend("m-1", "x", model="gpt-99"))
    refused = await following.aside()
    assert isinstance(refused, Error)
    assert (refused.code, refused.request_id) == ("PROVIDER_NOT_CONFIGURED", "m-1")

    await following.say("m-2", "x" * (FRAME_LIMIT - 100))
    refused = await following.aside()
    assert isinstance(refused, Error)
    assert (refused.code, refused.request_id) == ("MESSAGE_TOO_LARGE", "m-2")
    assert following.transcript.cursor == 0


async def test_sessions_are_listed_in_both_modes(
    following: ResumeClient, client: WireClient
) -> None:
    await following.say("m-1", "one")
    await following.answered("m-1")
    request = {"type": "session.list", "id": "l-1"}
    await following.send(encode(request))
    mine = await following.aside()

    assert isinstance(mine, SessionList)
    assert mine == await client.ask(dict[str, object](request))
    (info,) = mine.sessions
    assert (info.session_id, info.message_count) == (following.transcript.session_id, 2)


async def test_what_a_plain_client_writes_is_seen_live(
    gateway: RuntimeFile, client: WireClient
) -> None:
    messages, _ = await client.chat(ChatSend("m-1", "one"))
    assert isinstance(messages[0], SessionCreated)
    session_id = messages[0].session_id
    async with ResumeClient(gateway.url, known(session_id)) as following:
        await following.resume()
        await following.answered("m-1")
        _, text = await client.chat(ChatSend("m-2", "/count 500", session_id))
        await following.answered("m-2")

    assert text == COUNTED
    assert following.transcript.texts == {"m-1": "one", "m-2": COUNTED}


async def test_a_plain_message_waits_behind_a_turn_that_no_plain_client_began(
    following: ResumeClient, client: WireClient
) -> None:
    await following.say("m-1", "/delay 1 /count 500")
    await following.grown("m-1")
    session_id = following.transcript.session_id or ""

    _, text = await client.chat(ChatSend("m-2", "two", session_id))
    await following.answered("m-1", "m-2")

    assert text == "two"
    assert following.transcript.texts == {"m-1": COUNTED, "m-2": "two"}


async def test_a_plain_message_that_fills_a_frame_keeps_nobody_out(
    gateway: RuntimeFile, client: WireClient
) -> None:
    content = "x" * (FRAME_LIMIT - len(encode(ChatSend("m-1", ""))))
    messages, text = await client.chat(ChatSend("m-1", content))
    assert isinstance(messages[0], SessionCreated)
    assert text == content
    async with ResumeClient(gateway.url, known(messages[0].session_id)) as following:
        await following.resume()
        await following.answered("m-1")

    assert following.transcript.asked["m-1"].endswith("x…")
    assert following.transcript.texts["m-1"] == content


async def test_a_slow_reader_delays_only_itself_and_gets_everything(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    async with ResumeClient(gateway.url, known(following.transcript.session_id)) as slow:
        await slow.resume()
        slow.socket.transport.pause_reading()
        names = [f"m-{number}" for number in range(5)]
        for name in names:
            await following.say(name, "/count 5000")
        async with deadline(30):
            await following.answered(*names)
        slow.socket.transport.resume_reading()
        async with deadline(30):
            await slow.answered(*names)

    assert slow.transcript.texts == following.transcript.texts
    assert slow.transcript.times_ended == dict.fromkeys(names, 1)


async def test_many_connections_come_and_go_while_an_answer_grows(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    await following.say("m-1", "/delay 1 /count 500")
    held = known(following.transcript.session_id)
    while not held.ends:
        async with ResumeClient(gateway.url, held) as client:
            resumed = await client.resume()
            assert isinstance(resumed, Resumed)
            for _ in range(7):
                if not held.ends:
                    await client.take()
    await following.answered("m-1")

    assert held.texts == following.transcript.texts == {"m-1": COUNTED}
    assert held.times_ended == {"m-1": 1}


async def test_a_client_that_left_at_once_is_answered(gateway: RuntimeFile) -> None:
    held = AppliedLog()
    async with ResumeClient(gateway.url, held) as leaving:
        await leaving.resume()
        await asyncio.gather(*(leaving.say(f"m-{number}", "x") for number in range(50)))
        await leaving.socket.close()
    async with ResumeClient(gateway.url, held) as client:
        await client.resume()
        await client.answered(*(f"m-{number}" for number in range(50)))

    assert set(held.times_ended.values()) == {1}


async def test_a_session_is_renamed_and_listed_under_its_title(following: ResumeClient) -> None:
    await following.say("m-1", "how it begins")
    await following.answered("m-1")
    session_id = following.transcript.session_id
    for title, expected in (("", "how it begins"), ("  mine \n own ", "mine own")):
        renaming = {"type": "session.rename", "id": "r", "sessionId": session_id, "title": title}
        renamed = await asked(following, renaming)
        assert isinstance(renamed, SessionRenamed)
        listed = await asked(following, {"type": "session.list", "id": "l"})
        assert isinstance(listed, SessionList)
        assert [each.title for each in listed.sessions] == [expected]


@pytest.mark.parametrize(
    ("title", "session_id", "code"),
    [("x" * 201, None, "INVALID_MESSAGE"), ("x", "nowhere", "SESSION_NOT_FOUND")],
)
async def test_what_cannot_be_renamed_is_refused(
    following: ResumeClient, title: str, session_id: str | None, code: str
) -> None:
    known_id = session_id or following.transcript.session_id
    renaming = {"type": "session.rename", "id": "r", "sessionId": known_id, "title": title}
    refused = await asked(following, renaming)
    assert isinstance(refused, Error)
    assert (refused.code, refused.request_id) == (code, "r")


async def test_a_deleted_session_is_gone_for_all_who_follow_it(
    gateway: RuntimeFile, following: ResumeClient
) -> None:
    await following.say("m-1", "hi")
    await following.answered("m-1")
    session_id = following.transcript.session_id
    deleting = {"type": "session.delete", "id": "d", "sessionId": session_id}
    async with ResumeClient(gateway.url) as other:
        await other.resume()
        assert await asked(other, deleting) == SessionDeleted("d", session_id or "")
        again = await asked(other, deleting)
        assert isinstance(again, Error)
        assert again.code == "SESSION_NOT_FOUND"
    assert await following.closed() == CloseCode.SERVICE_RESTART
    async with ResumeClient(gateway.url, known(session_id, 3)) as back:
        assert (await back.resume()).outcome == "lost"


async def test_a_session_is_not_deleted_while_it_is_answered(following: ResumeClient) -> None:
    await following.say("m-1", "/delay 5 /count 100")
    await following.acknowledged("m-1")
    session_id = following.transcript.session_id
    deleting = {"type": "session.delete", "id": "d", "sessionId": session_id}
    refused = await asked(following, deleting)
    assert isinstance(refused, Error)
    assert refused.code == "STREAM_IN_PROGRESS"
    await following.answered("m-1")
