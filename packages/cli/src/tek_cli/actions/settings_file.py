"""`tek-cli config`: show, change and edit the settings file. Invalid settings are not saved."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import typer

from tek_chat.config.settings import SettingsError, check_settings, load_settings, settings_path
from tek_chat.config.settings_edit import (
    change_setting,
    setting,
    setting_names,
    shown,
    write_settings,
)
from tek_cli.exit_codes import Exit
from tek_protocol import encode

_NEW = """\
# Settings of Tek. What is left out has its default.

# url = "wss://gateway.example/gateway"
# model = ""

# [reconnect]
# base = 1.0
# cap = 30.0
# jitter = 0.3
"""


def get_setting(key: str) -> Exit:
    """Print a setting; returns 1 if it has no value."""
    value = setting(load_settings(settings_path()), key)
    if value in {None, ""}:
        return Exit.FAILED
    typer.echo(value)
    return Exit.OK


def set_setting(key: str, value: str) -> Exit:
    """Change a setting."""
    change_setting(settings_path(), key, value)
    return Exit.OK


def list_settings(*, as_json: bool) -> Exit:
    """Print every setting and its value."""
    settings = load_settings(settings_path())
    values = {name: setting(settings, name) for name in setting_names()}
    if as_json:
        typer.echo(encode({"v": 1, "settings": values}))
    else:
        for name, value in values.items():
            typer.echo(f"{name} = {shown(value)}" if value is not None else f"# {name} is not set")
    return Exit.OK


def edit_settings() -> Exit:
    """Edit a copy of the settings in the user's editor, and save it if it is valid."""
    path = settings_path()
    draft = _draft(path)
    try:
        if (code := _run_editor(draft)) is not Exit.OK:
            return code
        text = draft.read_text(encoding="utf-8")
        try:
            check_settings(draft, text)
        except SettingsError as error:
            kept = path.with_name(f"{path.name}.rejected")
            draft.replace(kept)
            typer.echo(f"Error: {error}", err=True)
            typer.echo(f"The settings are unchanged; your edits are in {kept}.", err=True)
            return Exit.USAGE
        write_settings(path, text)
    finally:
        draft.unlink(missing_ok=True)
    return Exit.OK


def _draft(path: Path) -> Path:
    """Return a copy to edit, in the same folder so that it can replace the original."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.exists() else _NEW
    descriptor, name = tempfile.mkstemp(".toml", "settings-", path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _run_editor(draft: Path) -> Exit:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        ended = subprocess.run([*shlex.split(editor), str(draft)], check=False)  # noqa: S603 - the user's own
    except (OSError, ValueError) as error:
        typer.echo(f"Error: cannot start {editor!r}: {error}; set VISUAL or EDITOR", err=True)
        return Exit.FAILED
    if ended.returncode:
        typer.echo(
            f"Error: {editor} exited with {ended.returncode}; the settings are unchanged", err=True
        )
        return Exit.FAILED
    return Exit.OK
