"""What a client asks a gateway beside the chat, and the answers; one type each.

Some answers name the question as `requestId` and others as `id`: each type says which.
"""

from msgspec import Struct


class UsageQuery(
    Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="usage.query"
):
    """Ask what was consumed, in one session or in all."""

    id: str
    session_id: str | None = None


class ModelUsage(Struct, frozen=True, rename="camel"):
    """What one model has consumed; the cost is in US dollars."""

    input_tokens: float = 0
    output_tokens: float = 0
    total_tokens: float = 0
    total_cost: float = 0.0
    request_count: float = 0


class UsageTotal(Struct, frozen=True, rename="camel"):
    """What all models have consumed."""

    total_cost: float = 0.0
    total_tokens: float = 0
    request_count: float = 0


class UsageReport(Struct, frozen=True, rename="camel", tag_field="type", tag="usage.report"):
    """Answers a `UsageQuery` as `request_id`."""

    request_id: str
    per_model: dict[str, ModelUsage] = {}
    grand_total: UsageTotal = UsageTotal()


class ContextInspect(Struct, frozen=True, rename="camel", tag_field="type", tag="context.inspect"):
    """Ask what a session puts before the model."""

    id: str
    session_id: str


class ContextSection(Struct, frozen=True, rename="camel"):
    """A part of what the model reads: its size in bytes, and its estimated tokens and cost."""

    name: str
    content: str = ""
    byte_count: float = 0
    token_estimate: float = 0
    cost_estimate: float = 0.0


class ContextTotals(Struct, frozen=True, rename="camel"):
    """The sum over all sections."""

    byte_count: float = 0
    token_estimate: float = 0
    cost_estimate: float = 0.0


class ContextInspection(
    Struct, frozen=True, rename="camel", tag_field="type", tag="context.inspection"
):
    """Answers a `ContextInspect` as `request_id`."""

    request_id: str
    sections: tuple[ContextSection, ...] = ()
    totals: ContextTotals = ContextTotals()


class ProviderModelsRequest(
    Struct, frozen=True, rename="camel", tag_field="type", tag="provider.models.list"
):
    """Ask which models a provider has."""

    id: str
    provider: str


class ProviderModel(Struct, frozen=True, rename="camel"):
    """A model of a provider."""

    model_id: str
    name: str = ""
    tier: str | None = None


class ProviderModels(
    Struct, frozen=True, rename="camel", tag_field="type", tag="provider.models.list.result"
):
    """Answers a `ProviderModelsRequest` as `id`."""

    id: str
    provider: str
    models: tuple[ProviderModel, ...] = ()


class VaultKeysRequest(Struct, frozen=True, rename="camel", tag_field="type", tag="vault.keys.list"):
    """Ask which providers have a key."""

    id: str


class ProviderKey(Struct, frozen=True, rename="camel"):
    """A provider, and whether its key is set."""

    provider: str
    configured: bool = False


class VaultKeys(
    Struct, frozen=True, rename="camel", tag_field="type", tag="vault.keys.list.result"
):
    """Answers a `VaultKeysRequest` as `id`."""

    id: str
    providers: tuple[ProviderKey, ...] = ()


class GatewayStatusRequest(
    Struct, frozen=True, rename="camel", tag_field="type", tag="gateway.status"
):
    """Ask how the gateway is."""

    id: str


class GatewayStatusReport(
    Struct, frozen=True, rename="camel", tag_field="type", tag="gateway.status.result"
):
    """Answers a `GatewayStatusRequest` as `id`; `uptime` is in seconds."""

    id: str
    uptime: float = 0.0
    port: int = 0
    pid: int = 0
    connections: int = 0
    sessions: int = 0
    providers: tuple[str, ...] = ()
    version: str | None = None


class ModelSwitch(Struct, frozen=True, rename="camel", tag_field="type", tag="chat.model.switch"):
    """Have another model answer in a session from now on."""

    id: str
    session_id: str
    new_model: str
    keep_context: bool = True


class ModelSwitched(
    Struct, frozen=True, rename="camel", tag_field="type", tag="chat.model.switched"
):
    """Answers a `ModelSwitch` as `id`. The session may be one that is not open here."""

    id: str
    session_id: str
    new_model: str
    preserved: bool = True
