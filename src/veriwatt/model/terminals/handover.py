"""The two files exchanged between a terminal and its org: the terminal's request and the org's handover.

    request payload  = [2, chain, org, terminal, suite, key, protection, model, firmware, proof,
                        receiving key, oldest open, [[group, [definition fields ...]] ...]]
    handover payload = [2, chain, org, terminal, passport version, log suite, log key, member suite, member key,
                        [handed group ...], wrapped]
    handed group     = [group, key window, first, end, [[n, in force from, calendar, [definition fields ...]] ...]]
    wrapped          = HPKE for the receiving key of canonical CBOR [[group, cover] ...]

Both are COSE_Sign1: the request is signed by the terminal's key, which proves its possession; the handover by a member
of its org. A terminal accepts later handovers only from the member who signed its first one.
Spec: docs/spec/terminal-handover.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from veriwatt.crypto.key_tree import Cover
from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode, parse_sign1
from veriwatt.errors import Malformed
from veriwatt.ids import check_name
from veriwatt.model.members.registered_key import key_fields, read_new_key
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import POINT_LIMIT
from veriwatt.model.points.key_window import KeyWindow, parse_key_window
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.enrolment import TEXT_LIMIT, Enrol, enrol, parse_protection
from veriwatt.model.terminals.signed_record import sign_record, verify_record
from veriwatt.units import UtcMillis

REQUEST_TYPE = "veriwatt/terminal-request"
HANDOVER_TYPE = "veriwatt/terminal-handover"
GROUP_LIMIT = 64
VERSION_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class RequestedGroup:
    """The points that a terminal seals together, in the order of the group's definition root."""

    group: str
    definitions: tuple[PointDefinition, ...]

    def fields(self) -> list[Value]:
        return [self.group, [definition.fields() for definition in self.definitions]]

    @classmethod
    def parse(cls, value: object) -> RequestedGroup:
        f = Fields(value, "terminal request: group", 2)
        return cls(f.name("group"), f.each("definitions", PointDefinition.parse, POINT_LIMIT))


@dataclass(frozen=True, slots=True)
class TerminalRequest:
    """A terminal's request to be enrolled and to get window keys from the window of `oldest_open` on."""

    chain: str
    org: str
    enrolment: Enrol
    receiving_key: bytes
    oldest_open: UtcMillis
    groups: tuple[RequestedGroup, ...]

    @property
    def terminal(self) -> str:
        return self.enrolment.terminal

    def sign(self, signer: Signer) -> bytes:
        """The bytes of the request's file, signed by the terminal's key."""
        payload = encode(
            [
                FORMAT,
                self.chain,
                self.org,
                *self.enrolment.fields(),
                self.receiving_key,
                self.oldest_open,
                [group.fields() for group in self.groups],
            ]
        )
        return sign_record(signer, REQUEST_TYPE, payload)


@dataclass(frozen=True, slots=True)
class HandedVersion:
    """Version `n` of a group: its calendar and definitions from `in_force_from` on, in the order of their root."""

    n: int
    in_force_from: UtcMillis
    calendar: Calendar
    definitions: tuple[PointDefinition, ...]

    def fields(self) -> list[Value]:
        definitions: list[Value] = [definition.fields() for definition in self.definitions]
        return [self.n, self.in_force_from, self.calendar.fields(), definitions]

    @classmethod
    def parse(cls, value: object) -> HandedVersion:
        f = Fields(value, "terminal handover: version", 4)
        n, in_force_from, calendar = f.uint("n"), f.int("in force from"), Calendar.parse(f.raw())
        version = cls(n, in_force_from, calendar, f.each("definitions", PointDefinition.parse, POINT_LIMIT))
        if not version.definitions:
            raise Malformed("terminal handover: a version without points")
        return version


@dataclass(frozen=True, slots=True)
class HandedGroup:
    """A group's key windows `[first, end)` whose keys are handed over, and its versions from the first of them on.

    Each version is in force until the next one is, the last one without end. One that was replaced before it came into
    force, or from there on, is never in force any more; frames of before may name it.
    """

    group: str
    key_window: KeyWindow
    first: int
    end: int
    versions: tuple[HandedVersion, ...]

    def fields(self) -> list[Value]:
        versions: list[Value] = [version.fields() for version in self.versions]
        return [self.group, self.key_window.value, self.first, self.end, versions]

    @classmethod
    def parse(cls, value: object) -> HandedGroup:
        f = Fields(value, "terminal handover: group", 5)
        group, window = f.name("group"), parse_key_window(f.text("key window"))
        first, end = f.uint("first"), f.uint("end")
        handed = cls(group, window, first, end, f.each("versions", HandedVersion.parse, VERSION_LIMIT))
        if not handed.versions:
            raise Malformed(f"terminal handover: group {group} has no version")
        if any(one.n >= other.n or one.in_force_from > other.in_force_from for one, other in pairwise(handed.versions)):
            raise Malformed(f"terminal handover: the versions of group {group} are not in the order of their numbers")
        return handed


@dataclass(frozen=True, slots=True)
class Handover:
    """An org's answer to its terminal: identity on the ledger, key of the log, groups and window keys."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    log_key: PublicKey
    member_key: PublicKey
    groups: tuple[HandedGroup, ...]
    wrapped: bytes

    @property
    def context(self) -> bytes:
        """HPKE `info`: binds the wrapped keys to this handover."""
        return encode([HANDOVER_TYPE, *self._head()])

    def sign(self, signer: Signer) -> bytes:
        """The bytes of the handover's file, signed by the member whose key it names."""
        return sign_record(signer, HANDOVER_TYPE, encode([FORMAT, *self._head(), self.wrapped]))

    def _head(self) -> list[Value]:
        return [
            self.chain,
            self.org,
            self.terminal,
            self.passport_version,
            *key_fields(self.log_key),
            *key_fields(self.member_key),
            [group.fields() for group in self.groups],
        ]


def new_request(
    signer: Signer,
    chain: str,
    org: str,
    terminal: str,
    model: str,
    firmware: str,
    receiving: bytes,
    oldest_open: UtcMillis,
    groups: tuple[RequestedGroup, ...],
) -> TerminalRequest:
    """The request of the terminal whose key is `signer`, with its proof of possession."""
    return TerminalRequest(
        chain, org, enrol(signer, chain, org, terminal, model, firmware), receiving, oldest_open, groups
    )


def parse_request(raw: bytes) -> TerminalRequest:
    """Parse a request and verify its signature under the key that it names.

    Raises:
        Malformed: it is no request in canonical form.
        BadSignature: it is not signed by the key that it names.
    """
    envelope = parse_sign1(raw, "terminal request")
    f = Fields.versioned(decode(envelope.payload, "terminal request"), "terminal request", 13)
    chain, org, terminal, key = f.text("chain", 50), f.name("org"), f.name("terminal"), read_new_key(f)
    protection, model = parse_protection(f.text("protection")), f.text("model", TEXT_LIMIT)
    firmware, proof = f.text("firmware", TEXT_LIMIT), f.bytes("proof", 256)
    receiving, oldest = f.bytes("receiving key", 32), f.uint("oldest open")
    groups = f.each("groups", RequestedGroup.parse, GROUP_LIMIT)
    verify_record(envelope, REQUEST_TYPE, key, f"the request of terminal {terminal}")
    enrolment = Enrol(terminal, key, protection, model, firmware, proof)
    return TerminalRequest(chain, org, enrolment, receiving, oldest, groups)


def parse_handover(raw: bytes) -> Handover:
    """Parse a handover and verify its signature under the member key that it names.

    The caller checks whether that member may hand over.

    Raises:
        Malformed: it is no handover in canonical form.
        BadSignature: it is not signed by the key that it names.
    """
    envelope = parse_sign1(raw, "terminal handover")
    f = Fields.versioned(decode(envelope.payload, "terminal handover"), "terminal handover", 11)
    chain, org, terminal, version = f.text("chain", 50), f.name("org"), f.name("terminal"), f.uint("passport version")
    log_key, member_key = read_new_key(f), read_new_key(f)
    groups = f.each("groups", HandedGroup.parse, GROUP_LIMIT)
    handover = Handover(chain, org, terminal, version, log_key, member_key, groups, f.bytes("wrapped"))
    verify_record(envelope, HANDOVER_TYPE, member_key, f"the handover to terminal {terminal}")
    return handover


def covers_bytes(covers: dict[str, Cover]) -> bytes:
    """The plaintext that a handover wraps: each group with its cover, sorted by group."""
    entries: list[Value] = [[group, _cover_fields(cover)] for group, cover in sorted(covers.items())]
    return encode(entries)


def read_covers(raw: bytes) -> dict[str, Cover]:
    """The covers in an unwrapped handover, by group; raises Malformed."""
    entries = Fields([decode(raw, "window keys")], "window keys", 1).each("groups", _cover_entry, GROUP_LIMIT)
    return dict(entries)


def _cover_fields(cover: Cover) -> list[Value]:
    version, first, end, keys = cover.fields()
    return [version, first, end, keys]


def _cover_entry(value: object) -> tuple[str, Cover]:
    f = Fields(value, "window keys", 2)
    return check_name(f.text("group"), "window keys: group"), Cover.parse(f.raw())
