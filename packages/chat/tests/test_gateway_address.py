"""What a user may write for a gateway."""

import pytest

from reconnect_core import InvalidURL
from tek_chat.config.gateway_address import normal_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("ws://host", "ws://host/gateway"),
        ("ws://host/", "ws://host/gateway"),
        ("ws://host:3271", "ws://host:3271/gateway"),
        ("wss://host/other/path", "wss://host/other/path"),
        ("ws://[::1]:3271", "ws://[::1]:3271/gateway"),
        ("ws://host?room=1", "ws://host/gateway?room=1"),
    ],
)
def test_an_address_without_a_path_gets_the_gateways(text: str, url: str) -> None:
    assert normal_url(text) == url
    assert normal_url(url) == url


@pytest.mark.parametrize(
    "text",
    ["", "host:3271", "http://host", "ws://", "ws://host:port", "ws://a:secret@host", "ws://[::1"],
)
def test_what_can_be_no_address_says_what_is_expected(text: str) -> None:
    with pytest.raises(InvalidURL, match="expected ws://HOST") as caught:
        normal_url(text)
    assert "secret" not in str(caught.value)
