"""Which packages a test can run code of, and which change makes it run again."""

import pytest

from workspace_graph import Requirement, WorkspaceError, closure, workspace

ROOT = '[tool.uv.workspace]\nmembers = ["packages/*"]'


def manifest(name: str, needs: str = "", rest: str = "") -> str:
    return f'[project]\nname = "tek-{name}"\ndependencies = [{needs}]\n{rest}'


MANIFESTS = {
    "pyproject.toml": ROOT,
    "packages/wire/pyproject.toml": manifest("wire"),
    "packages/core/pyproject.toml": manifest("core", '"tek-wire>=1"'),
    "packages/server/pyproject.toml": manifest(
        "server", '"tek-wire"', '[dependency-groups]\ntest = ["tek-testing[server]"]'
    ),
    "packages/client/pyproject.toml": manifest(
        "client", '"tek-core", "httpx"', '[dependency-groups]\ntest = ["tek-testing[all]>=0"]'
    ),
    "packages/testing/pyproject.toml": manifest(
        "testing",
        '"tek-wire"',
        "[project.optional-dependencies]\n"
        'server = ["tek-server"]\n'
        'all = ["tek-server", "tek-client", "tek-testing[server]"]',
    ),
}
HASHES = dict.fromkeys(MANIFESTS, "0") | {
    "tests/contract/test_it.py": "0",
    "tests/workspace/test_it.py": "0",
}
WORKSPACE = workspace(HASHES, MANIFESTS)


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("tek-core", Requirement("tek-core")),
        ("tek-core>=1,<2; python_version < '3.12'", Requirement("tek-core")),
        ("tek-testing[gateway, screen]>=0", Requirement("tek-testing", ("gateway", "screen"))),
    ],
)
def test_a_requirement_is_read_with_its_extras(text: str, requirement: Requirement) -> None:
    assert Requirement.parse(text) == requirement


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("wire", set[str]()),
        ("core", {"wire"}),
        ("server", {"wire", "testing"}),
        ("client", {"wire", "core", "testing", "server"}),
        ("testing", {"wire", "core", "server", "client"}),
        ("contract", {"wire", "core", "server", "client", "testing"}),
        ("workspace", set[str]()),
    ],
)
def test_a_closure_follows_an_extra_only_where_it_is_asked_for(name: str, below: set[str]) -> None:
    graph = WORKSPACE.graph
    assert closure(graph[name], graph) == below | {name}


def test_a_circle_of_requirements_does_no_harm() -> None:
    circle = MANIFESTS | {"packages/wire/pyproject.toml": manifest("wire", '"tek-core"')}
    graph = workspace(HASHES, circle).graph
    assert closure(graph["wire"], graph) == {"wire", "core"}


def changed(path: str) -> set[str]:
    """Return the packages and suites whose keys change with the contents of `path`."""
    after = workspace(HASHES | {path: "1"}, MANIFESTS)
    return {
        name
        for name, package in WORKSPACE.graph.items()
        if WORKSPACE.package_key(package) != after.package_key(package)
    }


def test_a_change_concerns_its_package_and_those_that_stand_on_it() -> None:
    assert changed("packages/core/core.py") == {"core", "client", "testing", "contract"}
    assert changed("packages/server/it.py") == {
        "server",
        "client",
        "testing",
        "contract",
    }


def test_a_suite_around_the_packages_sees_only_their_requirements() -> None:
    assert changed("scripts/uv.sh") == {"workspace"}
    assert "workspace" in changed("packages/core/pyproject.toml")


def test_the_command_is_part_of_a_key() -> None:
    core = WORKSPACE.graph["core"]
    assert WORKSPACE.package_key(core, "-k", "a") != WORKSPACE.package_key(core, "-k a")


def test_documents_do_not_change_the_key_of_the_tree() -> None:
    before = WORKSPACE.tree_key()
    assert workspace(HASHES | {"README.md": "0"}, MANIFESTS).tree_key() == before
    assert workspace(HASHES | {"it.py": "0"}, MANIFESTS).tree_key() != before


def test_an_invalid_manifest_is_named() -> None:
    broken = MANIFESTS | {"packages/core/pyproject.toml": "no toml"}
    with pytest.raises(WorkspaceError, match=r"^packages/core/pyproject\.toml: "):
        workspace(HASHES, broken)
