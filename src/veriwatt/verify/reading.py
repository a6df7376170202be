"""What verified evidence of a reading says: the proven reading, its facts, and the caveats in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from veriwatt.crypto.signing import Protection
from veriwatt.ids import FrameId
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.frame import FrameGroup, FrameHeader
from veriwatt.model.frames.origin import Bridge, File, Manual, Meter, Origin
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.passport import KeyPeriod, Passport, Revocation
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import utc_date, utc_text
from veriwatt.verify.anchor_times import Times
from veriwatt.verify.caveat import Caveat
from veriwatt.verify.disclosed import ProvenSlot
from veriwatt.verify.trust_decision import TrustDecision, Verdict

OLD_TRUST_FILE_DAYS = 30
"""From this age on a trust file's age is a caveat."""

_OWNER = "a software key does not protect against the device's owner"
_PROTECTION = {
    Protection.UNPROTECTED: Caveat("key-unprotected", f"the terminal's key lies unprotected on its disk: {_OWNER}"),
    Protection.FILE: Caveat("key-file", f"the terminal's key is a software key, sealed under a passphrase: {_OWNER}"),
    Protection.KEYRING: Caveat(
        "key-keyring", f"the terminal's key is a software key in an operating system's keyring: {_OWNER}"
    ),
}
_SINGLE_OPERATOR = Caveat(
    "single-operator",
    "single operator: the ledger could have been rewritten by its operator, for no witness cosigned it",
)
_NO_WITNESS = "no certified terminal witnessed the measurement"
_STATUS = {
    Status.ESTIMATED: Caveat("estimated", "the value is estimated, not measured"),
    Status.MANUAL: Caveat("by-hand", "the value was entered by hand, not measured"),
    Status.GAP: Caveat("gap", "the terminal states a gap: there is no value for this slot"),
}


@dataclass(frozen=True, slots=True)
class Finality:
    """How the ledger vouches: height and time of the facts, who finalised, and how far the reader believes it.

    `as_of` is the time of the header over the state of `height`; `signers` counts its validators.
    """

    chain: str
    height: int
    as_of: UtcMillis
    signers: int
    belief: TrustDecision


@dataclass(frozen=True, slots=True)
class ProvenReading:
    """One reading for which every step of the procedure holds. Made by `verify.procedure` alone."""

    definition: PointDefinition
    slot: ProvenSlot
    frame_id: FrameId
    header: FrameHeader
    group: FrameGroup
    group_version: int
    position: int
    passport: Passport
    certified_by: str | None
    times: Times
    finality: Finality

    @property
    def verdict(self) -> Verdict:
        return self.finality.belief.verdict

    @property
    def signing_key(self) -> KeyPeriod:
        """The key that signed the frame, with how it is protected."""
        return self.passport.key_for(self.header.number)

    @property
    def value(self) -> str | None:
        """The exact decimal value in the point's unit; None for a gap."""
        mantissa = self.slot.value
        return None if mantissa is None else str(self.definition.value(mantissa))


def facts(reading: ProvenReading) -> dict[str, object]:
    """What is proven, as JSON-able values; times are UTC milliseconds, quantities exact decimal strings."""
    definition, header, times, finality = reading.definition, reading.header, reading.times, reading.finality
    return {
        "org": header.org,
        "point": definition.id,
        "energy": definition.energy,
        "kind": definition.kind.value,
        "unit": definition.unit,
        "timezone": definition.timezone,
        "start": reading.slot.span.start,
        "end": reading.slot.span.end,
        "value": reading.value,
        "status": reading.slot.status.name.lower(),
        "version": _version(reading.group),
        "replaces": len(reading.group.replaces),
        "origin": origin_facts(header.origin),
        "terminal": header.terminal,
        "terminal_key_protection": reading.signing_key.protection.value,
        "certified_by": reading.certified_by,
        "collected_at": header.collected_at,
        "signed_not_earlier_than": times.signed_after,
        "anchored_not_later_than": times.anchored_before,
        "anchored_in_block": times.anchor_height,
        "anchored_block_time": times.anchor_time,
        "frame": reading.frame_id.hex(),
        **header.number._asdict(),
        "chain_position": reading.position,
        "group": reading.group.group,
        "group_version": reading.group_version,
        "chain": finality.chain,
        "facts_height": finality.height,
        "facts_as_of": finality.as_of,
        "signers": finality.signers,
    }


def origin_facts(origin: Origin) -> dict[str, str]:
    """Where the values come from, with the file's name and digest, or the author and reason."""
    match origin:
        case Meter():
            return {"kind": "meter"}
        case File():
            settings = origin.settings.hex()
            return {"kind": "file", "name": origin.name, "sha256": origin.sha256.hex(), "settings": settings}
        case Bridge():
            return {"kind": "bridge", "name": origin.name}
        case Manual():
            return {"kind": "manual", "author": origin.author, "reason": origin.reason}
    assert_never(origin)


def caveats(reading: ProvenReading, trust: Trust | None, now: UtcMillis) -> list[Caveat]:
    """What a reader has to know beside the facts, the weightiest first, in one fixed order."""
    return [
        *_of_ledger(reading.finality, trust),
        *_of_terminal(reading),
        *_of_origin(reading.header.origin),
        *([_STATUS[reading.slot.status]] if reading.slot.status in _STATUS else []),
        _of_version(reading),
        *_of_trust_file(trust, now),
    ]


def _of_ledger(finality: Finality, trust: Trust | None) -> Iterator[Caveat]:
    if trust is not None and finality.as_of < trust.header.time_ms:
        days, as_of = (trust.header.time_ms - finality.as_of) // DAY, utc_date(finality.as_of)
        text = f"as of {as_of}, {_days(days)} before your trust file"
        yield Caveat("before-trust", text, {"as_of": as_of, "days": days})
    if finality.belief.why is not None:
        yield finality.belief.why
    if finality.signers == 1:
        yield _SINGLE_OPERATOR


def _of_terminal(reading: ProvenReading) -> Iterator[Caveat]:
    org, by = reading.header.org, reading.certified_by
    if by is None:
        text = f"the terminal was not certified when it collected: only {org} vouches for it"
        yield Caveat("not-certified", text, {"org": org})
    elif by == org:
        yield Caveat("own-org", f"the terminal was certified by its own org ({org}) alone", {"org": org})
    report = compromise(reading.passport, reading.times.anchored_before)
    if report is not None and report.since is not None:
        since = utc_text(report.since)
        text = f"key reported compromised from {since} by {report.org}; anchored before the report"
        yield Caveat("compromised", text, {"since": since, "org": report.org})
    protection = reading.signing_key.protection
    if protection in _PROTECTION:
        yield _PROTECTION[protection]


def compromise(passport: Passport, anchored_before: UtcMillis) -> Revocation | None:
    """The report that the key was not its terminal's any more at a moment when the frame may have been signed."""
    report = passport.revocation
    return report if report is not None and report.since is not None and report.since <= anchored_before else None


def _of_origin(origin: Origin) -> Iterator[Caveat]:
    match origin:
        case Meter():
            return
        case File():
            yield Caveat("file", f"values come from file {origin.name}; {_NO_WITNESS}", {"name": origin.name})
        case Bridge():
            text = f"values come from the monitoring system {origin.name}; {_NO_WITNESS}"
            yield Caveat("bridge", text, {"name": origin.name})
        case Manual():
            text = f"values were entered by {origin.author} ({origin.reason}); no meter was read"
            yield Caveat("manual", text, {"author": origin.author, "reason": origin.reason})
        case _:
            assert_never(origin)


def _of_version(reading: ProvenReading) -> Caveat:
    as_of, replaces = utc_date(reading.finality.as_of), len(reading.group.replaces)
    rest = f"not superseded as of {as_of}: cannot be shown before the day has closed"
    if not replaces:
        return Caveat("first-version", f"version 1; {rest}", {"as_of": as_of})
    text = f"a later version, {_version(reading.group)}; {rest}"
    return Caveat("later-version", text, {"replaces": replaces, "as_of": as_of})


def _of_trust_file(trust: Trust | None, now: UtcMillis) -> Iterator[Caveat]:
    if trust is not None and now - trust.written >= OLD_TRUST_FILE_DAYS * DAY:
        days = (now - trust.written) // DAY
        text = f"the trust file is {_days(days)} old; `veriwatt ledger trust` renews it"
        yield Caveat("old-trust", text, {"days": days})


def _version(group: FrameGroup) -> str:
    if not group.replaces:
        return "first statement of its slots"
    count = len(group.replaces)
    return f"replaces slots of {count} earlier frame{'s' if count > 1 else ''}"


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
