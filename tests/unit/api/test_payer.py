"""Which address a request is charged to."""

from __future__ import annotations

import pytest

from veriwatt.api.resources.payer import address_of

PROXY = "10.0.0.9"


@pytest.mark.parametrize(
    ("socket", "forwarded", "charged"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.5", "192.0.2.7"),  # claimed by someone who is no proxy
        (PROXY, "203.0.113.5", "203.0.113.5"),
        (PROXY, "198.51.100.1, 203.0.113.5", "203.0.113.5"),  # the first is the client's own claim
        (PROXY, "", PROXY),
        (PROXY, "nobody", PROXY),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("2001:db8:1:2::99", "", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
        ("::1", "", "::1"),
    ],
)
def test_a_request_is_charged_to_its_address_and_to_a_forwarded_one_only_behind_a_named_proxy(
    socket: str, forwarded: str, charged: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert address_of({"type": "http", "client": (socket, 1), "headers": headers}, [PROXY]) == charged


def test_what_a_peer_sent_in_a_field_line_of_its_own_is_not_what_the_proxy_says() -> None:
    headers = [(b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-for", b"192.0.2.7")]
    assert address_of({"type": "http", "client": (PROXY, 1), "headers": headers}, [PROXY]) == "192.0.2.7"
