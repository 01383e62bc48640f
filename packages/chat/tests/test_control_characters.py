"""A gateway cannot send commands to a terminal."""

from tek_chat.view.control_characters import clean


def test_control_characters_are_replaced_but_for_tab_and_newline() -> None:
    assert clean("a\x1b]52;c;evil\x07\r\n\tb\x9b") == "a�]52;c;evil�\n\tb�"
