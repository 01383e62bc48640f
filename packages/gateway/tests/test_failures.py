"""What the user is told of an endpoint that fails."""

import pytest

from tek_gateway.models import failures
from tek_gateway.models.failures import Passing


@pytest.mark.parametrize(
    ("status", "code", "passes", "mend"),
    [
        (400, "LLM_ERROR", False, "Shorten it or choose another model"),
        (401, "PROVIDER_NOT_CONFIGURED", False, "Check the key in gateway.toml"),
        (403, "PROVIDER_NOT_CONFIGURED", False, "Check the key in gateway.toml"),
        (404, "PROVIDER_NOT_CONFIGURED", False, "Install the model there"),
        (408, "LLM_ERROR", True, "Try again in a moment"),
        (429, "LLM_ERROR", True, "Try again in a moment"),
        (500, "LLM_ERROR", True, "Try again in a moment"),
        (503, "LLM_ERROR", True, "Try again in a moment"),
    ],
)
def test_a_status_has_a_code_and_a_mend(status: int, code: str, mend: str, *, passes: bool) -> None:
    failure = failures.by_status(status, "host:1", "small", "why", None)

    assert (failure.code, isinstance(failure, Passing)) == (code, passes)
    assert mend in str(failure)
    assert "host:1" in str(failure)


def test_what_an_endpoint_says_of_a_key_is_not_repeated() -> None:
    assert "sk-1" not in str(failures.by_status(401, "host", "small", "wrong key sk-1", None))


def test_who_says_when_to_come_back_is_quoted() -> None:
    failure = failures.by_status(429, "host", "small", "slow down", 12.0)

    assert isinstance(failure, Passing)
    assert failure.after == 12
    assert "(HTTP 429: slow down). Try again in 12 s" in str(failure)


def test_a_quotation_is_one_short_line_without_the_secret() -> None:
    assert failures.quoted("a\n key sk-1 \n b", "sk-1") == "a key … b"
    assert len(failures.quoted("x" * 1000, "sk-1")) == 150
    assert failures.quoted("none is there", "") == "none is there"
