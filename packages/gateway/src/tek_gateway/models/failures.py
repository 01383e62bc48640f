"""What an endpoint's failure means to the user: a code, the cause, and what to do.

No text here contains an API key, even one that the endpoint repeats.
"""

from tek_gateway.errors import ModelError

BUSY = frozenset({408, 409, 425, 429})
"""HTTP statuses that can pass, beside those from 500 on."""

_SERVER_ERROR = 500
_QUOTE_LIMIT = 150
"""Characters of an endpoint's own text that are shown."""


class Passing(ModelError):
    """A failure worth a retry, `after` seconds if the endpoint said so, else None."""

    def __init__(self, reason: str, code: str = "LLM_ERROR", after: float | None = None) -> None:
        super().__init__(reason, code)
        self.after = after


def not_configured(reason: str) -> ModelError:
    """Return the failure of a model whose entry has to be corrected."""
    return ModelError(reason, "PROVIDER_NOT_CONFIGURED")


def by_status(status: int, endpoint: str, model: str, said: str, after: float | None) -> ModelError:
    """Return the failure for an HTTP status; `said` is the endpoint's text, without secrets."""
    if status in {401, 403}:
        reason = f"{endpoint} rejected the API key (HTTP {status}). Check the key in gateway.toml."
        return not_configured(reason)
    if status == 404:  # noqa: PLR2004 - HTTP
        reason = (
            f"{endpoint} does not have {model!r} (HTTP 404). Install the model there,"
            " or correct its entry in gateway.toml."
        )
        return not_configured(reason)
    quoted = f": {said}" if said else ""
    if status in BUSY or status >= _SERVER_ERROR:
        wait = "in a moment" if after is None else f"in {after:.0f} s"
        reason = f"{endpoint} reported an error (HTTP {status}{quoted}). Try again {wait}."
        return Passing(reason, after=after)
    reason = (
        f"{endpoint} rejected this message (HTTP {status}{quoted})."
        " Shorten it or choose another model."
    )
    return ModelError(reason)


def unreachable(endpoint: str) -> Passing:
    """Return the failure of a connection that was refused or lost."""
    return Passing(f"Can't reach {endpoint}. Is the model server running?")


def cut(endpoint: str) -> Passing:
    """Return the failure of an answer that was cut off."""
    return Passing(f"{endpoint} ended the connection in the middle of the answer. Try again.")


def broken(endpoint: str, said: str = "") -> Passing:
    """Return the failure of an endpoint whose response cannot be read."""
    quoted = f": {said}" if said else ""
    return Passing(
        f"{endpoint} sent a response that cannot be read{quoted}."
        " Try again, or choose another model."
    )


def too_slow(endpoint: str, seconds: float, what: str) -> Passing:
    """Return the failure of an endpoint that exceeded a time limit."""
    reason = (
        f"{endpoint} took more than {seconds:g} s {what}."
        " Try again, or raise `timeouts` in the model's entry."
    )
    return Passing(reason, "LLM_TIMEOUT")


def quoted(text: str, secret: str) -> str:
    """Return an endpoint's text as it may be shown: short, in one line, without `secret`."""
    clean = " ".join((text.replace(secret, "…") if secret else text).split())
    return clean if len(clean) <= _QUOTE_LIMIT else f"{clean[: _QUOTE_LIMIT - 1]}…"
