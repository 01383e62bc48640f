"""Runs the checks in order, each within a time limit; a failed one skips the rest."""

import asyncio
from collections.abc import AsyncGenerator

from tek_chat.doctor.check_result import (
    MENDS,
    Check,
    CheckFailed,
    CheckSkipped,
    CheckState,
)
from tek_chat.doctor.connection_checks import CHECK_LIMIT, ConnectionChecks


async def examine(url: str | None = None) -> AsyncGenerator[Check]:
    """Yield the result of each check as it ends; after a failed one, the rest are skipped.

    `url` is the gateway given on the command line.
    """
    failed = ""
    for name, check in ConnectionChecks(url).in_order().items():
        if failed:
            yield Check(name, CheckState.SKIPPED, f"after {failed}")
            continue
        try:
            async with asyncio.timeout(CHECK_LIMIT):
                yield Check(name, CheckState.OK, await check())
        except CheckSkipped as reason:
            yield Check(name, CheckState.SKIPPED, str(reason))
        except CheckFailed as problem:
            failed = name
            yield Check(name, CheckState.FAILED, problem.detail, problem.mend)
        except TimeoutError:
            failed = name
            yield Check(name, CheckState.FAILED, "no answer in time", MENDS[name])
