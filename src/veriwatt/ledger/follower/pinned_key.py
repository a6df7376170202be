"""TLS to a peer whose key its node record names: no authority, name or end date is looked at, only the key."""

from __future__ import annotations

import ssl
from typing import Any

from veriwatt.crypto.tls_certificate import certificate_key
from veriwatt.errors import NotProven, Unavailable
from veriwatt.ids import Digest


class WrongPeerKey(NotProven):
    """Another TLS key than the pinned one answers at a peer's address; nothing was sent to it."""

    code = "wrong-peer-key"

    def __init__(self, *, peer: str, found: bytes, expected: bytes) -> None:
        super().__init__(
            f"the TLS key at the address of peer {peer} is {found.hex()}, its node record says {expected.hex()}; "
            "nothing was sent"
        )
        self.peer, self.found, self.expected = peer, found, expected


class NoPeerKey(Unavailable):
    """A peer is to be reached by TLS, and nothing says which key it has."""

    code = "no-peer-key"

    def __init__(self, peer: str) -> None:
        super().__init__(f"peer {peer} is to be reached by https and has no pinned key: name it beside the address")
        self.peer = peer


class _PinnedSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        assert isinstance(self.context, _PinnedContext)
        found = certificate_key(self.getpeercert(binary_form=True) or b"")
        if found != self.context.pinned:
            self.close()
            raise WrongPeerKey(peer=self.context.peer, found=found, expected=self.context.pinned)


class _PinnedContext(ssl.SSLContext):
    sslsocket_class: Any = _PinnedSocket
    pinned: Digest
    peer: str


def peer_context(peer: str, pinned: Digest | None) -> ssl.SSLContext:
    """A client's context for TLS 1.3 that takes the certificates of this one key, and no other.

    Raises:
        NoPeerKey: nothing is pinned.
    """
    if pinned is None:
        raise NoPeerKey(peer)
    context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the pinned key stands for both
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.pinned, context.peer = pinned, peer
    return context
