"""Break everything between two clients and their gateway, and judge what is left of their chat.

It must never end well unless nothing was lost, doubled, reordered, left unfinished or changed.
"""

import argparse
import asyncio
import secrets
import sys
import time

from tek_testing.checkers.soak import Soak, soaking

PROGRESS = 10.0
"""Seconds between two lines about how it goes."""


async def main(minutes: float, seed: int) -> int:
    """Soak for so long, print how it went, and return 1 if anything is wrong."""
    print(f"seed {seed}, {minutes:g} min", flush=True)
    async with soaking(seed) as soak:
        telling = asyncio.create_task(tell(soak))
        try:
            await soak.suffer(minutes * 60)
        finally:
            telling.cancel()
        print("healed; waiting for the rest", flush=True)
        findings = await soak.findings()
    for kind, found in findings.by_kind.items():
        for each in found:
            print(f"{kind}: {each}")
    print(f"{so_far(soak)}; {soak.messages - soak.taken} messages met a kill while they were typed")
    counts = (f"{len(found)} {kind}" for kind, found in findings.by_kind.items())
    print(f"seed {seed}: {', '.join(counts)}")
    return int(not findings.is_clean)


async def tell(soak: Soak) -> None:
    """Say every now and then how far it is."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS)
        print(f"{time.monotonic() - began:4.0f} s  {so_far(soak)}", flush=True)


def so_far(soak: Soak) -> str:
    """Return what was done, and what came of it."""
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
