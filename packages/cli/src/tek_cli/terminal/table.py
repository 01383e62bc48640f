"""Tables in columns that people and `awk` can read. Pure."""

from collections.abc import Sequence

_GAP = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows below `head`, every column but the last padded to its widest cell."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_line(line, widths) for line in lines)


def one_line(text: str, limit: int = 60) -> str:
    """Return the beginning of `text` as one line without control characters."""
    line = "".join(each if each.isprintable() else " " for each in " ".join(text.split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return _GAP.join(padded).rstrip()
