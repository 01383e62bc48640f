"""Draw how five hundred clients dial after an outage, as an SVG for the docs."""

import subprocess
import sys

command = [sys.executable, "benchmarks/herd.py", "docs/pictures/herd.svg"]
subprocess.run(command, check=True)  # noqa: S603 - our own command
