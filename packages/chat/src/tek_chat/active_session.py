"""One session that is open: its connection, and the view that its events lead to."""

from collections.abc import Callable
from typing import TypeAlias

from reconnect_core import Event, NotQueued, RequestFailed, RequestRefused, Session
from reconnect_core.events import Discarded, Queued
from tek_chat.view.client_events import ClientEvent, Warned
from tek_chat.view.items import ASIDE
from tek_chat.view.steps import Consent
from tek_chat.view.steps_parse import Decided
from tek_chat.view.view import View
from tek_protocol import chat, encode, read_object

Decision: TypeAlias = chat.ToolApproval | chat.PreflightAnswer


class ActiveSession:
    """A session and its view, which changes by events alone.

    `changed` is called with this session after every change of the view.
    """

    def __init__(
        self, session: Session, view: View, changed: Callable[["ActiveSession"], None]
    ) -> None:
        self.session = session
        self.view = view
        self._changed = changed

    def is_at(self, session_id: str) -> bool:
        """Return whether this is the session of that id, or, for "", one without any message."""
        return self.session.session_id == session_id if session_id else self.view.is_new

    def apply(self, event: Event | ClientEvent) -> None:
        """Bring the view up to date with `event`."""
        self.view = self.view.after(event)
        self._changed(self)

    async def submit(self, text: str, model: str) -> str:
        """Queue a message and return its id; raises `NotQueued`, which the view shows as well."""
        named = {"model": model} if model else {}
        message = {"type": "chat.send", "content": text, **named}
        try:
            message_id = await self.session.send(message)
        except TypeError as error:  # text that UTF-8 cannot encode
            raise self._refused(NotQueued(str(error))) from error
        except NotQueued as error:
            raise self._refused(error) from None
        if self.view.exchange(message_id) is None:  # the session's own event may have come first
            self.apply(Queued(message_id, message))
        return message_id

    async def retry(self, message_id: str, model: str) -> None:
        """Queue an uncertain or failed message again; any other stays. Raises as `submit` does."""
        exchange = self.view.exchange(message_id)
        if exchange is None or exchange.delivery not in ASIDE:
            return
        try:
            self.session.resend(message_id)
        except KeyError:  # only the view still has it: it becomes a new message
            await self.submit(exchange.text, model)
            self.apply(Discarded(message_id))
        else:
            self.apply(Queued(message_id, {"content": exchange.text}))

    def discard(self, message_id: str) -> None:
        """Remove a message that is not being sent from the outbox and the view."""
        exchange = self.view.exchange(message_id)
        try:
            self.session.discard(message_id)
        except KeyError:  # only the view has it, or it is being sent
            if exchange is None or exchange.delivery not in ASIDE:
                return
        self.apply(Discarded(message_id))

    async def stop(self) -> None:
        """End the answer that is due, and keep its text. Raises `RequestFailed`."""
        if (due := self.view.due) is None:
            return
        if not self.session.connection.resumes:
            message = "this gateway cannot stop an answer"
            raise RequestFailed(message)
        try:
            await self.session.request({"type": "chat.stop", "requestId": due})
        except RequestRefused as refused:
            if refused.code != "TURN_NOT_FOUND":  # the turn has ended in the meantime
                raise

    def decide(self, question_id: str, state: Consent, decision: Decision) -> None:
        """Send the user's decision about a pending question on the current connection only.

        Any other question stays as it is. Raises `NotQueued` without a connection.
        """
        if all(each.id != question_id for each in self.view.pending):
            return
        try:
            self.session.signal(read_object(encode(decision)))
        except NotQueued as error:
            raise self._refused(error) from None
        self.apply(Decided(question_id, state))

    def _refused(self, error: NotQueued) -> NotQueued:
        self.apply(Warned(str(error)))
        return error
