"""The models of one gateway: which answers, and what a client is told of them.

It must never make a model: `catalog` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tek_gateway.log.log_rules import CONTEXT_LIMIT
from tek_gateway.models.protocols import Closing, Described, Model, Reading
from tek_protocol.chat import Error, ModelInfo


@dataclass(frozen=True, slots=True)
class Choice:
    """`default` answers messages that name no model; `others` are there to be named.

    `notice` is what whoever runs the gateway should know about that.
    """

    default: Model
    others: tuple[Model, ...] = ()
    notice: str = ""

    def __iter__(self) -> Iterator[Model]:
        """Return the models, the default first."""
        return iter((self.default, *self.others))

    @property
    def reach(self) -> int:
        """Return how many characters of a session any of them reads."""
        return max(each.reach if isinstance(each, Reading) else CONTEXT_LIMIT for each in self)

    @property
    def listed(self) -> tuple[ModelInfo, ...]:
        """Return what a client is told of them."""
        return tuple(
            ModelInfo(
                each.name,
                is_default=each is self.default,
                description=each.description if isinstance(each, Described) else "",
            )
            for each in self
        )

    def named(self, name: str | None) -> Model | None:
        """Return the model of that name, the default for none at all, None for an unknown one."""
        if not name:
            return self.default
        return next((each for each in self if each.name == name), None)

    def refusal(self, request_id: str) -> Error:
        """Return what whoever names an unknown model is told."""
        names = ", ".join(repr(each.name) for each in self)
        reason = f"this gateway has no such model; choose another, or add it there: it has {names}"
        return Error("PROVIDER_NOT_CONFIGURED", reason, request_id)

    async def close(self) -> None:
        """Give up what the models hold."""
        for each in self:
            if isinstance(each, Closing):
                await each.close()
