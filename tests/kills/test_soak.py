"""The soak test for half a minute; `make chaos` runs it for any length of time."""

from collections import Counter

import pytest

from tek_testing.checkers.soak import soaking


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_lost_in_chaos(seed: int, kills: Counter[str]) -> None:
    async with soaking(seed) as soak:
        await soak.suffer(30)
        assert str(await soak.findings()) == "nothing"
    kills.update(soak.kills)
    assert soak.faults.total() > 0
