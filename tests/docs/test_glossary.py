"""The glossary names files and classes that exist, and each term once."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| \[[^]]+\]\(([^)]+)\)(?: `(\w+)`)? \|$", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    name: str
    path: Path
    class_name: str


def terms() -> list[Term]:
    rows = ROW.findall((DOCS / "glossary.md").read_text("utf-8"))
    return [Term(name, DOCS / path, class_name) for name, path, class_name in rows]


@pytest.mark.parametrize("term", terms(), ids=lambda term: term.name)
def test_a_term_is_where_the_glossary_says(term: Term) -> None:
    assert term.path.exists()
    if term.class_name:
        assert re.search(rf"^class {term.class_name}\b", term.path.read_text("utf-8"), re.MULTILINE)


def test_every_row_is_read_and_no_term_stands_twice() -> None:
    lines = (DOCS / "glossary.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| term ")]
    names = Counter(term.name for term in terms())
    assert len(rows) == names.total()
    assert max(names.values()) == 1
