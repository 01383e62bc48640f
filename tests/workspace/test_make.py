"""What `make` runs and what it replays, in a small workspace whose uv only notes what it is asked.

No test here may run the real suite, or reach a network: the Makefile and its scripts are copies.
"""

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]

# `pytest` in a folder exits with what the folder's file `exit` says.
UV = """\
#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case $1 in
    sync) mkdir -p .venv ;;
    build) mkdir -p dist; touch "dist/tek_$(basename "${@: -1}")-1.0-py3-none-any.whl" ;;
    run)
        for word in "$@"; do
            if [[ -f $word/sleeps ]]; then echo "sleeper $$"; exec sleep 60; fi
            if [[ -f $word/says ]]; then cat "$word/says"; exit; fi
        done
        echo "1 passed in 0.01s" ;;
esac
for word in "$@"; do
    [[ ! -f $word/exit ]] || exit "$(<"$word/exit")"
done
"""

MEMBER = """\
[project]
name = "tek-{name}"
dependencies = [{dependencies}]
"""


@dataclass(frozen=True)
class Outcome:
    """What one call of make printed, and how it ended."""

    code: int
    output: str

    def _tasks(self, *, cached: bool) -> set[str]:
        lines = re.findall(r"^(\S+@\S+) \| (cached)?", self.output, re.MULTILINE)
        return {task for task, replayed in lines if bool(replayed) == cached}

    @property
    def ran(self) -> set[str]:
        """The tasks that did something."""
        return self._tasks(cached=False)

    @property
    def cached(self) -> set[str]:
        """The tasks whose log was replayed."""
        return self._tasks(cached=True)


@dataclass(frozen=True)
class Workspace:
    """`top` needs `base`, `side` needs nothing, and the contract suite stands above all three."""

    root: Path
    tools: Path

    def write(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def member(self, name: str, dependencies: str = "") -> None:
        text = MEMBER.format(name=name, dependencies=dependencies)
        self.write(f"packages/{name}/pyproject.toml", text)
        self.write(f"packages/{name}/tests/test_it.py")

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        # An environment of its own: an outer make hands its flags and variables down in it.
        return subprocess.Popen(  # noqa: S603  the workspace's own tools, as a user would type them
            command,
            cwd=self.root,
            env={
                "PATH": f"{self.tools}:{os.environ['PATH']}",
                "HOME": str(self.tools.parent),
                "CALLS": str(self.tools / "calls"),
                **variables,
            },
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            # A shell that runs the tests in the background has them ignore Ctrl+C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def run(self, *command: str, **variables: str) -> Outcome:
        process = self.start(*command, **variables)
        output, _ = process.communicate()
        return Outcome(process.returncode, output)

    def make(self, *arguments: str, **variables: str) -> Outcome:
        return self.run("make", *arguments, **variables)

    @property
    def calls(self) -> list[str]:
        """What uv was asked for, apart from its version."""
        lines = (self.tools / "calls").read_text().splitlines()
        return [line for line in lines if line != "--version"]

    @property
    def tests_run(self) -> list[str]:
        """The calls of pytest, in their order."""
        return [call for call in self.calls if " pytest " in call]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    it = Workspace(tmp_path / "a workspace", tmp_path / "tools")
    it.root.mkdir()
    shutil.copy(ROOT / "Makefile", it.root)
    shutil.copytree(ROOT / "scripts", it.root / "scripts")
    it.write(".gitignore", "/.make/\n/.venv/\n/dist/\n__pycache__/\n")
    it.write("pyproject.toml", '[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    it.write("uv.lock")
    it.member("base")
    it.member("side")
    it.member("top", '"tek-base>=1", "elsewhere"')
    it.write("tests/contract/test_it.py")
    it.write("benchmarks/receive.py")
    it.tools.mkdir()
    it.write("../tools/uv", UV).chmod(0o755)
    it.run("git", "init", "--quiet")
    return it


EVERY_TEST = {"test@base", "test@side", "test@top", "test@contract"}


def test_a_second_run_is_all_cached(workspace: Workspace) -> None:
    first = workspace.make("test")
    assert first.ran == EVERY_TEST
    calls = workspace.calls
    second = workspace.make("test")
    assert (second.ran, second.cached) == (set(), EVERY_TEST)
    assert "test@base | cached: 1 passed in 0.01s" in second.output
    assert workspace.calls == calls


def test_a_newer_time_changes_nothing(workspace: Workspace) -> None:
    workspace.make("test")
    calls = workspace.calls
    for file in workspace.root.rglob("*"):
        file.touch()
    assert workspace.make("test").ran == set()
    assert workspace.calls == calls


def test_a_change_reruns_its_package_and_all_that_depend_on_it(workspace: Workspace) -> None:
    workspace.make("test")
    workspace.write("packages/base/src/base.py", "new = True")
    assert workspace.make("test").ran == {"test@base", "test@top", "test@contract"}


def test_a_change_in_what_all_share_reruns_everything(workspace: Workspace) -> None:
    workspace.make("test")
    workspace.write("uv.lock", "new")
    assert workspace.make("test").ran == EVERY_TEST


def test_the_root_documents_are_no_input(workspace: Workspace) -> None:
    workspace.make("test", "check")
    workspace.write("README.md", "new")
    assert workspace.make("test", "check").ran == set()


def test_what_passed_once_is_still_cached_after_going_back(workspace: Workspace) -> None:
    workspace.make("test")
    workspace.write("packages/side/it.py", "new")
    workspace.make("test")
    workspace.write("packages/side/it.py").unlink()
    assert workspace.make("test").ran == set()


def test_a_tracked_file_that_is_deleted_is_a_change(workspace: Workspace) -> None:
    workspace.write("packages/side/tests/test_more.py")
    workspace.run("git", "add", ".")
    workspace.make("test")
    (workspace.root / "packages/side/tests/test_it.py").unlink()
    assert workspace.make("test").ran == {"test@side", "test@contract"}


@pytest.mark.parametrize(
    ("chosen", "ran"),
    [
        ("base", {"test@base"}),
        ("tek-base", {"test@base"}),
        ("base side", {"test@base", "test@side"}),
        ("con%", {"test@contract"}),
    ],
)
def test_a_filter_chooses(workspace: Workspace, chosen: str, ran: set[str]) -> None:
    assert workspace.make("test", f"FILTER={chosen}").ran == ran


def test_a_filter_that_fits_nothing_names_what_there_is(workspace: Workspace) -> None:
    outcome = workspace.make("test", "FILTER=nothing")
    assert outcome.code
    assert "FILTER=nothing is none of: base side top contract receive" in outcome.output


def test_force_runs_what_is_cached(workspace: Workspace) -> None:
    workspace.make("test")
    assert workspace.make("test", "FORCE=1").ran == EVERY_TEST


def test_a_failure_is_never_cached_and_keep_going_runs_all_others(workspace: Workspace) -> None:
    workspace.write("packages/base/exit", "1")
    first = workspace.make("--keep-going", "test")
    assert first.code
    assert first.ran == EVERY_TEST
    second = workspace.make("--keep-going", "test")
    assert (second.ran, second.cached) == ({"test@base"}, EVERY_TEST - {"test@base"})
    assert not list(workspace.root.glob(".make/test/base/*"))


def test_after_a_failure_no_further_task_starts(workspace: Workspace) -> None:
    workspace.write("tests/contract/exit", "1")
    outcome = workspace.make("test", "JOBS=1")
    assert outcome.code
    assert outcome.ran == {"test@contract"}


def test_the_task_that_takes_longest_starts_first(workspace: Workspace) -> None:
    workspace.write("packages/top/says", "1 passed in 99.5s")
    workspace.make("test")
    workspace.make("test", "JOBS=1", "FORCE=1")
    assert "packages/top" in workspace.tests_run[len(EVERY_TEST)]


def test_the_sum_of_all_tests_is_the_last_line(workspace: Workspace) -> None:
    workspace.write(
        "packages/top/says", "2 failed, 3 passed, 1 skipped, 1 error in 61.50s (0:01:01)"
    )
    for _ in range(2):
        assert workspace.make("test").output.endswith("\n6 passed, 3 failed, 1 skipped\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_make_ends_what_it_started(workspace: Workspace, number: int) -> None:
    workspace.write("packages/side/sleeps")
    with workspace.start("make", "test", "FILTER=side") as make:
        assert make.stdout is not None
        line = make.stdout.readline()
        child = int(line.rpartition(" ")[2])
        os.killpg(make.pid, number)
        make.communicate(timeout=30)
        assert make.returncode
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    assert not list(workspace.root.glob(".make/test/side/*"))


def test_arguments_reach_pytest_and_are_part_of_the_key(workspace: Workspace) -> None:
    workspace.make("test", "FILTER=side")
    arguments = "-k 'it or that'"
    assert workspace.make("test", "FILTER=side", f"ARGS={arguments}").ran == {"test@side"}
    assert workspace.calls[-1].endswith("packages/side -k it or that")
    assert workspace.make("test", "FILTER=side", f"ARGS={arguments}").ran == set()


def test_slow_tests_are_left_out_unless_asked_for(workspace: Workspace) -> None:
    workspace.make("test", "FILTER=side")
    assert "-m not slow" in workspace.calls[-1]
    assert workspace.make("test", "FILTER=side", "SLOW=1").ran == {"test@side"}
    assert "not slow" not in workspace.calls[-1]
    assert workspace.make("test", FILTER="side", SLOW="1").cached == {"test@side"}


def test_what_needs_qt_is_left_out_where_it_cannot_load(workspace: Workspace) -> None:
    workspace.member("desktop", '"tek-base"')
    qt = workspace.root / "scripts/qt.sh"
    loads = qt.read_text()
    qt.write_text("#!/bin/sh\nexit 1\n")
    workspace.make("test")
    again = workspace.make("test")
    assert again.code == 0
    for task in ("test@desktop", "test@contract"):
        assert f"{task} | left out: Qt cannot load here" in again.output
    assert again.cached == {"test@base", "test@side", "test@top"}
    assert "left out" not in workspace.make("test", "CI=true", "FORCE=1").output
    qt.write_text(loads)
    workspace.write("packages/desktop/it.py", "new")
    for argument in ("FORCE=", "FORCE=1"):
        assert "test@desktop | 1 passed" in workspace.make("test", argument).output


def test_a_package_without_tests_fails(workspace: Workspace) -> None:
    workspace.write("packages/side/exit", "5")
    assert workspace.make("test", "FILTER=side").code


def test_a_package_without_tests_of_that_name_passes(workspace: Workspace) -> None:
    workspace.write("packages/side/exit", "5")
    outcome = workspace.make("test", "FILTER=side", "ARGS=-k nothing")
    assert outcome.code == 0
    assert "test@side | none of its tests is left by ARGS" in outcome.output


def test_chaos_takes_its_minutes_and_its_seed(workspace: Workspace) -> None:
    workspace.make("chaos", "MINUTES=2", "SEED=3")
    assert workspace.calls[-1].endswith("scripts/chaos.py --minutes 2 --seed 3")
    workspace.make("chaos")
    assert workspace.calls[-1].endswith("scripts/chaos.py --minutes 1")


def test_a_package_with_none_but_slow_tests_passes(workspace: Workspace) -> None:
    workspace.write("packages/side/exit", "5")
    workspace.write("packages/side/tests/test_it.py", "pytestmark = pytest.mark.slow")
    outcome = workspace.make("test", "FILTER=side")
    assert outcome.code == 0
    assert "test@side | all of its tests are slow" in outcome.output


def test_the_environment_is_synced_again_only_for_new_requirements(workspace: Workspace) -> None:
    workspace.make("lint")
    workspace.write("packages/base/src/base.py", "new = True")
    workspace.make("lint")
    assert sum(call.startswith("sync") for call in workspace.calls) == 1
    workspace.member("base", '"elsewhere"')
    workspace.make("lint")
    assert sum(call.startswith("sync") for call in workspace.calls) == 2


def test_a_wheel_that_is_gone_is_built_again(workspace: Workspace) -> None:
    assert workspace.make("build").ran == {"build@base", "build@side", "build@top"}
    (workspace.root / "dist/tek_side-1.0-py3-none-any.whl").unlink()
    assert workspace.make("build").ran == {"build@side"}


def test_a_wheel_of_other_sources_is_never_taken_for_ones_own(workspace: Workspace) -> None:
    workspace.make("build")
    workspace.write("packages/side/it.py", "new")
    workspace.make("build")
    workspace.write("packages/side/it.py").unlink()
    assert workspace.make("build").ran == {"build@side"}


def test_check_is_lint_types_and_architecture(workspace: Workspace) -> None:
    every = {"lint@tree", "types@tree", "architecture@tree"}
    assert workspace.make("check").ran == every
    assert workspace.make("check").cached == every
    asked = " ".join(workspace.calls)
    for tool in ("ruff format --check", "ruff check", "basedpyright", "lint-imports", "deptry"):
        assert tool in asked


def test_demo_and_benchmarks_take_arguments_and_always_run(workspace: Workspace) -> None:
    for _ in range(2):
        assert workspace.make("bench", "ARGS=--quick").ran == {"bench@receive"}
        assert workspace.calls[-1].endswith("python benchmarks/receive.py --quick")
        workspace.make("demo", "ARGS=--quick")
        assert workspace.calls[-1].endswith("tek-cli demo --quick")


def test_clean_comes_first_even_when_asked_for_together(workspace: Workspace) -> None:
    workspace.make("build")
    outcome = workspace.make("clean", "build", "JOBS=8")
    assert len(outcome.ran) == len(list(workspace.root.glob("dist/*.whl"))) == 3


def test_help_names_every_task_and_every_variable(workspace: Workspace) -> None:
    output = workspace.make("help").output
    for name in re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert f"make {name} " in output
    for name in ("FILTER", "FORCE", "JOBS", "ARGS", "SLOW"):
        assert f"  {name}= " in output


def test_no_python_is_said_in_one_line_with_its_mend(workspace: Workspace) -> None:
    outcome = workspace.make("test", "PYTHON=")
    assert outcome.code
    assert "No Python 3.11 or newer here: sudo apt-get install python3" in outcome.output


def test_a_workspace_that_cannot_be_read_stops_everything(workspace: Workspace) -> None:
    workspace.write("packages/base/pyproject.toml", "no toml")
    outcome = workspace.make("test")
    assert outcome.code
    assert not outcome.ran
