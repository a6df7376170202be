"""Who is charged: an address, or a terminal that has proven itself."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import Scope


class Payer(NamedTuple):
    """One payer; `proven` payers are terminals whose key signed what is charged, and have budgets of their own.

    `again` is one more payer for each of them: of its newest frame once more, which whoever saw it can send too.
    """

    name: str
    proven: bool = False
    again: bool = False


def address_of(scope: Scope, proxies: Collection[str]) -> str:
    """The address from which a request came: what a named proxy says, else that of the socket; empty for neither."""
    client = scope.get("client")
    direct = str(client[0]) if client else ""
    if direct in proxies:
        forwarded = Headers(scope=scope).get("x-forwarded-for", "").rpartition(",")[2].strip()
        return charged(forwarded) or direct
    return charged(direct) or direct


def charged(address: str) -> str:
    """The name under which an address is charged; empty if it is none.

    One host has a whole /64 network of IPv6, so the network is charged; an IPv4 address may be written as IPv6.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64)) if not found.is_loopback else str(found)
