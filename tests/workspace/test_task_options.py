"""What the variables of make mean to scripts/task.py."""

import pytest

from task import Options
from workspace_graph import WorkspaceError


@pytest.mark.parametrize(
    ("chosen", "name", "selected"),
    [
        ("", "cli", True),
        ("cli", "cli", True),
        ("tek-cli", "cli", True),
        ("chat cli", "cli", True),
        ("%-core", "reconnect-core", True),
        ("%-core", "cli", False),
    ],
)
def test_a_filter_selects(chosen: str, name: str, selected: bool) -> None:  # noqa: FBT001  a table
    assert Options.read({"FILTER": chosen}).selects(name) == selected


def test_arguments_are_split_as_a_shell_does() -> None:
    assert Options.read({"ARGS": "-k 'a or b'"}).arguments == ("-k", "a or b")


@pytest.mark.parametrize(
    ("flags", "keep_going"),
    [("", False), ("k", True), ("ks -- SLOW=1", True), (" -- FILTER=kills", False), ("s", False)],
)
def test_make_hands_down_whether_to_keep_going(flags: str, keep_going: bool) -> None:  # noqa: FBT001  a table
    assert Options.read({"MAKEFLAGS": flags}).keep_going == keep_going


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_a_number_of_jobs_that_is_none_is_refused(jobs: str) -> None:
    with pytest.raises(WorkspaceError, match=f"JOBS={jobs} is not a number of tasks"):
        Options.read({"JOBS": jobs})
