"""What the client itself knows and no connection reports; `View.after` takes these, too."""

from dataclasses import dataclass
from typing import TypeAlias

from tek_chat.view.steps_parse import Decided


@dataclass(frozen=True, slots=True)
class Warned:
    """The user has to know of a problem."""

    problem: str


ClientEvent: TypeAlias = Warned | Decided
"""`Decided`: the user has answered a pending question here."""
