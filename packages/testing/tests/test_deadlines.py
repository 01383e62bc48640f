"""Deadlines: they end what hangs, and grow on a slow or busy machine."""

import asyncio
from time import monotonic

import pytest

from tek_testing import deadlines
from tek_testing.deadlines import CAP, VARIABLE, Deadline, deadline, scaled, slowdown


async def hang(seconds: float, *, first: float, later: float) -> float:
    """Return after how long a deadline ends what never ends by itself.

    `first` is the slowdown at its start, `later` the one measured when its time has passed.
    """
    began = monotonic()
    with pytest.raises(TimeoutError):
        async with Deadline(seconds, first, lambda: later):
            await asyncio.Event().wait()
    return monotonic() - began


async def test_a_block_that_ends_in_time_is_left_alone() -> None:
    async with Deadline(0.01, 1, lambda: 1):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_on_an_idle_machine_it_passes_on_time() -> None:
    assert 0.05 <= await hang(0.05, first=1, later=1) < scaled(1)


async def test_on_a_slow_machine_it_lasts_longer() -> None:
    assert await hang(0.05, first=4, later=1) >= 0.2


async def test_it_is_extended_if_the_machine_has_become_busy() -> None:
    assert await hang(0.05, first=1, later=2) >= 0.2


async def test_no_extension_goes_beyond_the_cap() -> None:
    assert 0.01 * CAP <= await hang(0.01, first=1, later=1_000) < scaled(1)


async def test_an_error_in_the_block_comes_out_of_it() -> None:
    with pytest.raises(ValueError, match="mine"):
        async with deadline(1):
            int("mine")


def test_the_slowdown_is_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert 1 <= slowdown() <= CAP


def test_a_slow_cpu_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(deadlines, "REFERENCE", 1e-9)
    assert slowdown() == CAP


def test_a_loaded_machine_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(deadlines, "REFERENCE", 1e9)
    monkeypatch.setattr("os.getloadavg", lambda: (6.0, 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert slowdown() == 3.0


def test_the_variable_replaces_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2.5")
    assert scaled(2) == 5
