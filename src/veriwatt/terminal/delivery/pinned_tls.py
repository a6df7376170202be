"""TLS to the log host: by the authorities this machine trusts, or by the one certificate that terminal.toml pins."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.tls_certificate import fingerprint_text
from veriwatt.errors import NotProven
from veriwatt.ids import Digest


class WrongCertificate(NotProven):
    """The log host shows another certificate than the pinned one, or one of an authority this machine does not know."""

    code = "wrong-certificate"

    def __init__(self, *, found: str, expected: str) -> None:
        super().__init__(
            f"the log host shows the certificate {found}, expected was {expected}; nothing was sent. Compare with "
            "`veriwatt node certificate` at the node, and write `fingerprint` in terminal.toml only if it is that one"
        )
        self.found, self.expected = found, expected


def tls_context(pinned: Digest | None) -> ssl.SSLContext:
    """A client's context for TLS 1.3; with `pinned`, no other certificate is taken and its names and end do not count.

    A handshake with another certificate raises WrongCertificate before a byte of a request is sent.
    """
    if pinned is None:
        context = httpx.create_ssl_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context
    return _PinnedContext.to(pinned)


class _PinnedSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        assert isinstance(self.context, _PinnedContext)
        found = sha256(self.getpeercert(binary_form=True) or b"")
        if found != self.context.pinned:
            self.close()
            raise WrongCertificate(found=fingerprint_text(found), expected=fingerprint_text(self.context.pinned))


class _PinnedContext(ssl.SSLContext):
    sslsocket_class: Any = _PinnedSocket
    pinned: Digest

    @classmethod
    def to(cls, pinned: Digest) -> _PinnedContext:
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the fingerprint stands for both
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.pinned = pinned
        return context
