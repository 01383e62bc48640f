"""What the echo model says."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tek_gateway.errors import ModelError
from tek_gateway.models.echo import COUNT_LIMIT, DELAY_LIMIT, PIECES_LIMIT, EchoModel
from tek_testing.deadlines import deadline


async def pieces(prompt: str) -> list[str]:
    return [piece async for piece in EchoModel().answer(prompt, ())]


@given(st.text().filter(lambda text: not text.startswith("/")))
def test_the_pieces_joined_are_the_prompt(prompt: str) -> None:
    assert "".join(asyncio.run(pieces(prompt))) == prompt


@pytest.mark.parametrize(
    "prompt",
    ["", " ", "a", " a", "a ", " a \n b\t", "/counting", "/", "/delayed", "/delay", "/x 1"],
)
async def test_whatever_is_no_command_is_said_again(prompt: str) -> None:
    assert "".join(await pieces(prompt)) == prompt


async def test_text_comes_word_by_word() -> None:
    assert await pieces("one  two\nthree ") == ["one", "  two", "\nthree", " "]


@pytest.mark.parametrize("prompt", ["/count 4", "/count   4  ", "/count\n4"])
async def test_a_count_is_one_number_a_piece(prompt: str) -> None:
    assert await pieces(prompt) == ["1", " 2", " 3", " 4"]


async def test_a_long_count_comes_to_its_end() -> None:
    counted = "".join(await pieces("/count 12345"))

    assert counted == " ".join(map(str, range(1, 12346)))


async def test_a_delay_stands_in_front_of_text_that_is_kept_exactly() -> None:
    assert "".join(await pieces("/delay 0  two  spaces ")) == " two  spaces "


async def test_a_delay_stands_in_front_of_a_count() -> None:
    assert await pieces("/delay 1 /count 3") == ["1", " 2", " 3"]


async def test_a_delay_lies_between_pieces() -> None:
    started = asyncio.get_running_loop().time()

    assert await pieces("/delay 20 a b c") == ["a", " b", " c"]

    assert asyncio.get_running_loop().time() - started >= 0.04


@pytest.mark.parametrize(
    "prompt",
    [
        "/count",
        "/count 0",
        "/count -1",
        "/count 1.5",
        "/count many",
        "/count 3 4",
        f"/count {COUNT_LIMIT + 1}",
        "/count " + "9" * 10_000,
        "/delay x hello",
        f"/delay {DELAY_LIMIT + 1} hello",
        "/delay 5 /count",
    ],
)
async def test_a_command_out_of_bounds_is_refused_with_its_bounds(prompt: str) -> None:
    with pytest.raises(ModelError, match=r"takes a whole number from \d+ to \d+"):
        await pieces(prompt)


async def test_a_prompt_of_very_many_words_takes_a_bounded_number_of_pieces() -> None:
    prompt = "a " * 500_000

    said = await pieces(prompt)

    assert "".join(said) == prompt
    assert len(said) <= PIECES_LIMIT + 1


async def test_no_prompt_takes_longer_than_its_length_explains() -> None:
    blank = " " * 1_000_000
    async with deadline(5):
        assert "".join(await pieces(blank)) == blank
        with pytest.raises(ModelError):
            await pieces(f"/count a{blank}b")
