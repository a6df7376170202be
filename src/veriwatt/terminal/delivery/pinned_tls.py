"""TLS to the log host: by the authorities this machine trusts, or by the one certificate that terminal.toml pins."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from typing import Any

import certifi

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.tls_certificate import fingerprint_text
from veriwatt.errors import NotProven
from veriwatt.ids import Digest
from veriwatt.model.terminals.admission import protocol_of


class WrongCertificate(NotProven):
    """The log host shows another certificate than the pinned one, or one of an authority this machine does not know."""

    code = "wrong-certificate"

    def __init__(self, *, found: str, expected: str) -> None:
        super().__init__(
            f"the log host shows the certificate {found}, expected was {expected}; nothing was sent. Compare with "
            "`veriwatt node certificate` at the node, and write `fingerprint` in terminal.toml only if it is that one"
        )
        self.found, self.expected = found, expected


class AdmittedContext(ssl.SSLContext):
    """Shows the newest admission that the log host gave, as one more protocol of each handshake."""

    admission = ""

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        shown = [protocol_of(self.admission)] if self.admission else []
        super().set_alpn_protocols([*alpn_protocols, *shown])


def tls_context(pinned: Digest | None) -> AdmittedContext:
    """A client's context for TLS 1.3; with `pinned`, no other certificate is taken and its names and end do not count.

    A handshake with another certificate raises WrongCertificate before a byte of a request is sent.
    """
    if pinned is None:
        context = AdmittedContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        context.load_verify_locations(file or (None if folder else certifi.where()), None if file else folder)
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


class _PinnedContext(AdmittedContext):
    sslsocket_class: Any = _PinnedSocket
    pinned: Digest

    @classmethod
    def to(cls, pinned: Digest) -> _PinnedContext:
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the fingerprint stands for both
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.pinned = pinned
        return context
