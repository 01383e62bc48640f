"""Carry out a target of the Makefile; see `make help`.

It runs before the environment exists, so it imports nothing but the standard library. Usage:
`scripts/task.sh TARGET`, with the variables that `make help` lists in the environment.
"""

import asyncio
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from task_list import RUN, UV, TaskList
from task_runner import Task, announce, run_tasks, total
from workspace_graph import Package, Workspace, WorkspaceError, closure, workspace


@dataclass(frozen=True, slots=True)
class Options:
    """The variables of make, from its command line or from the environment."""

    chosen: tuple[str, ...] = ("*",)
    arguments: tuple[str, ...] = ()
    slow: bool = False
    force: bool = False
    keep_going: bool = False
    jobs: int = 1
    minutes: str = "1"
    seed: str = ""
    in_ci: bool = False

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Options":
        """Return the options that the environment states; raises `WorkspaceError`."""
        jobs = environ.get("JOBS") or str(os.cpu_count() or 1)
        if not jobs.isdecimal() or int(jobs) == 0:
            message = f"JOBS={jobs} is not a number of tasks"
            raise WorkspaceError(message)
        # make hands its short flags down as the first word, without a dash.
        flags = environ.get("MAKEFLAGS", "").partition(" ")[0]
        return cls(
            chosen=tuple((environ.get("FILTER") or "%").split()),
            arguments=tuple(shlex.split(environ.get("ARGS", ""))),
            slow=bool(environ.get("SLOW")),
            force=bool(environ.get("FORCE")),
            keep_going="k" in flags and "=" not in flags,
            jobs=int(jobs),
            minutes=environ.get("MINUTES") or "1",
            seed=environ.get("SEED", ""),
            in_ci="CI" in environ,
        )

    def selects(self, name: str) -> bool:
        """Return whether FILTER names this package, suite or benchmark; `%` stands for any text."""
        patterns = (each.removeprefix("tek-").replace("%", "*") for each in self.chosen)
        return any(fnmatchcase(name, pattern) for pattern in patterns)


def read_workspace() -> Workspace:
    """Return the workspace as it is on disk, without what git ignores."""
    git = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listed = subprocess.run(git, check=True, stdout=subprocess.PIPE)  # noqa: S603  no user's words
    # A file in conflict is listed three times, and a deleted one is listed as well.
    paths = {Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0")}
    files = [path for path in sorted(paths) if path.is_file()]
    return workspace(
        {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        {str(path): path.read_text("utf-8") for path in files if path.name == "pyproject.toml"},
    )


@dataclass(frozen=True, slots=True)
class Targets:
    """What the targets of the Makefile do; each method returns an exit code."""

    options: Options
    tree: Workspace

    @property
    def tasks(self) -> TaskList:
        """The tasks on this tree."""
        return TaskList(self.tree, self.options.arguments, self.options.slow)

    def build(self) -> int:
        """Build a wheel of each member into dist/."""
        self.sync()
        return self.run(map(self.tasks.build, filter(self.is_chosen, self.tree.members)))

    def test(self) -> int:
        """Run the tests of each package and suite, and print the sum."""
        self.sync()
        chosen = [each for each in self.tree.graph.values() if self.is_chosen(each)]
        tested = [each for each in chosen if self.tasks.has_tests(each)]
        if any(self.tasks.needs_qt(each) for each in tested) and not self.qt_loads():
            for package in [each for each in tested if self.tasks.needs_qt(each)]:
                announce(f"test@{package.name}", "left out: Qt cannot load here")
                tested.remove(package)
        return self.run([self.tasks.test(each) for each in tested], sums_up=True)

    def lint(self) -> int:
        """Check format and style."""
        self.sync()
        return self.run([self.tasks.lint()])

    def types(self) -> int:
        """Check the types."""
        self.sync()
        return self.run([self.tasks.types()])

    def check(self) -> int:
        """Check format, style, types, layers and declared dependencies."""
        self.sync()
        return self.run([self.tasks.lint(), self.tasks.types(), self.tasks.architecture()])

    def demo(self) -> int:
        """Run the demo in this terminal."""
        self.sync()
        return self.become(*RUN, "tek-cli", "demo", *self.options.arguments)

    def chaos(self) -> int:
        """Break everything between two clients and their gateway, and report what was lost."""
        self.sync()
        self.qt_loads()
        seed = ("--seed", self.options.seed) if self.options.seed else ()
        minutes = ("--minutes", self.options.minutes)
        return self.become(*RUN, "python", "scripts/chaos.py", *minutes, *seed)

    def bench(self) -> int:
        """Run the chosen benchmarks, one after the other."""
        self.sync()
        self.qt_loads()
        tasks = [
            Task(f"bench@{name}", ((*RUN, "python", script, *self.options.arguments),))
            for name, script in benchmarks().items()
            if self.options.selects(name)
        ]
        return self.run(tasks, jobs=1)

    def pictures(self) -> int:
        """Draw the pictures of the README and of docs/ anew."""
        self.sync()
        self.qt_loads()
        scripts = sorted(Path("scripts").glob("picture_*.py"))
        tasks = [Task(f"pictures@{each.stem}", ((*RUN, "python", str(each)),)) for each in scripts]
        return self.run(tasks, jobs=1)

    def format(self) -> int:
        """Rewrite the code in the house style."""
        self.sync()
        code = call(*RUN, "ruff", "check", "--fix-only", ".")
        return code or call(*RUN, "ruff", "format", ".")

    def graph(self) -> int:
        """Print the workspace packages that each package requires."""
        for package in self.tree.graph.values():
            below = sorted(closure(package, self.tree.graph) - {package.name})
            print(f"{package.name} -> {' '.join(below) or '-'}")
        return 0

    def is_chosen(self, package: Package) -> bool:
        """Return whether FILTER selects `package`."""
        return self.options.selects(package.name)

    def sync(self) -> None:
        """Install what the lock file names, unless that is done already."""
        stamp = Path(f".venv/.synced-{self.tree.environment_key()}")
        if self.options.force or not stamp.exists():
            if code := call(*UV, "sync", "--quiet", "--locked", "--all-packages"):
                raise SystemExit(code)
            for old in Path(".venv").glob(".synced-*"):
                old.unlink()
            stamp.touch()

    def qt_loads(self) -> bool:
        """Return whether windows can be tested here; CI must not pass without them.

        There is a stamp only where Qt loads, so that the line that says what to install comes back
        until someone has installed it.
        """
        stamp = Path(f".venv/.qt-{self.tree.environment_key()}")
        if not stamp.exists() and call("scripts/qt.sh") == 0:
            stamp.touch()
        return stamp.exists() or self.options.in_ci

    def run(self, tasks: Iterable[Task], *, jobs: int | None = None, sums_up: bool = False) -> int:
        """Run `tasks`, and return 1 if any fails."""
        options = self.options
        results = asyncio.run(
            run_tasks(
                list(tasks),
                jobs=jobs or options.jobs,
                force=options.force,
                keep_going=options.keep_going,
            )
        )
        if sums_up:
            print(total(result.summary for result in results))
        return int(not all(result.passed for result in results))

    def become(self, *command: str) -> int:
        """Replace this process by `command`, which has the terminal for itself."""
        sys.stdout.flush()
        os.execvp(command[0], command)  # noqa: S606  one of our own commands


def call(*command: str) -> int:
    """Run one of our own commands in this terminal, and return its exit code."""
    return subprocess.run(command, check=False).returncode  # noqa: S603  our own command


def benchmarks() -> dict[str, str]:
    """Return the script of each benchmark by its name."""
    scripts = sorted(Path("benchmarks").glob("[!_]*.py"))
    return {script.stem: str(script) for script in scripts}


def clean() -> int:
    """Delete every cached result and every wheel."""
    for folder in (".make", "dist"):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def main(target: str) -> int:
    """Carry out `target`, and return the exit code."""
    if target == "clean":
        return clean()
    options = Options.read(os.environ)
    tree = read_workspace()
    names = [*tree.graph, *benchmarks()]
    if not any(map(options.selects, names)):
        known = " ".join(dict.fromkeys(names))
        message = f"FILTER={' '.join(options.chosen)} is none of: {known}"
        raise WorkspaceError(message)
    os.environ["UV_PYTHON"] = sys.version.split()[0].rstrip("+")
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"
    return TARGETS[target](Targets(options, tree))


TARGETS = {
    each.__name__: each
    for each in (
        Targets.build,
        Targets.test,
        Targets.lint,
        Targets.types,
        Targets.check,
        Targets.demo,
        Targets.chaos,
        Targets.bench,
        Targets.pictures,
        Targets.format,
        Targets.graph,
    )
}

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)
    except WorkspaceError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
