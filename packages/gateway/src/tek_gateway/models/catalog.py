"""The models that a gateway can be started with, by name. It must never import one's library."""

from collections.abc import Callable

from tek_gateway.models import Model
from tek_gateway.models.echo import EchoModel

MODELS: dict[str, Callable[[], Model]] = {"echo": EchoModel}
