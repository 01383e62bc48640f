"""`tek-cli auth`: store, delete and report the token of a gateway.

A token is not taken from the command line, which other users of the computer can read.
"""

import getpass
import sys

import typer

from tek_chat.config.tokens import (
    TokenError,
    TokenSource,
    find_token,
    forget_token,
    gateway_name,
    is_token,
    keep_token,
)
from tek_chat.setup import read_setup
from tek_cli.exit_codes import Exit
from tek_protocol import encode


def store_token(url: str | None) -> Exit:
    """Read a token and store it for the gateway."""
    where = read_setup(url).url
    token = _read_token(f"Token for {gateway_name(where)} (not shown): ")
    if not is_token(token):
        typer.echo("Error: not a valid token; expected one line of visible characters", err=True)
        return Exit.USAGE
    try:
        source = keep_token(where, token)
    except TokenError as error:
        return _failed(error)
    typer.echo(f"Token for {gateway_name(where)} saved in the {source} (only you can read it).")
    return Exit.OK


def delete_token(url: str | None) -> Exit:
    """Delete the stored token of the gateway."""
    where = read_setup(url).url
    try:
        was_there = forget_token(where)
    except TokenError as error:
        return _failed(error)
    name = gateway_name(where)
    typer.echo(f"Token for {name} deleted." if was_there else f"No token stored for {name}.")
    return Exit.OK


def show_token_status(url: str | None, *, as_json: bool) -> Exit:
    """Print whether the gateway has a token, and where it is stored; returns 1 if it has none."""
    where = read_setup(url).url
    try:
        token = find_token(where)
    except TokenError as error:
        return _failed(error)
    has_one = token.source is not TokenSource.NOWHERE
    if as_json:
        state = {"v": 1, "gateway": gateway_name(where), "token": has_one, "source": token.source}
        typer.echo(encode(state))
    elif has_one:
        typer.echo(f"{gateway_name(where)}: token from {token.source}")
    else:
        typer.echo(f"{gateway_name(where)}: no token; add one with `tek-cli auth login`")
    return Exit.OK if has_one else Exit.FAILED


def _read_token(question: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(question).strip()
    return sys.stdin.readline().strip()


def _failed(error: TokenError) -> Exit:
    typer.echo(f"Error: {error}", err=True)
    return Exit.FAILED
