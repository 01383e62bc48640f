"""Addresses: which can be dialled, and what is said of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect_core import InvalidURL, Session, check_url
from reconnect_core.rules.address import is_loopback


@pytest.mark.parametrize(
    ("url", "gateway"),
    [
        ("ws://127.0.0.1:3271/gateway", "127.0.0.1:3271"),
        ("wss://chat.example", "chat.example:443"),
        ("ws://chat.example/a?b=c", "chat.example:80"),
        ("ws://[::1]:3271/gateway", "[::1]:3271"),
        ("WS://Chat.Example:9/", "chat.example:9"),
        ("wss://bücher.example/", "bücher.example:443"),
    ],
)
def test_an_address_that_can_be_dialled_names_its_gateway(url: str, gateway: str) -> None:
    assert check_url(url) == gateway


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "localhost:3271/gateway",
        "http://127.0.0.1:3271/gateway",
        "https://127.0.0.1/",
        "//host/",
        "ws://",
        "ws:///gateway",
        "ws://:3271/",
        "ws://host:0/",
        "ws://host:65536/",
        "ws://host:secret/",
        "ws://[::1/",
        "ws://host/#part",
        "ws://ho st/",
        "ws://host/a b",
        "ws://host/\r\nAuthorization: x",
        "ws://host/\ud800",
        " ws://host/",
        "ws://host\n",
        "ws://a..b/",
        f"ws://{'a' * 64}.example/",
        "ws://user:secret@host/",
        "ws://secret@host/",
    ],
)
def test_an_address_that_cannot_be_dialled_is_refused_with_what_is_expected(url: str) -> None:
    with pytest.raises(InvalidURL, match="expected ws://HOST") as caught:
        Session(url)
    assert "secret" not in str(caught.value)


def test_the_refusal_of_another_scheme_names_it() -> None:
    with pytest.raises(InvalidURL, match="did you mean ws://host") as caught:
        Session("http://host/?token=secret")
    assert "secret" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_an_invalid_url(text: str) -> None:
    for url in (text, f"ws://{text}", f"wss://host:{text}", f"ws://host/{text}"):
        try:
            check_url(url)
        except InvalidURL:
            continue
        assert is_loopback(url) in {True, False}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "[::1]", "localhost", "LOCALHOST"])
def test_this_machine_has_several_names(host: str) -> None:
    assert is_loopback(f"ws://{host}:1/")


@pytest.mark.parametrize("host", ["10.0.0.1", "x.localhost", "localhost.example", "127.0.0.1.nip"])
def test_other_names_may_lead_elsewhere(host: str) -> None:
    assert not is_loopback(f"ws://{host}:1/")
