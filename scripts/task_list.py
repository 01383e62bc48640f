"""The tasks of each package and of the whole tree: their commands and their cache keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from task_runner import Command, Task
from workspace_graph import Package, Workspace, closure, within

UV: Command = ("scripts/uv.sh",)
RUN: Command = (*UV, "run", "--no-sync")

NO_TESTS = 5
"""The exit code of pytest when it has run no test."""

USUAL_SECONDS = {"cli": 60.0, "gateway": 60.0, "contract": 70.0, "desktop": 50.0, "kills": 30.0}
"""Where no log says how long the tests of a package take: about so many seconds on two cores."""


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks of `tree`; `arguments` are for pytest, and `slow` includes the slow tests."""

    tree: Workspace
    arguments: tuple[str, ...] = ()
    slow: bool = False

    def build(self, package: Package) -> Task:
        """Return the task that builds the wheel of `package`."""
        command = (*UV, "build", "--quiet", "--wheel", "--out-dir", "dist", package.folder)
        return Task(
            f"build@{package.name}",
            (command,),
            self.tree.package_key(package, *command),
            product=f"dist/{package.dist.replace('-', '_')}-*.whl",
        )

    def test(self, package: Package) -> Task:
        """Return the task that runs the tests of `package`."""
        command = (*RUN, "pytest", "-q", "-o", f"cache_dir=.make/pytest/{package.name}")
        if not self.needs_qt(package):
            # pytest-qt loads Qt before the first test.
            command += ("-p", "no:pytest-qt")
        if not self.slow:
            command += ("-m", "not slow")
        command += (package.folder, *self.arguments)
        return Task(
            f"test@{package.name}",
            (command,),
            self.tree.package_key(package, *command),
            excused=self.why_no_test_is_left(package),
            usual_seconds=USUAL_SECONDS.get(package.name, 20.0),
        )

    def lint(self) -> Task:
        """Return the task that checks format and style with ruff."""
        return self.on_tree(
            "lint", (*RUN, "ruff", "format", "--check", "."), (*RUN, "ruff", "check", ".")
        )

    def types(self) -> Task:
        """Return the task that checks the types with basedpyright."""
        return self.on_tree("types", (*RUN, "basedpyright"))

    def architecture(self) -> Task:
        """Return the task that checks the import contracts and each member's dependencies."""
        members = (
            (*RUN, "--directory", package.folder, "deptry", "--no-ansi", "src")
            for package in self.tree.members
        )
        return self.on_tree("architecture", (*RUN, "lint-imports", "--no-logo"), *members)

    def on_tree(self, name: str, *commands: Command) -> Task:
        """Return a task on all code at once."""
        words = (word for command in commands for word in command)
        return Task(f"{name}@tree", commands, self.tree.tree_key(*words))

    def has_tests(self, package: Package) -> bool:
        """Return whether there is any test file in the folder of `package`."""
        tests = (path for path in self.tests(package) if Path(path).name.startswith("test_"))
        return any(tests)

    def tests(self, package: Package) -> Iterator[str]:
        """Yield the Python files among the tests of `package`."""
        folder = f"{package.folder}/tests" if package.dist else package.folder
        return (path for path in within(self.tree.hashes, folder) if path.endswith(".py"))

    def needs_qt(self, package: Package) -> bool:
        """Return whether the tests of `package` open windows."""
        return "desktop" in closure(package, self.tree.graph)

    def why_no_test_is_left(self, package: Package) -> dict[int, str]:
        """Return what to say if pytest finds no test to run, unless that is a failure."""
        if self.arguments:
            return {NO_TESTS: "none of its tests is left by ARGS"}
        texts = (Path(path).read_text("utf-8") for path in self.tests(package))
        if not self.slow and any("mark.slow" in text for text in texts):
            return {NO_TESTS: "all of its tests are slow: SLOW=1 runs them"}
        return {}
