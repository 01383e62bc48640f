"""What an agent does beside the text of its answer, and what it asks of the user; one type each.

The names are those of the original gateway's schema. `Raw` holds any JSON value as it came. Sizes
are not bounded here beyond the frame: whoever shows a value bounds it.
"""

from typing import Literal, TypeAlias

from msgspec import Raw, Struct

NULL = Raw(b"null")

Risk: TypeAlias = Literal["low", "medium", "high"]

# ---- Tools -----------------------------------------------------------------------------------


class ToolCall(Struct, frozen=True, rename="camel", tag_field="type", tag="tool.call"):
    """A tool starts, with its arguments."""

    request_id: str
    tool_call_id: str
    tool_name: str
    args: Raw = NULL


class ToolResult(Struct, frozen=True, rename="camel", tag_field="type", tag="tool.result"):
    """A tool has ended well."""

    request_id: str
    tool_call_id: str
    tool_name: str
    result: Raw = NULL


class ToolError(Struct, frozen=True, rename="camel", tag_field="type", tag="tool.error"):
    """A tool has failed, or was denied."""

    request_id: str
    tool_call_id: str
    tool_name: str
    error: str = ""


class ToolApprovalRequest(
    Struct, frozen=True, rename="camel", tag_field="type", tag="tool.approval.request"
):
    """May this tool run? Unanswered for 60 seconds, the gateway denies it."""

    request_id: str
    tool_call_id: str
    tool_name: str
    args: Raw = NULL
    risk: Risk | None = None


class SubprocessStart(
    Struct, frozen=True, rename="camel", tag_field="type", tag="subprocess.start"
):
    """A process of the agent starts. A tool's run is reported twice: here, and as `tool.call`."""

    request_id: str
    process_id: str
    name: str
    process_type: Literal["tool", "sub-agent", "workflow"] = "tool"


class SubprocessLog(Struct, frozen=True, rename="camel", tag_field="type", tag="subprocess.log"):
    """A process of the agent has written a line."""

    request_id: str
    process_id: str
    level: Literal["info", "warn", "error"] = "info"
    message: str = ""
    timestamp: Raw = NULL


class SubprocessEnd(Struct, frozen=True, rename="camel", tag_field="type", tag="subprocess.end"):
    """A process of the agent has ended; `duration_ms` is in milliseconds."""

    request_id: str
    process_id: str
    status: Literal["completed", "error"] = "completed"
    duration_ms: float = 0
    result: Raw = NULL


# ---- Before and beside the answer ------------------------------------------------------------


class PreflightStep(Struct, frozen=True, rename="camel"):
    """A step that the agent plans."""

    description: str
    tool_name: str | None = None
    risk: Risk = "low"
    needs_approval: bool = False


class EstimatedCost(Struct, frozen=True):
    """What the plan is expected to consume: tokens, and US dollars."""

    inputTokens: float = 0  # noqa: N815 - `estimatedUSD` fits no renaming rule
    outputTokens: float = 0  # noqa: N815
    estimatedUSD: float = 0.0  # noqa: N815


class PreflightChecklist(
    Struct, frozen=True, rename="camel", tag_field="type", tag="preflight.checklist"
):
    """What the agent plans; nothing follows before a `PreflightApproval`."""

    request_id: str
    steps: tuple[PreflightStep, ...] = ()
    estimated_cost: EstimatedCost = EstimatedCost()
    required_permissions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class FailureDetected(
    Struct, frozen=True, rename="camel", tag_field="type", tag="failure.detected"
):
    """The agent seems to be stuck."""

    request_id: str
    pattern: str
    description: str = ""
    suggested_action: str = ""
    affected_tool: str | None = None


class TodoItem(Struct, frozen=True, rename="camel"):
    """A line of the agent's plan; `active_form` says it while it is being done."""

    id: str
    content: str
    status: Literal["pending", "in_progress", "completed"] = "pending"
    active_form: str | None = None


class TodoUpdate(Struct, frozen=True, rename="camel", tag_field="type", tag="todo.update"):
    """The agent's whole plan as it is now. `request_id` may be that of an earlier request."""

    request_id: str
    todos: tuple[TodoItem, ...] = ()


class HeartbeatCheck(Struct, frozen=True, rename="camel"):
    """One of the gateway's own periodic checks."""

    description: str
    action_needed: bool = False
    details: str | None = None


class HeartbeatAlert(Struct, frozen=True, rename="camel", tag_field="type", tag="heartbeat.alert"):
    """The gateway's periodic checks need attention. It belongs to no request."""

    checks: tuple[HeartbeatCheck, ...] = ()
    timestamp: Raw = NULL


class WorkflowApprovalRequest(
    Struct, frozen=True, rename="camel", tag_field="type", tag="workflow.approval.request"
):
    """May this step of a workflow run?"""

    execution_id: str
    workflow_id: str
    step_id: str
    step_description: str = ""
    args: Raw = NULL


class WorkflowStatus(Struct, frozen=True, rename="camel", tag_field="type", tag="workflow.status"):
    """How far a workflow has come."""

    execution_id: str
    workflow_id: str
    status: Literal["running", "paused", "completed", "failed"]
    current_step_id: str | None = None
    step_results: Raw = NULL


class SoulEvolutionProposal(
    Struct, frozen=True, rename="camel", tag_field="type", tag="soul.evolution.propose"
):
    """The agent proposes to change one section of a file that describes it."""

    request_id: str
    file: str
    section: str
    current_content: str = ""
    proposed_content: str = ""
    reason: str = ""


# ---- What the user answers -------------------------------------------------------------------


class EditedStep(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A planned step as the user wants it; `skip` leaves it out."""

    description: str
    tool_name: str | None = None
    skip: bool | None = None


class PreflightApproval(
    Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    tag_field="type",
    tag="preflight.approval",
):
    """Answers a `PreflightChecklist`; a denial ends the request with `PREFLIGHT_REJECTED`."""

    id: str
    request_id: str
    approved: bool
    edited_steps: tuple[EditedStep, ...] | None = None


class ToolApprovalResponse(
    Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    tag_field="type",
    tag="tool.approval.response",
):
    """Answers a `ToolApprovalRequest`; `session_approve` allows the tool for this session."""

    id: str
    tool_call_id: str
    approved: bool
    session_approve: bool | None = None


class WorkflowApproval(
    Struct, frozen=True, rename="camel", tag_field="type", tag="workflow.approval"
):
    """Answers a `WorkflowApprovalRequest`."""

    id: str
    execution_id: str
    step_id: str
    approved: bool


class SoulEvolutionResponse(
    Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    tag_field="type",
    tag="soul.evolution.response",
):
    """Answers a `SoulEvolutionProposal`."""

    id: str
    request_id: str
    approved: bool
    edited_content: str | None = None
