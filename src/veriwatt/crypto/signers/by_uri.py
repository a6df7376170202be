"""Open a signing key by a URI that says where its private key is.

    file:NAME      the seed with that name in the owner's key store

A scheme is a function that takes the text after the colon. A device scheme (`pkcs11:`, `tpm:`) is a file in this folder
and a line of `DEVICES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from veriwatt.crypto.signing import Signer
from veriwatt.errors import BadInput

SignerOpener: TypeAlias = Callable[[str], Signer]
"""Opens the key that the rest of a URI names; raises NotFound, or Unavailable if the device does not answer."""


DEVICES: dict[str, SignerOpener] = {}
"""The schemes for keys outside the key store; this version has none."""


def open_signer(uri: str, from_file: SignerOpener) -> Signer:
    """The signing key at `uri`.

    Args:
        uri: scheme, colon, and the text that the scheme's opener takes.
        from_file: the opener of the scheme `file:`, in the key store of the owner.

    Raises:
        BadInput: this version has no such scheme.
        NotFound, Unavailable: as the scheme's opener.
    """
    schemes, (scheme, _, rest) = {"file": from_file, **DEVICES}, uri.partition(":")
    if scheme not in schemes:
        names = ", ".join(f"{each}:" for each in sorted(schemes))
        raise BadInput(where="signing key", value=uri, why="unknown kind of signer", remedy=f"write one of {names}")
    return schemes[scheme](rest)
