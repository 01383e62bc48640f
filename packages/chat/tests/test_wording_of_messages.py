"""What can be done with a message, and what is said of an answer."""

import pytest

from reconnect_core import Connection, NotSaved, Phase
from tek_chat import Answer, Delivery, Exchange, View
from tek_chat.view import wording
from tek_protocol import chat

RESUMES = Connection(Phase.ONLINE, resumes=True)
DUE = (Exchange("a", "x", Delivery.ACCEPTED),)


@pytest.mark.parametrize(
    ("delivery", "again", "back"),
    [
        (Delivery.QUEUED, False, True),
        (Delivery.SENT, False, False),
        (Delivery.ACCEPTED, False, False),
        (Delivery.ANSWERED, False, False),
        (Delivery.UNCERTAIN, True, True),
        (Delivery.FAILED, True, True),
    ],
)
def test_only_what_is_not_under_way_is_in_the_users_hands(
    delivery: Delivery, *, again: bool, back: bool
) -> None:
    exchange = Exchange("a", "x", delivery)
    assert wording.is_aside(exchange) is again
    assert wording.can_be_taken_back(exchange) is back


@pytest.mark.parametrize(
    ("connection", "items", "can"),
    [
        (RESUMES, DUE, True),
        (RESUMES, (), False),
        (Connection(Phase.ONLINE), DUE, False),
        (Connection(Phase.WAITING, resumes=True), DUE, False),
    ],
)
def test_an_answer_is_stopped_where_the_gateway_can(
    connection: Connection, items: tuple[Exchange, ...], *, can: bool
) -> None:
    assert wording.can_stop(View(connection, items=items)) is can


@pytest.mark.parametrize(
    ("queued", "is_saved", "says"),
    [
        (0, True, ""),
        (0, False, ""),
        (1, True, "1 message is saved and will be sent at the next start"),
        (2, True, "2 messages are saved and will be sent at the next start"),
        (1, False, "1 message is unsent and could not be saved"),
    ],
)
def test_who_leaves_hears_what_becomes_of_waiting_messages(
    queued: int, *, is_saved: bool, says: str
) -> None:
    unsent = [Exchange(str(number), "x") for number in range(queued)]
    assert wording.farewell(View(items=unsent, is_saved=is_saved)) == says


def test_a_view_whose_journal_fails_is_not_saved() -> None:
    assert not View(is_saved=True).after(NotSaved("the disk is full")).is_saved


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer("a"), ""),
        (Answer("a", model="echo"), "echo"),
        (Answer("a", usage=chat.Usage(1_000, 200)), "1,200 tokens (1,000 in, 200 out)"),
        (Answer("a", cost=chat.Cost(total_cost=0.25)), "cost 0.25"),
    ],
)
def test_what_an_answer_took_is_told_as_far_as_it_is_known(answer: Answer, says: str) -> None:
    assert wording.consumed(answer) == says
