"""Terminals with their passports: the ledger's record of each, and its newest frame here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from veriwatt.api.api_node import ApiNode, NewestFrame, Worker, orgs_named
from veriwatt.api.schemas.terminals import (
    Answer,
    CertifierAuthority,
    LastFrame,
    NewestTerminalFrame,
    TerminalCertification,
    TerminalPassport,
    TerminalReport,
    TerminalRetirement,
    TerminalsAnswer,
)
from veriwatt.api.times import utc
from veriwatt.errors import NotFound
from veriwatt.machine.terminals.queries import passports
from veriwatt.model.members.org_role import Authority
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Report, Retirement
from veriwatt.units import UtcMillis

Org = Annotated[str, Query(description="of this org alone")]


def terminals_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["terminals"])

    @router.get("/terminals")
    async def terminals(org: Org = "") -> TerminalsAnswer:
        """The terminals of the orgs here."""
        return TerminalsAnswer(terminals=await worker.read(lambda node: _terminals(node, org)))

    @router.get("/terminals/{terminal}")
    async def one_terminal(terminal: str, org: Org = "") -> TerminalPassport:
        """One terminal."""

        def question(node: ApiNode) -> TerminalPassport:
            found = [each for each in _terminals(node, org) if each.terminal == terminal]
            if len(found) != 1:
                several = f"several orgs have one: say org={' or org='.join(each.org for each in found)}"
                raise NotFound(several if found else f"there is no terminal {terminal!r}")
            return found[0]

        return await worker.read(question)

    return router


def _terminals(node: ApiNode, org: str) -> list[TerminalPassport]:
    enrolled = [passport for each in orgs_named(node, org) for passport in passports(node.ledger, each)]
    return [
        _terminal(passport, node.newest_frame(passport.org, passport.terminal), node.now()) for passport in enrolled
    ]


def _terminal(passport: Passport, newest: NewestFrame | None, now: UtcMillis) -> TerminalPassport:
    return TerminalPassport(
        org=passport.org,
        terminal=passport.terminal,
        passport_version=passport.version,
        model=passport.model,
        firmware=passport.firmware,
        key_id=passport.newest_key.key.key_id.hex(),
        suite=passport.newest_key.key.suite.number,
        protection=passport.newest_key.protection.value,
        enrolled_at=utc(passport.enrolled_at),
        certifications=[_certification(c, passport.org, now) for c in passport.certifications],
        retirement=None if passport.retirement is None else _retirement(passport.retirement),
        report=None if passport.report is None else _report(passport.report),
        equivocations=passport.equivocations,
        newest_frame=None if newest is None else _newest(newest),
    )


def _certification(certification: Certification, owner: str, now: UtcMillis) -> TerminalCertification:
    return TerminalCertification(
        org=certification.org,
        member=certification.member,
        valid_from=utc(certification.valid_from),
        valid_until=utc(certification.valid_until),
        holds_now=certification.valid_from <= now < certification.valid_until,
        by_own_org=certification.org == owner,
        authority=None if certification.authority is None else _authority(certification.authority),
    )


def _authority(authority: Authority) -> CertifierAuthority:
    return CertifierAuthority(
        admitted_by=authority.admitted_by, granted_by=list(authority.granted_by), basis=authority.basis.value
    )


def _retirement(retirement: Retirement) -> TerminalRetirement:
    last = retirement.last
    return TerminalRetirement(
        org=retirement.org,
        at_height=retirement.at_height,
        at_time=utc(retirement.at_time),
        last_frame=None if last is None else LastFrame(epoch=last.number.epoch, seq=last.number.seq),
    )


def _report(report: Report) -> TerminalReport:
    answer = report.answer
    return TerminalReport(
        org=report.org,
        member=report.member,
        since=utc(report.since),
        at_height=report.at_height,
        at_time=utc(report.at_time),
        answer=None if answer is None else Answer(member=answer.member, time=utc(answer.time), text=answer.text),
    )


def _newest(newest: NewestFrame) -> NewestTerminalFrame:
    header = newest.header
    return NewestTerminalFrame(
        epoch=header.number.epoch,
        seq=header.number.seq,
        position=newest.position,
        window_end=utc(header.window.end),
        collected_at=utc(header.collected_at),
        origin=type(header.origin).__name__.lower(),
        clock_source=header.clock.source,
        clock_uncertainty_ms=header.clock.uncertainty,
    )
