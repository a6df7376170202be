"""A node of an org, as others find it: its addresses, the key of its TLS certificate, what it serves, its CometBFT.

node body   = [name, [address ...], TLS key | null, [service ...], p2p | null]
node record = [2, org, name, [address ...], TLS key | null, [service ...], p2p | null, height, time]

Spec: docs/spec/peers.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.units import UtcMillis

MOST_ADDRESSES = 4
MOST_ADDRESS = 255
MOST_P2P = 300
SERVICES = ("follow", "relay", "share", "store")
"""What a node may serve to others."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:]{{2,39}}\])"
_ADDRESS = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>[1-9][0-9]{{0,4}}))?")
_P2P = re.compile(rf"[0-9a-f]{{40}}@{_HOST}:(?P<port>[1-9][0-9]{{0,4}})")
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")


@dataclass(frozen=True, slots=True)
class RegisterNode:
    """Body of kind "node": what others know of a node of the signer's org from now on.

    `p2p` is NODE-ID@HOST:PORT of its CometBFT. Neither an address nor p2p withdraws it.
    """

    kind: ClassVar[str] = "node"
    name: str
    addresses: tuple[str, ...]
    tls_key: Digest | None
    services: tuple[str, ...]
    p2p: str | None = None

    def fields(self) -> list[Value]:
        return [self.name, list(self.addresses), self.tls_key, list(self.services), self.p2p]

    @classmethod
    def parse(cls, value: object) -> RegisterNode:
        return _read(Fields(value, "node", 5))


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node in the state, with the block that registered it so."""

    org: str
    node: RegisterNode
    height: int
    time: UtcMillis

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.org, *self.node.fields(), self.height, self.time])

    @classmethod
    def from_bytes(cls, raw: bytes) -> NodeRecord:
        f = Fields.versioned(decode(raw, "node record"), "node record", 9)
        return cls(f.name("org"), _read(f), f.uint("height"), f.uint("time"))


def _read(f: Fields) -> RegisterNode:
    name, addresses = f.name("name"), f.each("addresses", check_address, MOST_ADDRESSES)
    tls_key, services = f.optional(_key), f.each("services", _service, len(SERVICES))
    p2p = f.optional(check_p2p)
    if len(set(addresses)) != len(addresses):
        raise Malformed("node: an address stands twice")
    if list(services) != sorted(set(services)):
        raise Malformed("node: the services are not distinct and in alphabetical order")
    if tls_key is None and not _are_loopback(addresses):
        raise Malformed("node: an address off loopback, and no TLS key")
    return RegisterNode(name, addresses, tls_key, services, p2p)


def _are_loopback(addresses: Sequence[str]) -> bool:
    matches = [_ADDRESS.fullmatch(each) for each in addresses]
    return all(match is not None and _LOOPBACK.fullmatch(match["host"]) for match in matches)


def check_address(value: object) -> str:
    """The address of a node; raises Malformed unless it has the form that records allow."""
    match = _ADDRESS.fullmatch(value) if type(value) is str and len(value) <= MOST_ADDRESS else None
    if match is None or int(match["port"] or 1) > 0xFFFF:
        raise Malformed("node: an address is not https://HOST or https://HOST:PORT in small letters")
    if match["scheme"] == "http" and not _LOOPBACK.fullmatch(match["host"]):
        raise Malformed("node: plain http is for addresses on loopback")
    return match[0]


def check_p2p(value: object) -> str:
    """NODE-ID@HOST:PORT of a node's CometBFT; raises Malformed for any other text."""
    match = _P2P.fullmatch(value) if type(value) is str and len(value) <= MOST_P2P else None
    if match is None or int(match["port"]) > 0xFFFF:
        raise Malformed("node: p2p is not NODE-ID@HOST:PORT, the id 40 hexadecimal digits, in small letters")
    return match[0]


def _key(value: object) -> Digest:
    return Fields([value], "node", 1).digest("TLS key", Digest)


def _service(value: object) -> str:
    if type(value) is not str or value not in SERVICES:
        raise Malformed(f"node: a service is none of {' '.join(SERVICES)}")
    return value
