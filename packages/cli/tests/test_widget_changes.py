"""Which widgets are removed and added from one view to the next."""

from hypothesis import given
from hypothesis import strategies as st

from tek_chat import Delivery, Exchange, Item, Kind, Notice
from tek_cli.screen.widget_changes import item_keys, widget_change


def test_what_changes_keeps_its_place_and_what_is_new_gets_one() -> None:
    assert widget_change(["a", "b"], ["a", "b", "c"]).added == (("b", (2,)),)
    assert widget_change(["a", "b", "c"], ["a", "c"]).removed == ("b",)
    assert widget_change([], ["a", "b"]).added == ((None, (0, 1)),)
    assert widget_change(["b"], ["a", "b", "c"]).added == ((None, (0,)), ("b", (2,)))
    nothing = widget_change(["a"], ["a"])
    assert (nothing.removed, nothing.added) == ((), ())


def test_what_changes_indices_begins_again() -> None:
    swapped = widget_change(["a", "b"], ["b", "a"])
    assert (swapped.removed, swapped.added) == (("a", "b"), ((None, (0, 1)),))


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True))
def test_a_change_leads_from_one_list_to_the_other(old: list[int], new: list[int]) -> None:
    changed = widget_change(old, new)
    there: list[object] = [key for key in old if key not in changed.removed]
    for before, indices in changed.added:
        at = 0 if before is None else there.index(before) + 1
        there[at:at] = [new[index] for index in indices]
    assert there == new


def test_no_two_items_have_the_same_key() -> None:
    items: list[Item] = [Notice(Kind.ERROR, "x"), Exchange("a", "hi"), Notice(Kind.ERROR, "x")]
    assert len(set(item_keys(items))) == 3
    assert item_keys(items) == item_keys(
        [*items[:1], Exchange("a", "hi", Delivery.SENT), *items[2:]]
    )
