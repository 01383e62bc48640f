"""Code blocks are found by CommonMark's rules for fences."""

from tek_chat.view.markdown_fences import code_blocks


def test_code_blocks_are_found_in_order_and_the_last_may_be_open() -> None:
    assert code_blocks("a\n```py\nb\nc\n```\nd\n~~~\ne\n~~~\n") == ["b\nc", "e"]
    assert code_blocks("```\nopen\n") == ["open"]
    assert code_blocks("none `code`") == []
    assert code_blocks("````\n```\n````\n") == ["```"]
