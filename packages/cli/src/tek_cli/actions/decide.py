"""The reply to a tool that asks for approval."""

from tek_chat import Client
from tek_chat.view.steps import Approval, Question
from tek_protocol import chat


def decide(client: Client, question: Question, decision: chat.Decision) -> None:
    """Send `decision` on `question`; raises `NotQueued` when there is no connection."""
    match question:
        case Approval(id=name):
            client.decide(name, decision)
        case _:
            client.confirm(question.id, accepted=decision != "deny")
