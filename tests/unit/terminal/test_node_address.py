"""Whatever stands at `node` is refused with its place, or is an address that a request can be made of."""

from __future__ import annotations

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.terminal.one_point import one_point
from veriwatt.errors import BadInput, Unavailable
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.testing.actors import sim_key


def _node(url: str) -> str:
    return parse_config(one_point('type = "u32"\nkind = "register"', node=json.dumps(url))).node


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://a:x",
        "http://a:99999",
        "http://a:0",
        "http://\u202ea",
        "http://a\tb",
        "http://xn--\u00e9..a:80",
        "http://" + "a" * 64,
        "http://" + "a." * 130 + "a",
        "https://x y",
        "http://a\\b",
        "http://a..b",
        "http://.",
        "http://a/b?c",
        "http://a/#d",
        "http://[::g]",
        "http://999.1.1.1",
        "ftp://a",
        "a:80",
        "http://",
        "",
    ],
)
def test_an_address_that_no_request_can_be_made_of_is_refused_with_its_place(url: str) -> None:
    with pytest.raises(BadInput, match=r"\[terminal\] node"):
        _node(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://node.example:8443",
        "http://localhost/",
        "http://127.0.0.1:1/under/a/path",
        "http://[::1]:8000",
        "http://my_host.lan.",
        "http://例子.中国:8000",
        "http://" + "a" * 63,
    ],
)
def test_addresses_of_hosts_are_taken_as_they_are(url: str) -> None:
    assert _node(url) == url


@given(st.text(max_size=20), st.sampled_from(["http://", "https://", "HTTP://a", "http://a:", "http://[", ""]))
def test_any_text_is_refused_or_can_be_asked(text: str, begins: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        request.url.raw_host.decode("ascii").encode("idna")  # as a socket takes it
        raise httpx.ConnectError("nobody listens")

    try:
        node = _node(begins + text)
    except BadInput:
        return
    with (
        HttpLogHostClient(node, "chain", "o", sim_key("log").public, httpx.MockTransport(refuse)) as client,
        pytest.raises(Unavailable),
    ):
        client.root_log()
