"""The example in the README is a whole UI, and works."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

README = Path(__file__).parents[1] / "README.md"


async def test_the_example_chats(standing: GatewayProcess) -> None:
    example = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        example[1],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **standing.environment, "TEK_URL": standing.url},
    )
    async with deadline(20):
        output, errors = await process.communicate(b"/count 3\n")
    assert (errors.decode(), process.returncode) == ("", 0)
    assert "1 2 3" in output.decode()
