"""The API key of an endpoint, read when it is needed and kept nowhere."""

import os

from tek_gateway.config_file import Key
from tek_gateway.errors import ModelError

SERVICE = "tek-gateway"
"""Under this name keys are in the keyring."""

NO_KEY = "none"
"""The key for an endpoint that needs none: the library requires one."""


def read_key(key: Key | None) -> str:
    """Return the key; blocks, since a keyring may prompt. Raises `ModelError`."""
    if key is None:
        return NO_KEY
    found = os.environ.get(key.env, "").strip() if key.env else _from_keyring(key.keyring)
    if found:
        return found
    mend = (
        f"set the variable {key.env} and start the gateway again"
        if key.env
        else f"put it there with `keyring set {SERVICE} {key.keyring}`"
    )
    reason = f"the model's key is missing; {mend}"
    raise ModelError(reason, "PROVIDER_NOT_CONFIGURED")


def _from_keyring(name: str) -> str:
    import keyring  # noqa: PLC0415 - it takes long, and few need it
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        return (keyring.get_password(SERVICE, name) or "").strip()
    except KeyringError as error:
        reason = "the keyring cannot be read; unlock it, or use `env` for the model's key"
        raise ModelError(reason, "PROVIDER_NOT_CONFIGURED") from error
