"""The frames of resumption, as they stand on the wire."""

import msgspec
import pytest

from tek_protocol import DecodeError, decode, encode
from tek_protocol.envelope import FRAME_LIMIT, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import GatewayLimits, GoAway, Resume, Resumed

RESUMED = msgspec.json.Decoder(Resumed)


def test_a_client_asks_for_its_session_and_says_how_far_it_has_come() -> None:
    new = '{"type":"session.resume","id":"r","sessionId":null,"cursor":0}'
    assert encode(Resume("r", None, 0)) == new
    known = '{"type":"session.resume","id":"r","sessionId":"s","cursor":7}'
    assert encode(Resume("r", "s", 7)) == known


def test_a_gateway_answers_with_the_outcome_and_its_limits() -> None:
    frame = (
        '{"type":"session.resumed","requestId":"r","sessionId":"s","outcome":"reset","head":9,'
        '"limits":{"frameBytes":100,"outboxMessages":3}}'
    )
    resumed = Resumed("r", "s", "reset", 9, GatewayLimits(100, 3))
    assert decode(frame, RESUMED) == resumed
    assert encode(resumed) == frame


def test_limits_that_a_gateway_does_not_tell_are_the_usual_ones() -> None:
    frame = '{"type":"session.resumed","requestId":"r","sessionId":"s","outcome":"new","head":0}'
    assert decode(frame, RESUMED).limits == GatewayLimits(FRAME_LIMIT, 1_000)


def test_an_outcome_that_nobody_knows_is_refused() -> None:
    frame = '{"type":"session.resumed","requestId":"r","sessionId":"s","outcome":"?","head":0}'
    with pytest.raises(DecodeError, match="Invalid enum value"):
        decode(frame, RESUMED)


def test_a_gateway_that_goes_says_when_to_come_back() -> None:
    decoder = msgspec.json.Decoder(GoAway)
    frame = '{"type":"gateway.goaway","reason":"update","retryAfterMs":500,"spreadMs":2000}'
    assert decode(frame, decoder) == GoAway("update", 500, 2_000)
    assert decode('{"type":"gateway.goaway"}', decoder) == GoAway()


def test_the_two_subprotocols_have_two_names() -> None:
    assert (SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME) == ("tek.v1", "tek.resume.v1")
