"""A copy of all sessions at one moment, while a gateway goes on writing."""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from tek_gateway.errors import StoreError
from tek_gateway.store.sqlite.folder_lock import make_private
from tek_gateway.store.sqlite.sqlite_store import FILE


def back_up(folder: Path, target: Path) -> int:
    """Copy the sessions in `folder` to `target`; returns its bytes. Raises `StoreError`."""
    source = folder / FILE
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    if not source.is_file():
        reason = f"there are no sessions in {folder}"
        raise StoreError(reason)
    try:
        make_private(draft)
        _copy(source, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        reason = f"cannot copy the sessions to {target}: {error}"
        raise StoreError(reason) from error
    finally:
        draft.unlink(missing_ok=True)


def _copy(source: Path, draft: Path) -> None:
    # In one step: a copy in several would restart whenever the gateway has written.
    with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(draft)) as copy:
        opened.execute("PRAGMA query_only = ON")
        opened.backup(copy)
        # One self-contained file; the gateway turns it into a WAL database again.
        copy.execute("PRAGMA journal_mode = DELETE")
        ((found, *_),) = copy.execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            reason = f"the copy is damaged: {found}"
            raise sqlite3.DatabaseError(reason)
