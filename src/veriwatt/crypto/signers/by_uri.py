"""Opening a signing key by a URI that says where its private half lives.

    file:NAME      the seed in the owner's key store, under that name

A scheme is a function of what follows its colon. Those of devices (`pkcs11:`, `tpm:`) are files of this folder and
lines of `DEVICES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from veriwatt.crypto.signing import Signer
from veriwatt.errors import BadInput

GroupOpener: TypeAlias = Callable[[str], Signer]
"""The signing key that the rest of a URI names; raises NotFound without one, Unavailable when it is out of reach."""


DEVICES: dict[str, GroupOpener] = {}
"""The schemes of keys outside the key store; this version has none."""


def open_signer(uri: str, from_file: GroupOpener) -> Signer:
    """The signing key at `uri`.

    Args:
        uri: scheme, colon, and what the scheme's opener reads.
        from_file: opens the scheme `file:` in the key store of the owner.

    Raises:
        BadInput: this version has no such scheme.
        NotFound, Unavailable: as the scheme's opener.
    """
    schemes, (scheme, _, rest) = {"file": from_file, **DEVICES}, uri.partition(":")
    if scheme not in schemes:
        known = ", ".join(f"{each}:" for each in sorted(schemes))
        raise BadInput(where="signing key", value=uri, why="unknown kind of signer", remedy=f"write one of {known}")
    return schemes[scheme](rest)
