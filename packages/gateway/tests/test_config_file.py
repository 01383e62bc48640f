"""The settings file, understood or refused in one line that names the place."""

from pathlib import Path

import pytest

from tek_gateway.config_file import (
    Configuration,
    Endpoint,
    Key,
    Timeouts,
    configuration_path,
    read_configuration,
)
from tek_gateway.errors import CannotStart
from tek_local.runtime_file import config_dir

FULL = """
model = "big"

[models.small]
base_url = "http://127.0.0.1:8080/v1"

[models.big]
base_url = "https://llm.example/v1"
model = "provider/big-1"
key = { env = "BIG_KEY" }
window = 128000
input_price = 0.15
output_price = 1
continues = true
reports_usage = false
timeouts = { connect = 1, first = 2.5, between = 3 }
options = { temperature = 0.2 }
"""


def test_without_a_file_there_is_nothing_set(tmp_path: Path) -> None:
    assert read_configuration(tmp_path / "none.toml") == Configuration()


def test_everything_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text(FULL)

    found = read_configuration(tmp_path / "g.toml")

    assert found.model == "big"
    assert [*found.models] == ["small", "big"]
    assert found.models["small"] == Endpoint("http://127.0.0.1:8080/v1")
    assert found.models["big"] == Endpoint(
        "https://llm.example/v1",
        model="provider/big-1",
        key=Key(env="BIG_KEY"),
        window=128_000,
        input_price=0.15,
        output_price=1,
        continues=True,
        reports_usage=False,
        timeouts=Timeouts(1, 2.5, 3),
        options={"temperature": 0.2},
    )


def entry(line: str, base_url: str = "http://host/v1") -> str:
    return f'[models.x]\nbase_url = "{base_url}"\n{line}\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("model = ", "this is not TOML"),
        ("modle = 'x'", "Unknown setting `modle`. Settings: `model`, `models`"),
        ("models = 3", "`models`: expected a table, got a whole number"),
        ("[models.x]\n", "`models.x`: `base_url` is missing"),
        (entry("windows = 1"), "Unknown setting `models.x.windows`. Settings: `base_url`"),
        (entry("window = 0"), "`models.x.window`: expected a whole number >= 256"),
        (entry("input_price = -1"), "`models.x.input_price`: expected a number >= 0"),
        (entry("timeouts = { first = 0 }"), "`models.x.timeouts.first`: expected a number > 0"),
        (entry("key = { }"), "`models.x.key` names either `env` or `keyring`"),
        (entry("key = { env = 'A', keyring = 'b' }"), "either `env` or `keyring`"),
        (entry("", "host/v1"), "`models.x.base_url` is no address"),
        (entry("", "ftp://host/v1"), "`models.x.base_url` is no address"),
        (entry("", "http://user:pw@host/v1"), "`models.x.base_url` is no address"),
        (entry("", "http://host/v1?key=1"), "`models.x.base_url` is no address"),
        (entry("", "http://host:x/v1"), "`models.x.base_url` is no address"),
        (entry("", "http://[host/v1"), "`models.x.base_url` is no address"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "g.toml"
    file.write_text(text)

    with pytest.raises(CannotStart) as refused:
        read_configuration(file)

    assert str(refused.value).startswith(f"{file}: ")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("line", ["key = 'sk-secret'", "api_key = 'sk-secret'"])
def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    (tmp_path / "g.toml").write_text(entry(line))

    with pytest.raises(CannotStart, match="a key does not belong into this file") as refused:
        read_configuration(tmp_path / "g.toml")

    assert "sk-secret" not in str(refused.value)


def test_a_file_that_was_asked_for_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="is not there"):
        read_configuration(tmp_path / "none.toml", required=True)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="cannot be read"):
        read_configuration(tmp_path)

    (tmp_path / "g.toml").write_bytes(b"\xff")
    with pytest.raises(CannotStart, match="not UTF-8"):
        read_configuration(tmp_path / "g.toml")


def test_the_variable_says_where_the_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEK_GATEWAY_CONFIG", "/somewhere/g.toml")
    assert configuration_path() == Path("/somewhere/g.toml")

    monkeypatch.delenv("TEK_GATEWAY_CONFIG")
    assert configuration_path() == config_dir() / "gateway.toml"
