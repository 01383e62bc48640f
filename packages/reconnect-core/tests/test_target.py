"""Whom to dial: addresses, tokens and those who provide them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from reconnect_core import Call, Cause, DialFailed, Failure, InvalidURL
from reconnect_core.io.target import Provider, Target
from reconnect_core.testing import deadline

LOCAL = "ws://127.0.0.1:3271/gateway"
REMOTE = "ws://chat.example/gateway"


def _gives(text: str) -> Provider:
    async def provider() -> str:
        return text

    return provider


def _raises(error: Exception) -> Provider:
    async def provider() -> str:
        raise error

    return provider


async def _failure(target: Target) -> Failure:
    with pytest.raises(DialFailed) as caught:
        await target.call(2**20)
    return caught.value.failure


async def test_an_address_and_a_token_make_a_call() -> None:
    call = await Target(LOCAL, _gives("secret")).call(2**20)
    assert call == Call(LOCAL, "secret", ("tek.v1", "tek.resume.v1"), 2**20)
    assert "secret" not in repr(call)


async def test_an_empty_token_is_none() -> None:
    assert (await Target(LOCAL, _gives("")).call(1)).token is None


async def test_a_provider_is_asked_for_every_call() -> None:
    ports = iter(["ws://localhost:1/", "ws://localhost:2/"])

    async def provider() -> str:
        return next(ports)

    target = Target(provider)
    assert [(await target.call(1)).url for _ in range(2)] == [
        "ws://localhost:1/",
        "ws://localhost:2/",
    ]


def test_the_gateway_of_a_fixed_address_is_known_from_the_start() -> None:
    assert Target(LOCAL).gateway == "127.0.0.1:3271"
    assert Target(_gives(LOCAL)).gateway == ""


def test_a_malformed_fixed_address_is_refused_at_once() -> None:
    with pytest.raises(InvalidURL):
        Target("http://127.0.0.1/")


async def test_a_malformed_provided_address_is_a_failure() -> None:
    failure = await _failure(Target(_gives("http://127.0.0.1/")))
    assert failure.cause is Cause.ADDRESS
    assert "expected ws://" in failure.detail


async def test_a_provider_that_has_no_answer_this_time_is_a_failure_that_passes() -> None:
    failure = await _failure(Target(_raises(OSError("the keyring is locked"))))
    assert failure == Failure(Cause.NETWORK, "the keyring is locked")


async def test_a_provider_that_never_will_have_one_says_why() -> None:
    failure = await _failure(Target(LOCAL, _raises(ValueError("no token is set"))))
    assert failure == Failure(Cause.PROVIDER, "no token is set")


async def test_a_provider_that_gives_no_reason_is_named_by_its_error() -> None:
    assert (await _failure(Target(_raises(OSError())))).detail == "OSError"


async def _never() -> str:
    await asyncio.Event().wait()
    return ""


@pytest.mark.parametrize("make", [lambda: Target(_never, provider_timeout=0.01)], ids=["address"])
async def test_a_provider_that_hangs_is_a_timeout(make: Callable[[], Target]) -> None:
    async with deadline():
        failure = await _failure(make())
    assert failure.cause is Cause.TIMEOUT


async def test_a_hanging_token_provider_is_a_timeout_too() -> None:
    async with deadline():
        failure = await _failure(Target(LOCAL, _never, provider_timeout=0.01))
    assert failure.cause is Cause.TIMEOUT


async def test_a_token_is_not_sent_in_clear_to_another_machine() -> None:
    failure = await _failure(Target(REMOTE, _gives("secret")))
    assert failure.cause is Cause.ADDRESS
    assert "wss://" in failure.detail
    assert "secret" not in failure.detail


@pytest.mark.parametrize(
    "target",
    [
        Target(REMOTE.replace("ws:", "wss:"), _gives("secret")),
        Target(REMOTE, _gives("secret"), token_in_clear=True),
        Target(LOCAL, _gives("secret")),
    ],
    ids=["encrypted", "allowed", "this machine"],
)
async def test_a_token_is_sent_where_it_is_safe_or_allowed(target: Target) -> None:
    assert (await target.call(1)).token == "secret"  # noqa: S105 - an invented one


async def test_no_token_may_go_anywhere() -> None:
    assert (await Target(REMOTE, _gives("")).call(1)).url == REMOTE


@pytest.mark.parametrize("token", ["secret\n", "secret\r\nX: y", "s\x00", "şecret", "\ud800"])
async def test_a_token_that_no_header_carries_is_refused_without_showing_it(token: str) -> None:
    failure = await _failure(Target(LOCAL, _gives(token)))
    assert failure.cause is Cause.PROVIDER
    assert "secret" not in failure.detail


async def test_cancellation_passes_through_a_provider() -> None:
    task = asyncio.ensure_future(_call(Target(_never)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def _call(target: Target) -> Awaitable[Call]:
    return target.call(1)


def test_a_call_cleans_what_a_gateway_says() -> None:
    call = Call(LOCAL, "secret")
    assert call.clean("bad token secret\x1b[31m\nand more") == "bad token … [31m and more"
    assert len(call.clean("x" * 9_999)) == 201
    assert Call(LOCAL).clean("plain") == "plain"
