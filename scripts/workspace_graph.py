"""The packages and test suites of the workspace, their inputs, and a cache key for each."""

import hashlib
import re
import sys
import tomllib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from platform import machine
from typing import TypeAlias

Hashes: TypeAlias = Mapping[str, str]
"""The SHA-256 of each file of the working tree, by its path from the root."""

SHARED = ("pyproject.toml", "uv.lock", "conftest.py")
"""Inputs of every task."""

DEVELOPMENT = "tek-testing"
"""The member with the shared code of the tests, which no release contains."""

ABOVE_ALL = ("contract", "kills", "e2e")
"""The suites in tests/ that run all packages together."""

RUNTIME = f"{sys.implementation.name} {sys.version.split()[0]} {machine()}"
"""The interpreter, which is part of every key."""


class WorkspaceError(Exception):
    """The workspace, or a variable given to make, cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A distribution that a package depends on, with the extras it asks for."""

    dist: str
    extras: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Requirement":
        """Return the requirement in a PEP 508 `text`, without versions and markers."""
        match = re.match(r"\s*([\w.-]+)\s*(?:\[([^]]*)\])?", text)
        if match is None:
            message = f"{text!r} is not a requirement"
            raise WorkspaceError(message)
        extras = (match[2] or "").split(",")
        return cls(match[1], tuple(extra.strip() for extra in extras if extra.strip()))


def _no_extras() -> dict[str, tuple[Requirement, ...]]:
    return {}


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with tasks of its own. A suite has no `dist`, since no wheel is built from it.

    `requires` is needed wherever the package is installed, each of `extras` where it is asked for,
    and `for_tests` only to test the package itself. `inputs` are paths outside its folder.
    """

    name: str
    folder: str
    dist: str = ""
    requires: tuple[Requirement, ...] = ()
    extras: Mapping[str, tuple[Requirement, ...]] = field(default_factory=_no_extras)
    for_tests: tuple[Requirement, ...] = ()
    inputs: tuple[str, ...] = ()


Graph: TypeAlias = Mapping[str, Package]
"""The packages and suites by name, which is their folder's."""


def member(folder: str, pyproject: str) -> Package:
    """Return the package in `folder`, whose pyproject.toml has this text."""
    with _valid_toml(f"{folder}/pyproject.toml"):
        table = tomllib.loads(pyproject)
    project = table["project"]
    groups = table.get("dependency-groups", {}).values()
    return Package(
        name=PurePath(folder).name,
        folder=folder,
        dist=project["name"],
        requires=tuple(_requirements(project.get("dependencies", []))),
        extras={
            extra: tuple(_requirements(texts))
            for extra, texts in project.get("optional-dependencies", {}).items()
        },
        for_tests=tuple(requirement for group in groups for requirement in _requirements(group)),
    )


def _requirements(entries: Iterable[object]) -> Iterator[Requirement]:
    # A dependency group may also hold tables that include other groups, which are read anyway.
    return (Requirement.parse(entry) for entry in entries if isinstance(entry, str))


def suites(hashes: Hashes, members: Graph) -> Iterator[Package]:
    """Yield the suites in tests/ that have any files."""
    every = tuple(Requirement(package.dist, tuple(package.extras)) for package in members.values())
    folders = tuple(package.folder for package in members.values())
    manifests = tuple(f"{folder}/pyproject.toml" for folder in folders)
    found = [
        *(Package(name, f"tests/{name}", requires=every) for name in ABOVE_ALL),
        Package(
            "simulation",
            "tests/simulation",
            requires=(Requirement("tek-chat"), Requirement(DEVELOPMENT, ("simulation",))),
        ),
        Package("workspace", "tests/workspace", inputs=("Makefile", "scripts", ".ci", *manifests)),
        Package("docs", "tests/docs", inputs=("docs", "README.md", "CONTRIBUTING.md", *folders)),
    ]
    return (suite for suite in found if within(hashes, suite.folder))


def closure(package: Package, graph: Graph) -> set[str]:
    """Return the names of `package` and of every member that its tests can run code of."""
    by_dist = {other.dist: other for other in graph.values() if other.dist}
    found = {package.name}
    waiting = [*package.requires, *package.for_tests]
    waiting += [requirement for extra in package.extras.values() for requirement in extra]
    seen: set[Requirement] = set()
    while waiting:
        current = waiting.pop()
        other = by_dist.get(current.dist)
        if other is None or current in seen:
            continue
        seen.add(current)
        found.add(other.name)
        waiting.extend(other.requires)
        for extra in current.extras:
            waiting.extend(other.extras.get(extra, ()))
    return found


def within(hashes: Hashes, *places: str) -> dict[str, str]:
    """Return the files that are among `places` or below one of them."""
    return {
        path: digest
        for path, digest in hashes.items()
        if any(path == place or path.startswith(f"{place}/") for place in places)
    }


def key(hashes: Hashes, *salt: str) -> str:
    """Return a name for these contents at these paths: 12 hex digits of a SHA-256."""
    lines = [*salt, *(f"{digest} {path}" for path, digest in sorted(hashes.items()))]
    return hashlib.sha256("\0".join(lines).encode(errors="surrogateescape")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Workspace:
    """What is in the working tree; its keys change with every input and with nothing else."""

    hashes: Hashes
    graph: Graph

    @property
    def members(self) -> list[Package]:
        """The packages that a wheel can be built from."""
        return [package for package in self.graph.values() if package.dist]

    def package_key(self, package: Package, *command: str) -> str:
        """Return the key of running `command` on `package` and all that it depends on."""
        below = [self.graph[name] for name in closure(package, self.graph)]
        places = [place for each in below for place in (each.folder, *each.inputs)]
        return key(within(self.hashes, *places, *SHARED), RUNTIME, *command)

    def tree_key(self, *command: str) -> str:
        """Return the key of running `command` on all files but documents."""
        code = {path: digest for path, digest in self.hashes.items() if not path.endswith(".md")}
        return key(code, RUNTIME, *command)

    def environment_key(self) -> str:
        """Return the key of what has to be installed."""
        manifests = [path for path in self.hashes if path.endswith("pyproject.toml")]
        return key(within(self.hashes, "uv.lock", *manifests), RUNTIME)


def workspace(hashes: Hashes, manifests: Mapping[str, str]) -> Workspace:
    """Return the workspace of these files; `manifests` has the text of each pyproject.toml by path.

    Raises `WorkspaceError` if one of them cannot be understood.
    """
    with _valid_toml("pyproject.toml"):
        root = tomllib.loads(manifests["pyproject.toml"])
    patterns = root["tool"]["uv"]["workspace"]["members"]
    found = [
        member(str(path.parent), manifests[str(path)])
        for path in map(PurePath, sorted(manifests))
        if any(path.parent.match(pattern) for pattern in patterns)
    ]
    members = {package.name: package for package in found}
    return Workspace(hashes, members | {suite.name: suite for suite in suites(hashes, members)})


@contextmanager
def _valid_toml(path: str) -> Generator[None]:
    try:
        yield
    except tomllib.TOMLDecodeError as error:
        message = f"{path}: {error}"
        raise WorkspaceError(message) from error
