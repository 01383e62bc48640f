"""Measure the memory of the clients at rest, compared with a bare Python.

At rest means online, with one answer shown. Limits: 60 MB for the terminal, 200 MB for the
desktop, resident.
"""

import asyncio
import subprocess
import sys

import psutil

from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.gateway.gateway_process import GatewayProcess

LIMITS = {"cli": 60.0, "desktop": 200.0}
MEGABYTE = 1_000_000


def bare_python() -> float:
    """Return the resident memory of an idle Python, in MB."""
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(  # noqa: S603 - this very Python
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdout is not None:
            process.stdout.readline()
        resident = psutil.Process(process.pid).memory_info().rss
        process.communicate(b"\n")
    return resident / MEGABYTE


async def at_rest(kind: str) -> float:
    """Return the resident memory of a client that has shown an answer, in MB."""
    async with GatewayProcess() as gateway, ClientProcess(kind, gateway.url) as client:
        await client.next("online")
        await client.chat("/count 100")
        return psutil.Process(client.pid).memory_info().rss / MEGABYTE


async def main() -> int:
    """Print a line for each client."""
    base = bare_python()
    print(f"{'python':10} {base:6.1f} MB")
    too_much = False
    for kind, limit in LIMITS.items():
        resident = await at_rest(kind)
        too_much |= resident > limit
        print(f"{kind:10} {resident:6.1f} MB  {resident / base:4.1f} x python  (limit {limit:.0f})")
    return int(too_much)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
