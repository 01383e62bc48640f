"""Draw what `tek-cli demo` prints, as an SVG for the README."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 92
PICTURE = Path("docs/pictures/demo.svg")
_WEB_FONT = re.compile(r"@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
"""A picture in a README shall fetch nothing; without it, the reader's own monospace is used."""


def main() -> None:
    """Run the demo for real and keep what it shows."""
    command = [str(Path(sys.executable).parent / "tek-cli"), "demo"]
    environment = {**os.environ, "COLUMNS": str(WIDTH)}
    shown = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, check=True, capture_output=True, text=True
    )
    console = Console(record=True, width=WIDTH, file=StringIO())
    text = Text(f"$ tek-cli demo\n{shown.stdout}")
    text.highlight_regex(r"(?m)^\$ .*|^ .*\bonline.*|^✓.*", "green")
    text.highlight_regex(r"(?m)^ .*(SIGKILL|cut off|broke off|refused).*", "yellow")
    console.print(text)
    picture = console.export_svg(title="tek-cli demo", unique_id="demo")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(_WEB_FONT.sub("", picture))


main()
