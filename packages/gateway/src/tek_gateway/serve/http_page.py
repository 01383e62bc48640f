"""A page that the gateway serves over HTTP, and who requests it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class HttpPage:
    """A response for people and programs that monitor the gateway."""

    text: str
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True)
class PageRequester:
    """Whether the requester may see details, and the number of open `connections`."""

    is_trusted: bool
    connections: int


FindPage: TypeAlias = Callable[[str, PageRequester], Awaitable[HttpPage | None]]
"""Returns the page at a path, if there is one."""

TOKEN_REQUIRED = "This gateway requires a valid token.\n"  # noqa: S105 - a sentence, not a token
