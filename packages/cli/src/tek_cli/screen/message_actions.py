"""What the user does with messages and answers: send again, edit, discard, stop, decide."""

from collections.abc import Callable
from functools import partial

from reconnect_core import NotQueued
from tek_chat import Approval, Client, Exchange, Question
from tek_chat.view.items import ASIDE
from tek_cli.screen.composer_area import ComposerArea
from tek_protocol.chat import Decision


class MessageActions:
    """Has `client` carry them out; a message that is not sent goes back into `composer`."""

    def __init__(self, client: Client, composer: ComposerArea, tell: Callable[[str], None]) -> None:
        self._client, self._composer, self._tell = client, composer, tell

    def submit(self, text: str) -> None:
        """Send `text` once earlier orders have run."""
        self._client.order(partial(self._submit, text))

    async def _submit(self, text: str) -> None:
        try:
            await self._client.submit(text)
        except NotQueued:
            self._composer.give_back(text)
            raise

    def retry(self, exchange: Exchange) -> None:
        """Send a failed or uncertain message again."""
        self._client.order(partial(self._client.retry, exchange.id))

    def retry_all(self) -> None:
        """Send every failed or uncertain message again."""
        self._client.order(self._retry_all)

    async def _retry_all(self) -> None:
        aside = [each for each in self._client.view.exchanges if each.delivery in ASIDE]
        if not aside:
            self._tell("No failed or uncertain messages")
        for exchange in aside:
            await self._client.retry(exchange.id)

    def discard(self, exchange: Exchange) -> None:
        """Remove a message that is not being sent or answered."""
        self._client.order(partial(self._discard, exchange))

    async def _discard(self, exchange: Exchange) -> None:
        self._client.discard(exchange.id)

    def edit(self, exchange: Exchange) -> None:
        """Move a message that is not being sent or answered back into the draft."""
        self._client.order(partial(self._edit, exchange))

    async def _edit(self, exchange: Exchange) -> None:
        self._client.discard(exchange.id)
        if self._client.view.exchange(exchange.id) is None:
            self._composer.give_back(exchange.text)
            self._composer.focus()

    def carry_over(self) -> None:
        """Send the messages of a lost session to this one."""
        if self._client.view.left_behind:
            self._client.order(self._client.carry_over)
        else:
            self._tell("No session was lost here")

    def stop(self) -> None:
        """Stop the answer now: an order could wait for a gateway that is away."""
        self._client.request(self._client.stop)

    def decide(self, question: Question, decision: Decision) -> None:
        """Answer what a tool or a checklist asks."""
        self._client.order(partial(self._decide, question, decision))

    async def _decide(self, question: Question, decision: Decision) -> None:
        if isinstance(question, Approval):
            self._client.decide(question.id, decision)
        else:
            self._client.confirm(question.id, accepted=decision != "deny")
