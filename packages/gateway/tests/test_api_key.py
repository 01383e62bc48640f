"""Where an endpoint's key comes from, and what is said when it is not there."""

from collections.abc import Generator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from tek_gateway.config_file import Key
from tek_gateway.errors import ModelError
from tek_gateway.models.api_key import NO_KEY, SERVICE, read_key


class Ring(KeyringBackend):
    """A keyring in memory, which can be locked."""

    priority = 1.0  # pyright: ignore[reportAssignmentType] - as its documentation says

    def __init__(self) -> None:
        self.kept = {(SERVICE, "cloud"): " sk-1\n"}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Generator[Ring]:
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_an_endpoint_without_a_key_gets_none() -> None:
    assert read_key(None) == NO_KEY


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_KEY", " sk-2\n")

    assert read_key(Key(env="CLOUD_KEY")) == "sk-2"


@pytest.mark.usefixtures("ring")
def test_a_key_comes_from_the_keyring() -> None:
    assert read_key(Key(keyring="cloud")) == "sk-1"


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize(
    ("key", "mend"),
    [
        (Key(env="NO_SUCH_KEY"), "set the variable NO_SUCH_KEY and start the gateway again"),
        (Key(keyring="other"), "put it there with `keyring set tek-gateway other`"),
    ],
)
def test_a_missing_key_comes_with_its_mend(key: Key, mend: str) -> None:
    with pytest.raises(ModelError) as missing:
        read_key(key)

    assert missing.value.code == "PROVIDER_NOT_CONFIGURED"
    assert mend in str(missing.value)


def test_a_locked_keyring_is_said(ring: Ring) -> None:
    ring.is_locked = True

    with pytest.raises(ModelError, match="unlock it") as locked:
        read_key(Key(keyring="cloud"))

    assert locked.value.code == "PROVIDER_NOT_CONFIGURED"
