"""Tokens: one a gateway, in the keyring or a private file, and never another's."""

from collections.abc import Generator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked, PasswordDeleteError

from reconnect_core import InvalidURL
from tek_chat.config.tokens import (
    Token,
    TokenError,
    TokenSource,
    find_token,
    forget_token,
    is_token,
    keep_token,
    tokens_path,
)

HERE, THERE = "wss://here.example/gateway", "wss://there.example/gateway"


class Ring(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1  # pyright: ignore[reportAssignmentType] - a class property there

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("TEK_TOKEN", raising=False)
    return tmp_path


@pytest.fixture
def ring() -> Generator[Ring]:
    ring, before = Ring(), keyring.get_keyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def no_ring() -> Generator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


def test_a_token_goes_into_the_keyring_and_the_file_says_only_where_it_is(ring: Ring) -> None:
    assert keep_token(HERE, "s3cret") is TokenSource.KEYRING
    assert find_token(HERE, {}) == Token(TokenSource.KEYRING, "s3cret")
    assert ring.kept == {("tek", "here.example:443"): "s3cret"}
    assert "s3cret" not in tokens_path().read_text()


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_it_goes_into_a_file_for_its_owner_alone() -> None:
    assert keep_token(HERE, "s3cret") is TokenSource.FILE
    assert find_token(HERE, {}) == Token(TokenSource.FILE, "s3cret")
    assert tokens_path().stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("no_ring")
def test_a_file_that_others_could_read_is_closed_before_a_token_goes_into_it() -> None:
    keep_token(HERE, "one")
    tokens_path().chmod(0o644)
    keep_token(HERE, "two")
    assert tokens_path().stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("no_ring")
@pytest.mark.parametrize(
    "other", [THERE, "wss://here.example:444/gateway", "wss://sub.here.example/gateway", ""]
)
def test_another_host_never_gets_it(other: str) -> None:
    keep_token(HERE, "s3cret")
    assert find_token(other, {}) == Token()


@pytest.mark.usefixtures("no_ring")
def test_another_path_of_the_same_host_does() -> None:
    keep_token(HERE, "s3cret")
    assert find_token("wss://here.example/other", {}).text == "s3cret"


@pytest.mark.usefixtures("no_ring")
def test_this_machines_gateway_has_one_of_its_own_wherever_it_listens() -> None:
    keep_token("", "s3cret")
    assert find_token("", {}).text == "s3cret"
    assert find_token("ws://127.0.0.1:3271/gateway", {}).text == ""


def test_the_environment_comes_first_and_a_line_end_is_no_part_of_it(ring: Ring) -> None:
    keep_token(HERE, "kept")
    ring.is_locked = True
    assert find_token(HERE, {"TEK_TOKEN": "given\n"}) == Token(TokenSource.ENVIRONMENT, "given")


@pytest.mark.usefixtures("ring")
def test_a_token_is_forgotten_once() -> None:
    keep_token(HERE, "s3cret")
    assert forget_token(HERE)
    assert not forget_token(HERE)
    assert find_token(HERE, {}) == Token()


def test_one_that_the_keyring_has_lost_can_still_be_forgotten(ring: Ring) -> None:
    keep_token(HERE, "s3cret")
    ring.kept.clear()
    with pytest.raises(TokenError, match="lost the token; log in again"):
        find_token(HERE, {})
    assert forget_token(HERE)


def test_a_locked_keyring_is_told_of(ring: Ring) -> None:
    keep_token(HERE, "s3cret")
    ring.is_locked = True
    with pytest.raises(TokenError, match="unlock it"):
        find_token(HERE, {})


@pytest.mark.usefixtures("no_ring")
def test_a_damaged_file_says_what_to_do(folder: Path) -> None:
    (folder / "tek").mkdir()
    tokens_path().write_text("{")
    with pytest.raises(TokenError, match="remove it and log in again"):
        find_token(HERE, {})


@pytest.mark.parametrize("text", ["", "two\nlines", "grüß", "bell\a"])
def test_what_is_not_one_line_of_visible_characters_is_no_token(text: str) -> None:
    assert is_token("s3cret")
    assert not is_token(text)


def test_a_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Token(TokenSource.FILE, "s3cret"))


def test_an_address_that_is_none_has_no_token() -> None:
    with pytest.raises(InvalidURL):
        find_token("http://here", {})
