"""The settings file, right and wrong."""

from pathlib import Path

import pytest

from reconnect_core import Backoff
from reconnect_core.rules.address import EXPECTED
from tek_chat import Settings, SettingsError, load_settings, settings_path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_without_a_file_everything_is_as_it_comes(file: Path) -> None:
    assert load_settings(file) == Settings()
    assert Settings().reconnect.backoff == Backoff()


def test_what_is_set_counts_and_the_rest_is_as_it_comes(file: Path) -> None:
    file.write_text('url = "wss://host"\n[reconnect]\nbase = 2\nseed = 7\n')
    settings = load_settings(file)
    assert settings.url == "wss://host"
    assert settings.reconnect.seed == 7
    assert settings.reconnect.backoff == Backoff(base=2.0)


MEND = "correct or remove it"
KEYS = "`base`, `cap`, `jitter`, `seed`"
NO_SCHEDULE = "`reconnect` needs 0 < base <= cap and jitter >= 0, all finite"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("url =", "this is not TOML: Invalid value (at end of document); correct it there"),
        (
            "colour = 1",
            "Unknown setting `colour`. Settings: `url`, `model`, `reconnect`",
        ),
        ("[reconnect]\nbass = 1", f"Unknown setting `reconnect.bass`. Settings: {KEYS}"),
        (
            '[reconnect]\nbase = "1"',
            f"`reconnect.base`: expected a number, got a text in quotes; {MEND}",
        ),
        (
            "[reconnect]\nseed = 1.5",
            f"`reconnect.seed`: expected a whole number, got a number; {MEND}",
        ),
        ("reconnect = 1979-05-27", f"`reconnect`: expected a table, got date; {MEND}"),
        (f"[reconnect]\ncap = 1{'0' * 400}", f"`reconnect.cap`: number out of range; {MEND}"),
        ("[reconnect]\nbase = 0", NO_SCHEDULE),
        ("[reconnect]\ncap = inf", NO_SCHEDULE),
        ('url = "http://host"', f"`url`: did you mean ws://host? {EXPECTED}"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_mend(file: Path, text: str, complaint: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert str(caught.value) == f"{file}: {complaint}"


def test_a_file_in_another_encoding_is_to_be_saved_as_utf8(file: Path) -> None:
    file.write_bytes('url = "ä"'.encode("latin-1"))
    with pytest.raises(SettingsError, match=f"{file} is not UTF-8 text; save it as UTF-8"):
        load_settings(file)


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{tmp_path} cannot be read: Is a directory; make it"):
        load_settings(tmp_path)


def test_the_file_is_where_the_environment_says(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_path() == home / "config" / "tek" / "settings.toml"
    monkeypatch.setenv("TEK_CONFIG", str(home / "mine.toml"))
    assert settings_path() == home / "mine.toml"
