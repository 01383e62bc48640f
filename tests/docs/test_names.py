"""Each public class and each module of the workspace has a name of its own."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Names that say the same in every package.
SHARED_MODULES = {"__init__", "__main__", "errors", "main", "schema", "testing", "version"}
# Modules that are named for the command they declare.
COMMANDS = ROOT / "packages/cli/src/tek_cli/commands"


def sources() -> Iterator[Path]:
    for folder in ("packages", "apps"):
        yield from sorted(ROOT.glob(f"{folder}/*/src/**/*.py"))


def repeated(places: dict[str, list[str]]) -> list[str]:
    """Return a line for each name that stands in more than one place."""
    return [f"{name}: {', '.join(found)}" for name, found in places.items() if len(found) > 1]


def test_no_module_name_stands_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sources():
        if path.stem not in SHARED_MODULES and path.parent != COMMANDS:
            places[path.stem].append(str(path.relative_to(ROOT)))
    assert not repeated(places)


def test_no_public_class_name_stands_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in sources():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert not repeated(places)
