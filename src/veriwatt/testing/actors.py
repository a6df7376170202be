"""Members and terminals that live in tests: keys from their names, and transactions signed in one call.

    owner = SimMember("acme", "ann")
    genesis = sim_genesis(owner)
    owner.chain = genesis.chain_id
    raw = owner.sign(OpenLog(log_key.public))

Attacks are one-line edits: give another chain, client id, expiry, org, name or key.
"""

from __future__ import annotations

from collections.abc import Iterable

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Protection, Signer
from veriwatt.ids import Digest, ObjectId
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.merkle.compact_range import subtrees_between
from veriwatt.merkle.tree import Leaves
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.chain.anchor import Anchor, OpenLog
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.model.chain.log_epochs import LogName, Recover
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.parameters import Parameters
from veriwatt.model.governance.proposal import CastVote, Proposal, Propose
from veriwatt.model.ledger.bundle import sign_bundle
from veriwatt.model.ledger.genesis import Founder, Genesis, GenesisValidator
from veriwatt.model.ledger.transaction import Body, sign_transaction
from veriwatt.model.members.node_record import RegisterNode
from veriwatt.model.members.org_role import Authority, Basis, GrantRole
from veriwatt.model.members.organisation import AddMember, AddOrg, NewMember, RekeyMember, RemoveMember, Role
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader, VoidNumber
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.model.terminals.revocation import AnswerReport, Reason, Revoke
from veriwatt.units import UtcMillis

START: UtcMillis = 1_767_225_600_000
"""2026-01-01T00:00:00Z, when simulated consortia begin."""

SIM_AUTHORITY = Authority(None, ("acme",), Basis.SINGLE_FOUNDER)
"""Of a confirmation that no ledger recorded."""


def sim_key(name: str, protection: Protection = Protection.FILE) -> Ed25519Signer:
    """The key that belongs to `name`, the same in every run."""
    return Ed25519Signer(sha256(b"veriwatt simulated key: " + name.encode()), protection)


class SimTerminal:
    """A terminal with a software key made from its name."""

    def __init__(self, org: str, name: str, key: Signer | None = None) -> None:
        self.org, self.name = org, name
        self.key: Signer = key or sim_key(f"terminal {org}/{name}")


class SimMember:
    """A member of an org who signs. `expiry` and `chain` hold for what is signed from then on."""

    key: Signer

    def __init__(self, org: str, name: str, role: Role = Role.OWNER, *, chain: str = "", expiry: int = 10_000) -> None:
        self.org, self.name, self.role, self.chain, self.expiry = org, name, role, chain, expiry
        self.key = sim_key(f"member {org}/{name}")
        self._signed = 0

    @property
    def new(self) -> NewMember:
        return NewMember(self.name, self.role, self.key.public)

    def sign(self, body: Body, *, client_id: bytes | None = None, expiry: int | None = None) -> bytes:
        """The transaction with this body, under a fresh client id unless one is given."""
        self._signed += 1
        identity = self._signed.to_bytes(16, "big") if client_id is None else client_id
        until = self.expiry if expiry is None else expiry
        return sign_transaction(self.key, self.chain, self.org, self.name, identity, until, body)

    def bundle(self, *transactions: bytes, expiry: int = 100) -> bytes:
        """The bundle of these transactions, with this member as their relay."""
        return sign_bundle(self.key, self.chain, self.org, self.name, expiry, transactions)

    def add_org(self, owner: SimMember) -> bytes:
        owner.chain = self.chain
        return self.sign(AddOrg(owner.org, f"{owner.org} Ltd", owner.new))

    def add_member(self, member: SimMember) -> bytes:
        member.chain = self.chain
        return self.sign(AddMember(member.new))

    def remove(self, name: str) -> bytes:
        return self.sign(RemoveMember(name))

    def rekey(self, name: str, key: Signer) -> bytes:
        return self.sign(RekeyMember(name, key.public))

    def grant_role(self, org: str, role: Role) -> bytes:
        return self.sign(GrantRole(org, role))

    def propose(self, decision: Decision, text: str = "because") -> bytes:
        return self.sign(Propose(decision, text))

    def vote(self, proposal: Proposal, *, yes: bool = True) -> bytes:
        return self.sign(CastVote(proposal.number, proposal.digest, yes))

    def register_node(
        self,
        name: str,
        *addresses: str,
        tls_key: Digest | None = None,
        services: tuple[str, ...] = ("follow",),
        p2p: str | None = None,
    ) -> bytes:
        return self.sign(RegisterNode(name, addresses, tls_key, services, p2p))

    def open_log(self) -> bytes:
        return self.sign(OpenLog(sim_key(f"log {self.org}").public))

    def enrol(self, terminal: SimTerminal) -> bytes:
        return self.sign(enrol(terminal.key, self.chain, self.org, terminal.name, "SM-1", "1.0.0"))

    def certify(self, terminal: SimTerminal, valid_from: UtcMillis, valid_until: UtcMillis) -> bytes:
        return self.sign(Certify(terminal.org, terminal.name, valid_from, valid_until))

    def retire(self, terminal: SimTerminal, last: FrameRef | None = None) -> bytes:
        return self.sign(Revoke(terminal.org, terminal.name, Reason.RETIRED, last=last))

    def report_compromised(self, terminal: SimTerminal, since: UtcMillis) -> bytes:
        return self.sign(Revoke(terminal.org, terminal.name, Reason.COMPROMISED, since=since))

    def answer(self, terminal: SimTerminal, text: str) -> bytes:
        return self.sign(AnswerReport(terminal.name, text))

    def report_equivocation(self, terminal: SimTerminal, one: bytes, other: bytes) -> bytes:
        """The equivocation that these two uploads are."""
        headers = [SignedHeader.of(parse_frame(upload).envelope) for upload in (one, other)]
        return self.sign(ReportEquivocation(terminal.org, terminal.name, *headers))

    def void(self, terminal: SimTerminal, upload: bytes, reason: str) -> bytes:
        return self.sign(VoidNumber(terminal.name, SignedHeader.of(parse_frame(upload).envelope), reason))

    def define(
        self,
        group: str,
        *definitions: PointDefinition,
        effective_from: UtcMillis = START,
        key_window: KeyWindow = KeyWindow.DAY,
    ) -> bytes:
        calendar = zone_calendar(definitions[0].timezone, definitions[0].day_begins)
        return self.sign(DefinePoints(group, key_window, effective_from, calendar, definitions))

    def recover(self, kept: int, lost: Checkpoint, reason: str = "the disk failed", *, epoch: int = 2) -> bytes:
        return self.sign(Recover(epoch, kept, lost.sign(sim_key(f"log {self.org}")), reason))

    def lost(self, size: int, *, epoch: int = 1) -> Checkpoint:
        """A checkpoint of the org's log in an epoch."""
        origin = LogName(self.chain, self.org, epoch).origin
        return Checkpoint(origin, size, sha256(b"lost"), START)

    def anchor(self, leaf_hashes: Iterable[Digest], old_size: int) -> bytes:
        """The anchor of a data chain that now has all of `leaf_hashes` and was anchored at `old_size`."""
        leaves = list(leaf_hashes)
        subtrees = subtrees_between(Leaves(leaves), old_size, len(leaves))
        name = f"{self.org} {len(leaves)}".encode()
        manifest, tips = ObjectId(sha256(b"manifest " + name)), sha256(b"tips " + name)
        return self.sign(Anchor(old_size, len(leaves), subtrees, manifest, tips))


def sim_point(name: str = "main", *, unit: str = "kWh", zone: str = "+08:00", scale: int = -3) -> PointDefinition:
    """A 15-minute electricity point, whose meter terminal t1 reads."""
    return PointDefinition(name, "electricity", unit, Kind.INTERVAL, scale, 1, "15m", zone, terminal="t1")


def sim_genesis(
    *members: SimMember,
    name: str = "sim",
    validators: int = 1,
    expiry_horizon: int = 10_000,
    parameters: Parameters | None = None,
) -> Genesis:
    """A genesis whose founding orgs are those of `members`, each with its members; all of them get its chain."""
    orgs = {member.org: [m for m in members if m.org == member.org] for member in members}
    genesis = Genesis(
        name,
        START,
        MACHINE_VERSION,
        tuple(GenesisValidator(sim_validator(at).public, 1) for at in range(validators)),
        tuple(Founder(org, f"{org} Ltd", tuple(m.new for m in own)) for org, own in orgs.items()),
        expiry_horizon=expiry_horizon,
        parameters=parameters,
    )
    for member in members:
        member.chain = genesis.chain_id
    return genesis


def sim_validator(at: int = 0) -> Ed25519Signer:
    """The consensus key of validator `at`."""
    return sim_key(f"validator {at}")
