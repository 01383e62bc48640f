"""The version that `--version` prints.

It is written down once more than in `pyproject.toml`, since asking the installed metadata takes
a third as long as all of typer; a test compares the two.
"""

VERSION = "0.1.0"
