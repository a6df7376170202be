"""The caveats beside proven facts, each with its stable code, in the order of docs/spec/evidence.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from veriwatt.crypto.signing import Protection
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.origin import Bridge, File, Manual, Meter, Origin
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Revocation
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import utc_date, utc_text
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.verdict import Caveat

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


def ledger_caveats(state: ProvenState, trust: Trust | None) -> Iterator[Caveat]:
    """Caveats of the ledger: facts older than the trust file, why the verdict is not *proven*, a single operator."""
    if trust is not None and state.as_of < trust.header.time_ms:
        days, as_of = (trust.header.time_ms - state.as_of) // DAY, utc_date(state.as_of)
        text = f"as of {as_of}, {_days(days)} before your trust file"
        yield Caveat("before-trust", text, {"as_of": as_of, "days": days})
    if state.trust.why is not None:
        yield state.trust.why
    if state.signers == 1:
        yield _SINGLE_OPERATOR


def terminal_caveats(frame: ProvenFrame, certified_by: str | None) -> Iterator[Caveat]:
    """Caveats of the terminal: no certification or only its own org's, a compromised key, a software key."""
    org = frame.header.org
    if certified_by is None:
        text = f"the terminal was not certified when it collected: only {org} vouches for it"
        yield Caveat("not-certified", text, {"org": org})
    elif certified_by == org:
        yield Caveat("own-org", f"the terminal was certified by its own org ({org}) alone", {"org": org})
    report = compromise(frame.passport, frame.times.anchored_before)
    if report is not None and report.since is not None:
        since = utc_text(report.since)
        text = f"key reported compromised from {since} by {report.org}; anchored before the report"
        yield Caveat("compromised", text, {"since": since, "org": report.org})
    protection = frame.signing_key.protection
    if protection in _PROTECTION:
        yield _PROTECTION[protection]


def compromise(passport: Passport, anchored_before: UtcMillis) -> Revocation | None:
    """The report that the key was compromised when the frame may have been signed; None without such a report."""
    report = passport.revocation
    return report if report is not None and report.since is not None and report.since <= anchored_before else None


def origin_caveats(origin: Origin) -> Iterator[Caveat]:
    """Caveats of values that do not come from a meter."""
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


def status_caveats(status: Status) -> Iterator[Caveat]:
    """The caveat of a value that was not measured, or of a gap."""
    if status in _STATUS:
        yield _STATUS[status]


def trust_file_caveats(trust: Trust | None, now: UtcMillis) -> Iterator[Caveat]:
    """The caveat of a trust file that is `OLD_TRUST_FILE_DAYS` old or older."""
    if trust is not None and now - trust.written >= OLD_TRUST_FILE_DAYS * DAY:
        days = (now - trust.written) // DAY
        text = f"the trust file is {_days(days)} old; `veriwatt ledger trust` renews it"
        yield Caveat("old-trust", text, {"days": days})


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
