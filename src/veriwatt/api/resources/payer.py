"""Who is charged: an address, or a terminal that has proven itself.

The guard puts the address into the scope of each request (`address_of`); all that charges asks `peer_of` for it, or
`payer_of` where the terminal of a proven connection pays for itself.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import Scope

from veriwatt.api.resources.connection import connection_of


class Payer(NamedTuple):
    """One payer; `proven` payers are terminals whose key signed what is charged, and have budgets of their own.

    `again` is one more payer for each of them: of its newest frame once more, which whoever saw it can send too.
    """

    name: str
    proven: bool = False
    again: bool = False


def payer_of(scope: Scope) -> Payer:
    """Who pays for a request: the terminal that its connection proved, else its address."""
    terminal = connection_of(scope).terminal
    return Payer(terminal, proven=True) if terminal else Payer(peer_of(scope))


def peer_of(scope: Scope) -> str:
    """The address of a request, as the guard found it; before that, the socket's own. Empty for none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def address_of(scope: Scope, proxies: Collection[str]) -> str:
    """The address from which a request came: what a named proxy says, else that of the socket; empty for neither."""
    direct = peer_of(scope)
    if direct in proxies:
        return charged(said_by_proxy(scope, "x-forwarded-for")) or direct
    return charged(direct) or direct


def said_by_proxy(scope: Scope, header: str) -> str:
    """The last value of a header, over all its field lines: a proxy adds its own after what the peer sent."""
    return ",".join(Headers(scope=scope).getlist(header)).rpartition(",")[2].strip()


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
