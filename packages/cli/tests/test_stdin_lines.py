"""Lines of a descriptor."""

import os

from tek_cli.line.stdin_lines import read_lines
from tek_testing.deadlines import deadline


async def _lines_of(*chunks: bytes) -> list[str]:
    reading, writing = os.pipe()
    found: list[str] = []
    left = list(chunks)
    try:
        os.write(writing, left.pop(0))
        if not left:
            os.close(writing)
        async with deadline():
            async for line in read_lines(reading):
                found.append(line)
                if left:
                    os.write(writing, left.pop(0))
                    if not left:
                        os.close(writing)
    finally:
        os.close(reading)
    return found


async def test_lines_come_without_their_ends() -> None:
    assert await _lines_of(b"one\ntwo\r\n\n three \nlast") == ["one", "two", "", " three ", "last"]


async def test_a_line_comes_before_the_next_one_is_written() -> None:
    assert await _lines_of(b"one\n", b"two\n", b"three\n") == ["one", "two", "three"]


async def test_a_character_may_come_in_pieces() -> None:
    assert await _lines_of(b"one\n\xc3", b"\xb6\n") == ["one", "ö"]


async def test_what_is_no_text_is_replaced() -> None:
    assert await _lines_of(b"a\xffb\n") == ["a\ufffdb"]


async def test_a_descriptor_that_cannot_be_read_has_no_lines() -> None:
    async with deadline():
        assert [line async for line in read_lines(os.open("/", os.O_RDONLY))] == []
