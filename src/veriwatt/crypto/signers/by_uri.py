"""Opening a signing key by a URI that says where its private half lives.

    file:NAME      a seed in the owner's key store, under that name

A scheme is a function of what follows its colon. `pkcs11:` and `tpm:` become further files of this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from veriwatt.crypto.signing import Signer
from veriwatt.errors import BadInput

Opener: TypeAlias = Callable[[str], Signer]
"""The signing key that the rest of a URI names; raises Missing without one, Unavailable when it is out of reach."""


def open_signer(uri: str, schemes: Mapping[str, Opener]) -> Signer:
    """The signing key at `uri`.

    Args:
        uri: scheme, colon, and what the scheme's opener reads.
        schemes: how this process opens each scheme.

    Raises:
        BadInput: the scheme is none of these.
        Missing, Unavailable: as the scheme's opener.
    """
    scheme, _, rest = uri.partition(":")
    if scheme not in schemes:
        known = ", ".join(f"{each}:" for each in sorted(schemes))
        raise BadInput(where="signing key", value=uri, why="unknown kind of signer", remedy=f"write one of {known}")
    return schemes[scheme](rest)
