"""The version that `--version` prints.

It repeats the one in `pyproject.toml`, because reading installed metadata takes a third as long as
importing all of typer. A test compares the two.
"""

VERSION = "0.1.0"
