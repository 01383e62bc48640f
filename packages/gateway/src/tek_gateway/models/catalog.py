"""The models of a gateway, from its command line and its settings."""

import os

from tek_gateway.config_file import Configuration, Endpoint, Key, is_base_url
from tek_gateway.errors import CannotStart
from tek_gateway.models.choice import ModelChoice
from tek_gateway.models.echo import EchoModel
from tek_gateway.models.endpoint import model_at
from tek_gateway.models.ollama import endpoint_of, find_models
from tek_gateway.models.protocols import Model

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_WINDOW = 128_000

HOW = (
    "set one up: `--model ollama:NAME`, `--model openai:NAME`, or a [models] table in gateway.toml"
)

_ECHO = "echo"


async def chosen(named: str | None, configuration: Configuration) -> ModelChoice:
    """Return the models: `named` or the default of the settings first, then the others.

    Without either, the models of an Ollama that answers on this machine, else the echo. Raises
    `CannotStart` for an unknown name.
    """
    entries = configuration.models
    default = named or configuration.model or next(iter(entries), None)
    if default is None:
        return await _found()
    others = (model_at(name, entry) for name, entry in entries.items() if name != default)
    return ModelChoice(_made(default, configuration), tuple(others))


def _made(name: str, configuration: Configuration) -> Model:
    if (entry := configuration.models.get(name)) is not None:
        return model_at(name, entry)
    provider, _, model = name.partition(":")
    match provider:
        case "openai" if model:
            return model_at(name, _at_openai(model))
        case "ollama" if model:
            return model_at(name, endpoint_of(model))
        case "echo" if not model:
            return EchoModel()
        case _:
            known = ", ".join([*configuration.models, _ECHO, "openai:NAME", "ollama:NAME"])
            reason = f"there is no model {name!r}; choose one of {known} with --model"
            raise CannotStart(reason)


def _at_openai(model: str) -> Endpoint:
    url = os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI_URL
    if not is_base_url(url):
        reason = "OPENAI_BASE_URL is no address of an endpoint; correct it, or take it away"
        raise CannotStart(reason)
    return Endpoint(url, model=model, key=Key(env="OPENAI_API_KEY"), window=OPENAI_WINDOW)


async def _found() -> ModelChoice:
    names = await find_models()
    if not names:
        ollama = "" if names is None else "this machine's Ollama has none; "
        return ModelChoice(
            EchoModel(), notice=f"no model is set: messages are only echoed; {ollama}{HOW}"
        )
    default, *others = (model_at(f"ollama:{name}", endpoint_of(name)) for name in names)
    return ModelChoice(default, tuple(others))
