"""The keys of the state records in the authenticated map; evidence proves records under these keys.

    chain                                   [2, chain id, genesis hash, machine version, horizon, transaction limit]
    org/ORG                                 org record
    member/ORG/MEMBER                       member record
    node/ORG/NODE                           node record
    key/KEYID                               [2, owner kind, org, name]       every key ever registered
    address/ADDRESS                         [2, suite, key]                  of a validator, where they may change
    misbehaviour/ADDRESS                    what was proven of a validator
    role/ORG/ROLE                           role record
    terminal/ORG/TERMINAL                   passport
    number/ORG/TERMINAL/EPOCH SEQ           number record                    both in 8 bytes, big-endian
    group/ORG/GROUP                         newest group version
    version/ORG/GROUP/N                     group version N                  N in 4 bytes, big-endian
    listing/ORG/GROUP/N                     its definitions' digests, 32 bytes each, in order
    definition/DIGEST                       definition bytes
    point/ORG/POINT                         point record
    alike/SCOPE/SKELETON                    [2, name]                        a name, by what it looks like
    register/ORG/POINT                      register record: exchanges of its meter, confirmed steps
    logkey/ORG                              [2, suite, key]
    logepoch/ORG                            log epochs: acknowledged frames that the org gave up
    datachain/ORG                           compact range of the org's data chain
    anchors/ORG                             compact range of the org's log of anchors
    suspended/ORG                           suspension record
    parameters                              parameters that a genesis or a vote stated
    validators                              those that sign two blocks later, where they may change
    agenda                                  [2, count of proposals, open proposals]
    proposal/N                              proposal N                       N in 8 bytes, big-endian
    factors/DIGEST                          factors record
    upgrade                                 upgrade record
    closing                                 closing record of a ledger that has ended
    predecessors                            the line of ledgers that this one continues
    rootlog                                 compact range of the root log
    once/KEYID CLIENTID                     [2, transaction digest, expiry, height, code]
    expiry/EXPIRY/HEIGHT                    the `once` ids of that block and expiry   both in 8 bytes, big-endian

Names contain no slash, and a point id comes last, so no two records have the same key. Spec: docs/spec/ledger.md.
"""

from __future__ import annotations

from veriwatt.ids import Digest, KeyId
from veriwatt.model.frames.number import FrameNumber

CHAIN = b"chain"
ROOT_LOG = b"rootlog"
ONCE = b"once/"
EXPIRY = b"expiry/"
ROLES = b"role/"
NODES = b"node/"
ORGS = b"org/"
PARAMETERS = b"parameters"
VALIDATORS = b"validators"
AGENDA = b"agenda"
PROPOSALS = b"proposal/"
FACTORS = b"factors/"
UPGRADE = b"upgrade"
CLOSING = b"closing"
PREDECESSORS = b"predecessors"
MISBEHAVIOUR = b"misbehaviour/"


def org_key(org: str) -> bytes:
    return ORGS + org.encode()


def member_key(org: str, member: str) -> bytes:
    return members_prefix(org) + member.encode()


def members_prefix(org: str) -> bytes:
    return f"member/{org}/".encode()


def node_key(org: str, node: str) -> bytes:
    return nodes_prefix(org) + node.encode()


def nodes_prefix(org: str) -> bytes:
    return NODES + f"{org}/".encode()


def role_key(org: str, role: str) -> bytes:
    return roles_prefix(org) + role.encode()


def roles_prefix(org: str) -> bytes:
    return ROLES + f"{org}/".encode()


def suspended_key(org: str) -> bytes:
    return f"suspended/{org}".encode()


def proposal_key(number: int) -> bytes:
    return PROPOSALS + number.to_bytes(8, "big")


def factors_key(digest: Digest) -> bytes:
    return FACTORS + digest


def registered_key(key_id: KeyId) -> bytes:
    return b"key/" + key_id


def address_key(address: bytes) -> bytes:
    return b"address/" + address


def misbehaviour_key(address: bytes) -> bytes:
    return MISBEHAVIOUR + address


def passport_key(org: str, terminal: str) -> bytes:
    return terminals_prefix(org) + terminal.encode()


def terminals_prefix(org: str) -> bytes:
    return f"terminal/{org}/".encode()


def number_key(org: str, terminal: str, number: FrameNumber) -> bytes:
    epoch, seq = number
    return numbers_prefix(org) + f"{terminal}/".encode() + epoch.to_bytes(8, "big") + seq.to_bytes(8, "big")


def numbers_prefix(org: str) -> bytes:
    return f"number/{org}/".encode()


def number_of_key(key: bytes) -> tuple[str, FrameNumber]:
    """The terminal and the frame number in a key that `number_key` gave."""
    _, _, terminal = key[:-17].split(b"/")
    return terminal.decode(), FrameNumber(int.from_bytes(key[-16:-8], "big"), int.from_bytes(key[-8:], "big"))


def group_key(org: str, group: str) -> bytes:
    return groups_prefix(org) + group.encode()


def groups_prefix(org: str) -> bytes:
    return f"group/{org}/".encode()


def group_version_key(org: str, group: str, n: int) -> bytes:
    return f"version/{org}/{group}/".encode() + n.to_bytes(4, "big")


def group_listing_key(org: str, group: str, n: int) -> bytes:
    return f"listing/{org}/{group}/".encode() + n.to_bytes(4, "big")


def definition_key(digest: Digest) -> bytes:
    return b"definition/" + digest


def point_key(org: str, point: str) -> bytes:
    return points_prefix(org) + point.encode()


def points_prefix(org: str) -> bytes:
    return f"point/{org}/".encode()


def lookalike_key(scope: str, skeleton: str) -> bytes:
    return f"alike/{scope}/{skeleton}".encode()


def register_key(org: str, point: str) -> bytes:
    return f"register/{org}/{point}".encode()


def log_key_key(org: str) -> bytes:
    return f"logkey/{org}".encode()


def log_epochs_key(org: str) -> bytes:
    return f"logepoch/{org}".encode()


def data_chain_key(org: str) -> bytes:
    return f"datachain/{org}".encode()


def anchors_key(org: str) -> bytes:
    return f"anchors/{org}".encode()


def once_key(key_id: KeyId, client_id: bytes) -> bytes:
    return ONCE + key_id + client_id


def expiry_key(expiry: int, height: int) -> bytes:
    return EXPIRY + expiry.to_bytes(8, "big") + b"/" + height.to_bytes(8, "big")
