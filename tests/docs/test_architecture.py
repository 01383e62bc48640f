"""docs/architecture.md agrees with pyproject.toml and with the code it walks through."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/architecture.md").read_text("utf-8")
STEP = re.compile(r"^\| \**\[[^]]+\]\(\.\./([^)]+\.py)\)\** \| ([^|]+) \|", re.MULTILINE)


def test_the_page_names_the_pure_code_that_the_contract_checks() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (pure,) = [each for each in contracts if each["name"].startswith("Pure code")]
    paragraph = TEXT.partition("**Pure code**")[2].partition("The contract")[0]
    assert re.findall(r"`([^`]+)`", paragraph) == pure["source_modules"]


def test_every_function_on_a_messages_way_exists() -> None:
    steps = STEP.findall(TEXT)
    missing = [
        f"{path}: {name}"
        for path, names in steps
        for name in re.findall(r"`(\w+)`", names)
        if not re.search(rf"def {name}\(", (ROOT / path).read_text("utf-8"))
    ]
    assert steps
    assert not missing


def test_the_page_counts_the_steps_of_a_message() -> None:
    steps = STEP.findall(TEXT)
    count = sum(len(re.findall(r"`\w+`", names)) for _, names in steps)
    files = len({path for path, _ in steps})
    assert f"These are {count} steps in {files} files" in TEXT
