"""Run a soak test: kill two clients and their gateway, and break the networks between them.

The exit code is 0 only if no message was lost, doubled, reordered, left unfinished or changed.
"""

import argparse
import asyncio
import secrets
import sys
import time

from tek_testing.checkers.soak import Soak, soaking

PROGRESS = 10.0
"""Seconds between two lines of progress."""


async def main(minutes: float, seed: int) -> int:
    """Run for `minutes`, print the outcome, and return 1 if anything is wrong."""
    print(f"seed {seed}, {minutes:g} min", flush=True)
    async with soaking(seed) as soak:
        progress = asyncio.create_task(report_progress(soak))
        try:
            await soak.suffer(minutes * 60)
        finally:
            progress.cancel()
        print("networks healed; waiting for the remaining answers", flush=True)
        findings = await soak.findings()
    for kind, found in findings.by_kind.items():
        for each in found:
            print(f"{kind}: {each}")
    print(
        f"{so_far(soak)}; {soak.messages - soak.taken} messages were typed at the moment of a kill"
    )
    counts = (f"{len(found)} {kind}" for kind, found in findings.by_kind.items())
    print(f"seed {seed}: {', '.join(counts)}")
    return int(not findings.is_clean)


async def report_progress(soak: Soak) -> None:
    """Print a line of progress every `PROGRESS` seconds."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS)
        print(f"{time.monotonic() - began:4.0f} s  {so_far(soak)}", flush=True)


def so_far(soak: Soak) -> str:
    """Return the counts so far."""
    kills = ", ".join(f"{count} {name}" for name, count in sorted(soak.kills.items()))
    return (
        f"{soak.kills.total()} kills ({kills}), {soak.mercies['freezes']} freezes,"
        f" {soak.mercies['drains']} drains, {soak.faults.total()} faults,"
        f" {soak.answered} of {soak.messages} messages answered"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    chosen = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    sys.exit(asyncio.run(main(options.minutes, chosen)))
