"""Retry or stop: the whole table."""

import pytest

from reconnect_core import Cause, Failure
from reconnect_core.rules.verdict import AskAgain, Block, Retry, is_refusal, judge

PASSING = [
    Failure(Cause.NETWORK, "refused"),
    Failure(Cause.TIMEOUT, "late"),
    Failure(Cause.TLS, "broken off"),
    Failure(Cause.HALF_OPEN, "silent"),
    Failure(Cause.INTERNAL, "a bug"),
    *[Failure(Cause.HTTP, f"HTTP {each}", status=each) for each in (408, 425, 429, 500, 503, 599)],
    *[Failure(Cause.CLOSED, f"{each}", code=each) for each in (1000, 1001, 1005, 1006, 1009, 1012)],
]
LASTING = [
    *[Failure(Cause.HTTP, f"HTTP {each}", status=each) for each in (200, 302, 400, 404, 426)],
    Failure(Cause.CERTIFICATE, "not trusted"),
    Failure(Cause.NOT_WEBSOCKET, "no HTTP"),
    Failure(Cause.ADDRESS, "malformed"),
    Failure(Cause.PROXY, "malformed"),
    Failure(Cause.PROVIDER, "no token in the keyring"),
]
REFUSALS = [
    *[Failure(Cause.HTTP, f"HTTP {each}", status=each) for each in (401, 403)],
    *[Failure(Cause.CLOSED, f"{each}", code=each) for each in (4401, 4403)],
]


def _name(failure: Failure) -> str:
    return f"{failure.cause}: {failure.detail}"


@pytest.mark.parametrize("failure", PASSING, ids=_name)
def test_what_can_pass_is_tried_again(failure: Failure) -> None:
    assert judge(failure, refused_before=False) == Retry()
    assert not is_refusal(failure)


@pytest.mark.parametrize("failure", LASTING, ids=_name)
def test_a_permanent_failure_blocks_and_says_what_to_do(failure: Failure) -> None:
    verdict = judge(failure, refused_before=False)
    assert isinstance(verdict, Block)
    assert verdict.mend


@pytest.mark.parametrize("failure", REFUSALS, ids=_name)
def test_a_refused_token_is_asked_for_once_more_and_then_blocks(failure: Failure) -> None:
    assert is_refusal(failure)
    assert judge(failure, refused_before=False) == AskAgain()
    assert isinstance(judge(failure, refused_before=True), Block)


def test_a_gateway_may_ask_for_a_longer_wait() -> None:
    busy = Failure(Cause.HTTP, "HTTP 503", status=503, retry_after=120.0)
    assert judge(busy, refused_before=False) == Retry(at_least=120.0)
