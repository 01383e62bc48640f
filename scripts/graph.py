"""Print the workspace as Make variables: its packages, what they depend on, and a key for each.

It must never write or run anything, since Make asks it before every task. Usage:
`git ls-files -coz --exclude-standard | graph.py [SALT]...`; each SALT, such as an argument of the
tests, becomes part of every package's key.
"""

import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Hashes: TypeAlias = Mapping[str, str]

# Whatever one of these says can change the outcome of any task.
SHARED = ("Makefile", "pyproject.toml", "uv.lock", "conftest.py")

# The suites that test all packages together, one that simulates what is below the clients, and
# tests/workspace, which tests what surrounds the packages.
ABOVE_ALL = ("contract", "e2e")
BELOW_CLIENTS = "simulation"
AROUND = "workspace"


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with tasks of its own; `dist` is the name of its wheel, and a suite has none."""

    folder: str
    dist: str = ""
    deps: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


def within(hashes: Hashes, *places: str) -> dict[str, str]:
    """Return the files that are among `places`, or lie below one."""
    return {
        path: digest
        for path, digest in hashes.items()
        if any(path == place or path.startswith(f"{place}/") for place in places)
    }


def requirements(pyproject: str) -> list[str]:
    """Return the names that a pyproject file asks for, for its users or for its own tests."""
    table = tomllib.loads(pyproject)
    groups = [
        table["project"].get("dependencies", []),
        *table["project"].get("optional-dependencies", {}).values(),
        *table.get("dependency-groups", {}).values(),
    ]
    specs = [spec for group in groups for spec in group if isinstance(spec, str)]
    return [re.split(r"[^\w.-]", spec, maxsplit=1)[0] for spec in specs]


def members(manifests: Mapping[str, str]) -> dict[str, Package]:
    """Return the members by name, which is their folder's, given each folder's pyproject text."""
    dists = {tomllib.loads(text)["project"]["name"]: at for at, text in manifests.items()}
    names = {dist: at.rpartition("/")[2] for dist, at in dists.items()}
    return {
        names[dist]: Package(
            at, dist, tuple(names[name] for name in requirements(manifests[at]) if name in names)
        )
        for dist, at in dists.items()
    }


def suites(hashes: Hashes, names: Sequence[str]) -> dict[str, Package]:
    """Return those suites that have any files."""
    found = {
        name: Package(
            f"tests/{name}", deps=tuple(names), inputs=("tests/conftest.py", "tests/support")
        )
        for name in ABOVE_ALL
    }
    below = tuple(name for name in names if name == "chat")
    found[BELOW_CLIENTS] = Package(f"tests/{BELOW_CLIENTS}", deps=below)
    around = tuple(path for path in hashes if path.endswith("/pyproject.toml"))
    found[AROUND] = Package(f"tests/{AROUND}", inputs=("scripts", ".ci", *around))
    return {name: suite for name, suite in found.items() if within(hashes, suite.folder)}


def closure(name: str, graph: Mapping[str, Package]) -> set[str]:
    """Return `name` and all that it depends on, however far down; a circle does no harm."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(graph[current].deps)
    return found


def key(hashes: Hashes, *salt: str) -> str:
    """Return the name of these contents at these paths; no time is part of it."""
    lines = [*salt, *(f"{digest} {path}" for path, digest in sorted(hashes.items()))]
    return hashlib.sha256("\0".join(lines).encode(errors="surrogateescape")).hexdigest()[:12]


def variables(hashes: Hashes, graph: Mapping[str, Package], salt: list[str]) -> Iterator[str]:
    """Yield an assignment for every Make variable."""
    version = sys.version.split()[0].rstrip("+")
    runtime = f"{sys.implementation.name} {version} {os.uname().machine}"
    yield f"PYTHON_VERSION := {version}"
    yield f"PKGS := {' '.join(name for name, package in graph.items() if package.dist)}"
    yield f"SUITES := {' '.join(name for name, package in graph.items() if not package.dist)}"
    for name, package in graph.items():
        below = [graph[dep] for dep in closure(name, graph)]
        places = [place for other in below for place in (other.folder, *other.inputs)]
        yield f"DIR_{name} := {package.folder}"
        yield f"DIST_{name} := {package.dist}"
        yield f"DEPS_{name} := {' '.join(package.deps)}"
        yield f"KEY_{name} := {key(within(hashes, *places, *SHARED), runtime, *salt)}"
    manifests = [path for path in hashes if path.endswith("pyproject.toml")]
    yield f"KEY_venv := {key(within(hashes, 'uv.lock', *manifests), runtime)}"
    code = {path: digest for path, digest in hashes.items() if not path.endswith(".md")}
    yield f"KEY_tree := {key(code, runtime)}"


def main() -> None:
    """Print it all, with bars for spaces, because $(shell) leaves nothing but words."""
    # Sorted, once each: git lists a file in conflict three times. A deleted one is listed as well.
    listed = sorted({Path(os.fsdecode(name)) for name in sys.stdin.buffer.read().split(b"\0")})
    files = [path for path in listed if path.is_file()]
    hashes = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    root = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    places = [f"{glob}/pyproject.toml" for glob in root["tool"]["uv"]["workspace"]["members"]]
    manifests = [path for path in files if any(path.match(place) for place in places)]
    graph = members({str(path.parent): path.read_text(encoding="utf-8") for path in manifests})
    graph |= suites(hashes, list(graph))
    for line in variables(hashes, graph, sys.argv[1:]):
        print(line.replace(" ", "|"))


if __name__ == "__main__":
    main()
