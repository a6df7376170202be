"""Where a peer of a followed ledger is, as a line of settings: `ORG/NODE URL [TLS KEY]`."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_name
from veriwatt.model.members.node_record import check_address


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Where a peer is: the org and name of its node record, its address, the SHA-256 of its TLS key if it has one."""

    org: str
    node: str
    url: str
    tls_key: Digest | None = None

    @property
    def name(self) -> str:
        return f"{self.org}/{self.node}"

    def __str__(self) -> str:
        return f"{self.name} {self.url}" + (f" {self.tls_key.hex()}" if self.tls_key else "")


def parse_peer_address(text: str) -> PeerAddress:
    """The peer in a line of settings; raises Malformed."""
    name, _, rest = text.partition(" ")
    url, _, key = rest.partition(" ")
    org, _, node = name.partition("/")
    check_address(url)
    if url.startswith("https:") and not key:
        raise Malformed(f"{text!r} has no TLS key: `veriwatt node certificate` of that node prints it")
    return PeerAddress(
        check_name(org, "peer: org"), check_name(node, "peer: node"), url, Digest.from_hex(key) if key else None
    )
