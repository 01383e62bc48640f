"""Standard input, whatever it is, comes in line by line."""

import os
from contextlib import aclosing
from pathlib import Path

import pytest

from tek_desktop.qt.stdin_script import read_lines
from tek_testing.deadlines import deadline


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"one\ntwo\n", ["one", "two"], id="lines"),
        pytest.param(b"one\n\ntwo", ["one", "", "two"], id="no line end at the end"),
        pytest.param(b"one\r\n\r\n", ["one", ""], id="Windows"),
        pytest.param("grüß dich\n".encode(), ["grüß dich"], id="UTF-8"),
        pytest.param(b"\xff\n", ["\ufffd"], id="no UTF-8"),
        pytest.param(b"x" * 200_000 + b"\n", ["x" * 200_000], id="a long line"),
    ],
)
async def test_a_file_is_read_to_its_end(tmp_path: Path, written: bytes, lines: list[str]) -> None:
    script = tmp_path / "script"
    script.write_bytes(written)
    with script.open("rb") as file:
        async with deadline():
            assert [each async for each in read_lines(file.fileno())] == lines


async def test_a_pipe_gives_a_line_as_soon_as_it_is_whole() -> None:
    output, source = os.pipe()
    async with deadline(), aclosing(read_lines(output)) as lines:
        first, second = "gr\u00fc\u00df".encode(), b" dich\n"
        os.write(source, first[:3])  # in the middle of a character
        os.write(source, first[3:] + second + b"rest")
        assert await anext(lines) == "grüß dich"
        os.close(source)
        assert [each async for each in lines] == ["rest"]
    os.close(output)
