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
from veriwatt.machine.terminals.queries import passport, passports
from veriwatt.model.members.org_role import Authority
from veriwatt.model.members.organisation import admission_text
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
            found = [p for each in orgs_named(node, org) if (p := passport(node.ledger, each, terminal)) is not None]
            if len(found) != 1:
                several = f"several orgs have one: say org={' or org='.join(each.org for each in found)}"
                raise NotFound(several if found else f"there is no terminal {terminal!r}")
            return _terminal(found[0], node.newest_frame(found[0].org, terminal), node.now())

        return await worker.read(question)

    return router


def _terminals(node: ApiNode, org: str) -> list[TerminalPassport]:
    now, found = node.now(), list[TerminalPassport]()
    for each in orgs_named(node, org):
        newest = node.newest_frames(each)
        found += [_terminal(enrolled, newest.get(enrolled.terminal), now) for enrolled in passports(node.ledger, each)]
    return found


def _terminal(enrolled: Passport, newest: NewestFrame | None, now: UtcMillis) -> TerminalPassport:
    return TerminalPassport(
        org=enrolled.org,
        terminal=enrolled.terminal,
        passport_version=enrolled.version,
        model=enrolled.model,
        firmware=enrolled.firmware,
        key_id=enrolled.newest_key.key.key_id.hex(),
        suite=enrolled.newest_key.key.suite.number,
        protection=enrolled.newest_key.protection.value,
        enrolled_at=utc(enrolled.enrolled_at),
        certifications=[_certification(c, enrolled.org, now) for c in enrolled.certifications],
        retirement=None if enrolled.retirement is None else _retirement(enrolled.retirement),
        report=None if enrolled.report is None else _report(enrolled.report),
        equivocations=enrolled.equivocations,
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
        admitted_by=admission_text(authority.admitted_by) or None,
        granted_by=list(authority.granted_by),
        basis=authority.basis.value,
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
