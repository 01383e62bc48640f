"""The models of one gateway, and which of them answers a message."""

from collections.abc import Iterator
from dataclasses import dataclass

from tek_gateway.log.message_history import CONTEXT_LIMIT
from tek_gateway.models.protocols import Closing, Described, LimitedHistory, Model
from tek_protocol.chat import Error, ModelInfo


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """`default` answers messages that name no model; the `others` can be named.

    `notice` is a sentence for the operator, logged at the start.
    """

    default: Model
    others: tuple[Model, ...] = ()
    notice: str = ""

    def __iter__(self) -> Iterator[Model]:
        """Return the models, the default first."""
        return iter((self.default, *self.others))

    @property
    def history_limit(self) -> int:
        """Return the most characters of a session's history that any model reads."""
        return max(
            model.history_limit if isinstance(model, LimitedHistory) else CONTEXT_LIMIT
            for model in self
        )

    @property
    def infos(self) -> tuple[ModelInfo, ...]:
        """Return the models as clients see them, the default first."""
        return tuple(
            ModelInfo(
                model.name,
                is_default=model is self.default,
                description=model.description if isinstance(model, Described) else "",
            )
            for model in self
        )

    def find(self, name: str | None) -> Model | None:
        """Return the model `name`; the default without a name, None if there is no such model."""
        if not name:
            return self.default
        return next((model for model in self if model.name == name), None)

    def unknown_model_error(self, request_id: str) -> Error:
        """Return the error for a message that names an unknown model."""
        names = ", ".join(repr(model.name) for model in self)
        reason = f"This gateway has no such model. It has: {names}."
        return Error("PROVIDER_NOT_CONFIGURED", reason, request_id)

    async def close(self) -> None:
        """Close the models' connections."""
        for model in self:
            if isinstance(model, Closing):
                await model.close()
