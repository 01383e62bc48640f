"""Logging in and out: the token of one gateway, kept where only its user can read it.

It must never show a token, nor take one from the command line, which others can see.
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


def login(url: str | None) -> Exit:
    """Read a token and keep it for the gateway."""
    where = read_setup(url).url
    token = _typed(f"Token for {gateway_name(where)} (it is not shown): ")
    if not is_token(token):
        typer.echo("Error: that is no token: one line of visible characters", err=True)
        return Exit.USAGE
    try:
        source = keep_token(where, token)
    except TokenError as error:
        return _failed(error)
    typer.echo(f"The token for {gateway_name(where)} is kept in the {source}.")
    return Exit.OK


def logout(url: str | None) -> Exit:
    """Forget the token of the gateway."""
    where = read_setup(url).url
    try:
        was_there = forget_token(where)
    except TokenError as error:
        return _failed(error)
    told = "is forgotten" if was_there else "was not kept"
    typer.echo(f"The token for {gateway_name(where)} {told}.")
    return Exit.OK


def status(url: str | None, *, as_json: bool) -> Exit:
    """Tell whether there is a token for the gateway, and where; returns 1 if there is none."""
    where = read_setup(url).url
    try:
        token = find_token(where)
    except TokenError as error:
        return _failed(error)
    has_one = token.source is not TokenSource.NOWHERE
    if as_json:
        told = {"v": 1, "gateway": gateway_name(where), "token": has_one, "source": token.source}
        typer.echo(encode(told))
    elif has_one:
        typer.echo(f"{gateway_name(where)}: a token from {token.source}")
    else:
        typer.echo(f"{gateway_name(where)}: no token; `tek-cli auth login` keeps one")
    return Exit.OK if has_one else Exit.FAILED


def _typed(question: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(question).strip()
    return sys.stdin.readline().strip()


def _failed(error: TokenError) -> Exit:
    typer.echo(f"Error: {error}", err=True)
    return Exit.FAILED
