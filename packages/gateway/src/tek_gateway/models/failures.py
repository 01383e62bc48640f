"""What an endpoint's failure means to the user: a code, a cause, and what to do about it.

Pure. It must never repeat a key, nor what an endpoint says about one.
"""

from tek_gateway.errors import ModelError

BUSY = frozenset({408, 409, 425, 429})
"""HTTP statuses that can pass, beside those from 500 on."""

_SERVER_ERROR = 500
_QUOTE_LIMIT = 150
"""Characters of what an endpoint says about itself."""


class Passing(ModelError):
    """It can be different next time; `after` is in seconds, None where the endpoint said none."""

    def __init__(self, reason: str, code: str = "LLM_ERROR", after: float | None = None) -> None:
        super().__init__(reason, code)
        self.after = after


def not_configured(reason: str) -> ModelError:
    """Return the failure of a model that its owner has to set up first."""
    return ModelError(reason, "PROVIDER_NOT_CONFIGURED")


def by_status(status: int, endpoint: str, model: str, said: str, after: float | None) -> ModelError:
    """Return what an HTTP status says; `said` is the endpoint's own text, without secrets."""
    if status in {401, 403}:
        reason = f"{endpoint} does not take the key (HTTP {status}); correct the model's key"
        return not_configured(reason)
    if status == 404:  # noqa: PLR2004 - HTTP
        reason = (
            f"{endpoint} does not have {model!r} (HTTP 404); get the model there,"
            " or correct the model's entry"
        )
        return not_configured(reason)
    quoted = f": {said}" if said else ""
    if status in BUSY or status >= _SERVER_ERROR:
        wait = "in a while" if after is None else f"in {after:.0f} s"
        reason = f"{endpoint} cannot answer now (HTTP {status}{quoted}); try again {wait}"
        return Passing(reason, after=after)
    reason = f"{endpoint} refuses the request (HTTP {status}{quoted}); change message or model"
    return ModelError(reason)


def unreachable(endpoint: str) -> Passing:
    """Return the failure of a connection that was refused or broke off."""
    return Passing(f"{endpoint} cannot be reached; see that it runs, and try again")


def cut(endpoint: str) -> Passing:
    """Return the failure of an answer that ended before its end."""
    return Passing(f"{endpoint} broke off in the middle of the answer; try again")


def broken(endpoint: str, said: str = "") -> Passing:
    """Return the failure of an endpoint that says something else than the protocol."""
    quoted = f": {said}" if said else ""
    return Passing(f"{endpoint} sent no proper answer{quoted}; try again, or another model")


def too_slow(endpoint: str, seconds: float, what: str) -> Passing:
    """Return the failure of an endpoint that let a time limit pass."""
    reason = (
        f"{endpoint} took more than {seconds:g} s {what};"
        " try again, or raise `timeouts` in the model's entry"
    )
    return Passing(reason, "LLM_TIMEOUT")


def quoted(text: str, secret: str) -> str:
    """Return what of an endpoint's own text can be shown: short, one line, without any `secret`."""
    clean = " ".join((text.replace(secret, "…") if secret else text).split())
    return clean if len(clean) <= _QUOTE_LIMIT else f"{clean[: _QUOTE_LIMIT - 1]}…"
