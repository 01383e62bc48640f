"""The runtime file, which says where a gateway runs, and the folders of Tek.

A runtime file may be stale, torn or written by anyone: what it says is checked before use.
"""

import os
import secrets
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import platformdirs

from tek_protocol import DecodeError, decode
from tek_protocol.envelope import PATH

READ_LIMIT = 4096
"""Bytes. A larger file is no runtime file."""

Pid: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Port: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Host: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z.:%_-]{1,253}\Z")]
Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class RuntimeFile(msgspec.Struct, frozen=True, rename="camel"):
    """One running gateway.

    `started_at` is an ISO 8601 time. `instance` is new at every start, which tells a restarted
    gateway from the one before.
    """

    pid: Pid
    port: Port
    started_at: Text
    instance: Text
    host: Host = "127.0.0.1"
    tls: bool = False

    @property
    def url(self) -> str:
        """Return the address that a client on this machine dials."""
        return gateway_url(self.host, self.port, tls=self.tls)


_RUNTIME: msgspec.json.Decoder[RuntimeFile] = msgspec.json.Decoder(RuntimeFile)
_LOOPBACK_OF = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only recognised here


def gateway_url(host: str, port: int, *, tls: bool = False) -> str:
    """Return the WebSocket address of a gateway bound to `host`."""
    dialled = _LOOPBACK_OF.get(host, host)
    bracketed = f"[{dialled}]" if ":" in dialled else dialled
    return f"{'wss' if tls else 'ws'}://{bracketed}:{port}{PATH}"


def config_dir() -> Path:
    """Return the folder of Tek's settings."""
    return Path(platformdirs.user_config_dir("tek"))


def data_dir() -> Path:
    """Return the default folder of a gateway's sessions."""
    return Path(platformdirs.user_data_dir("tek")) / "gateway"


def runtime_path() -> Path:
    """Return the path of the runtime file."""
    return config_dir() / "runtime.json"


def read_runtime(path: Path) -> RuntimeFile | None:
    """Return the contents of `path`, or None if it is missing, unreadable or no runtime file."""
    try:
        if not path.is_file():  # reading a pipe would block
            return None
        with path.open("rb") as file:
            text = file.read(READ_LIMIT + 1)
        return decode(text, _RUNTIME) if len(text) <= READ_LIMIT else None
    except (OSError, ValueError, DecodeError):
        return None


def write_runtime(path: Path, runtime: RuntimeFile) -> None:
    """Write `runtime` to `path` atomically, readable by its owner only; raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(runtime))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def remove_runtime(path: Path, instance: str) -> None:
    """Remove `path` if it still belongs to `instance`; raises `OSError`."""
    found = read_runtime(path)
    if found is not None and found.instance == instance:
        path.unlink(missing_ok=True)
