"""The caveats beside proven facts, each with its stable code, in the order of docs/spec/evidence.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import assert_never

from veriwatt.crypto.signing import Protection
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.origin import Bridge, File, Manual, Meter, Origin
from veriwatt.model.members.org_role import Authority, Basis
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Report
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import utc_date, utc_text
from veriwatt.verify.finality import finality_caveats
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.verdict import Caveat

OLD_TRUST_FILE_DAYS = 30
"""From this age on a trust file's age is a caveat."""

_OWNER = "a software key does not protect against the device's owner"
_STATED = "stated by its org, not attested"
_PROTECTION = {
    Protection.UNPROTECTED: Caveat("key-unprotected", f"the terminal's key lies unprotected on its disk: {_OWNER}"),
    Protection.FILE: Caveat("key-file", f"the terminal's key is a software key, sealed under a passphrase: {_OWNER}"),
    Protection.KEYRING: Caveat(
        "key-keyring", f"the terminal's key is a software key in an operating system's keyring ({_STATED}): {_OWNER}"
    ),
    Protection.PKCS11: Caveat("key-pkcs11", f"the terminal's key lies in a hardware token (PKCS#11): {_STATED}"),
    Protection.TPM: Caveat("key-tpm", f"the terminal's key lies in a TPM: {_STATED}"),
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


def ledger_caveats(state: ProvenState, trust: Trust | None, parties: Collection[str]) -> Iterator[Caveat]:
    """Caveats of the ledger: facts older than the trust file, why the verdict is not *proven*, and who signed.

    Args:
        parties: as of `finality_caveats`.
    """
    if trust is not None and state.as_of < trust.header.time_ms:
        days, as_of = (trust.header.time_ms - state.as_of) // DAY, utc_date(state.as_of)
        text = f"as of {as_of}, {_days(days)} before your trust file"
        yield Caveat("before-trust", text, {"as_of": as_of, "days": days})
    if state.trust.why is not None:
        yield state.trust.why
    for before in state.signed_for:
        chain, ended = before.chain_id, utc_text(before.ended.time)
        text = f"signed for ledger {chain}, which ended at {ended} and goes on as {state.chain}"
        yield Caveat("moved", text, {"chain": chain, "ended": ended, "successor": state.chain})
    if state.signers == 1 and not state.cosigners.counted:
        yield _SINGLE_OPERATOR
    yield from finality_caveats(state.trust, state.cosigners, trust, parties)
    yield from state.cosigners.caveats


def terminal_caveats(frame: ProvenFrame, certification: Certification | None) -> Iterator[Caveat]:
    """Caveats of the terminal: who certified it by what authority, a compromised key, and how its key is stored."""
    org = frame.header.org
    if certification is None:
        text = f"the terminal was not certified when it collected: only {org} vouches for it"
        yield Caveat("not-certified", text, {"org": org})
    elif certification.authority is None:
        yield Caveat("own-org", f"the terminal was certified by its own org ({org}) alone", {"org": org})
    else:
        yield from authority_caveats(certification.org, certification.authority, org)
    report = compromise(frame.passport, frame.times.anchored_before)
    if report is not None:
        yield from report_caveats(report, org)
    yield from other_contradictions(frame.passport, frame.number)
    yield _PROTECTION[frame.signing_key.protection]


def other_contradictions(passport: Passport, number: NumberRecord | None) -> Iterator[Caveat]:
    """One line about the terminal's other numbers; what is recorded of the frame's own number is said apart."""
    own = number is not None and number.equivocation is not None
    if others := passport.equivocations - own:
        text = f"the terminal signed two different frames under {others} other number{'' if others == 1 else 's'}"
        yield Caveat("contradicted-elsewhere", text, {"count": others})


def authority_caveats(certifier: str, authority: Authority, owner: str) -> Iterator[Caveat]:
    """Caveats of who certified, or confirmed a step: a role that no independent majority granted, or the owner's part.

    Args:
        owner: the org whose terminal or register it is.
    """
    orgs, who = ", ".join(authority.granted_by), f"{certifier}, which certified or confirmed for {owner},"
    match authority.basis:
        case Basis.SINGLE_FOUNDER:
            text = f"{who} has its role from {orgs}, the ledger's only founder"
            yield Caveat("single-founder", text, {"certifier": certifier, "founder": orgs})
        case Basis.INDEPENDENT_MAJORITY:
            if authority.granted_by == (owner,):
                text = f"{who} has its role from {owner} alone"
                yield Caveat("granted-by-owner", text, {"certifier": certifier, "owner": owner})
        case _:
            assert_never(authority.basis)
    if authority.admitted_by == owner:
        text = f"{who} was admitted by {owner}"
        yield Caveat("admitted-by-owner", text, {"certifier": certifier, "owner": owner})


def compromise(passport: Passport, anchored_before: UtcMillis) -> Report | None:
    """The report that the key was compromised when the frame may have been signed; None without such a report."""
    report = passport.report
    return report if report is not None and report.since <= anchored_before else None


def report_caveats(report: Report, owner: str) -> Iterator[Caveat]:
    """The report of compromise, and what the terminal's org answered."""
    since = utc_text(report.since)
    text = f"key reported compromised from {since} by {report.org}; anchored before the report"
    yield Caveat("compromised", text, {"since": since, "org": report.org})
    if report.answer is not None:
        at, said = utc_text(report.answer.time), report.answer.text
        yield Caveat("answered", f"{owner} answered the report at {at}: {said}", {"org": owner, "at": at, "text": said})


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


def kind_caveats(kind: Kind) -> Iterator[Caveat]:
    """The caveat of a register's reading: it is what the register showed, and no consumption."""
    if kind is Kind.REGISTER:
        yield Caveat("register-reading", "this is the reading of a register, no consumption")


def trust_file_caveats(trust: Trust | None, now: UtcMillis) -> Iterator[Caveat]:
    """The caveat of a trust file that is `OLD_TRUST_FILE_DAYS` old or older."""
    if trust is not None and now - trust.written >= OLD_TRUST_FILE_DAYS * DAY:
        days = (now - trust.written) // DAY
        text = f"the trust file is {_days(days)} old; `veriwatt ledger trust` renews it"
        yield Caveat("old-trust", text, {"days": days})


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
