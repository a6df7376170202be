"""Verifying the next version of a group, under a block that follows from a trusted block.

A terminal states its slots under the definitions in force, so it takes no log host's word for them. Steps, with the
numbers of docs/spec/terminal-questions.md:

 1. to 3.          the version is in the ledger's state, or proven absent, see `trusted_record`
 4. definitions    they lead to the version's definition root
"""

from __future__ import annotations

from veriwatt.errors import Malformed, RootMismatch
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.state_keys import group_version_key
from veriwatt.model.points.group import GroupVersion, definitions_root
from veriwatt.model.terminals.handover import HandedVersion
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.units import UtcMillis
from veriwatt.verify.trusted_record import verify_trusted_record


def verify_group_version(
    proof: VersionProof, org: str, group: str, n: int, trust: Trust, now: UtcMillis
) -> HandedVersion | None:
    """Version `n` of the group with its definitions; None if the ledger is proven not to have it.

    Raises:
        Malformed, NotProven: as `verify_trusted_record`.
        RootMismatch: the definitions are not those of the version.
    """
    record = verify_trusted_record(group_version_key(org, group, n), proof.state, proof.light, trust, now)
    # 4.
    if record is None:
        if proof.definitions:
            raise Malformed(f"version proof: definitions of a version that group {group} does not have")
        return None
    version, root = GroupVersion.from_bytes(record), definitions_root(proof.definitions)
    if root != version.root:
        raise RootMismatch(committed=version.root, computed=root)
    return HandedVersion(n, version.in_force_from, version.calendar, proof.definitions)
