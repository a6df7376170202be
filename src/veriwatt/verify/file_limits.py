"""Step 1: the limits of what an evidence file rests on, the same for its maker and for its verifiers.

They count only what renewing keeps, so that a file within them stays within them whatever is recorded later.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.encoding import encode
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.file_limits import MAX_KEPT, MAX_TERMINALS, MAX_VERSIONS, check_most
from veriwatt.verify.frame_proof import ParsedFrame


def check_sources(frames: Sequence[ParsedFrame]) -> None:
    """Raises NotInOneFile if the frames of a file have too many terminals or group versions."""
    check_most("terminals", len({frame.header.terminal for frame in frames}), MAX_TERMINALS)
    check_most("group versions", len({frame.version_key for frame in frames}), MAX_VERSIONS)


def check_kept(evidence: Evidence[Claim], frames: Sequence[ParsedFrame], keys: Sequence[bytes]) -> None:
    """Raises NotInOneFile if renewing keeps too many bytes; `keys` are the state keys of the file's values."""
    values, proofs = dict(zip(keys, evidence.state.values, strict=False)), evidence.proofs.fields()
    versions = [values.get(key) for key in dict.fromkeys(frame.version_key for frame in frames)]
    kept = len(encode([evidence.claim.fields(), *proofs[:2], versions]))
    check_most("bytes that renewing keeps", kept, MAX_KEPT)
