"""Routes about the node: health, status, orgs, metrics."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response

import veriwatt
from veriwatt.api.api_node import ApiNode, ChainState, Worker
from veriwatt.api.metrics import Metrics
from veriwatt.api.metrics_page import PATH, metrics_answer
from veriwatt.api.openapi import OWN_BUDGET
from veriwatt.api.schemas.node import (
    ChainProgress,
    HealthAnswer,
    OrgMember,
    OrgsAnswer,
    OrgWithMembers,
    RoleOfOrg,
    StatusAnswer,
)
from veriwatt.api.times import utc
from veriwatt.errors import NotFound
from veriwatt.machine.members.queries import has_vote, members, org_roles, organisation, organisations, suspension
from veriwatt.model.members.org_role import OrgRole
from veriwatt.model.members.organisation import Member, Organisation, admission_text
from veriwatt.reading.explorer.blocks import operator_of
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


def health_routes(worker: Worker, metrics: Metrics, certificate_until: Callable[[], UtcMillis | None]) -> APIRouter:
    router = APIRouter(tags=["node"])

    @router.get("/healthz", openapi_extra=OWN_BUDGET, response_model_exclude_defaults=True)
    async def healthz() -> HealthAnswer:
        """Answered at once, whatever the node does.

        `failing` has each work that fails now, with its error's code; `certificate_until` is the end of the certificate
        of TLS.
        """
        failing, until = dict(await worker.health()), certificate_until()
        return HealthAnswer(ok=True, failing=failing, certificate_until=None if until is None else utc_text(until))

    @router.get(PATH, include_in_schema=False)
    async def metrics_page() -> Response:
        """Prometheus metrics; the listener of the setting `metrics_listen` answers them without a session."""
        return await metrics_answer(worker, metrics)

    return router


def status_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["node"])

    @router.get("/status")
    async def status() -> StatusAnswer:
        """The ledger's newest state, and how far each data chain has come."""
        return await worker.read(_status)

    @router.get("/orgs")
    async def orgs() -> OrgsAnswer:
        """The orgs of the consortium with their members."""
        return await worker.read(_orgs)

    @router.get("/orgs/{org}")
    async def one_org(org: str) -> OrgWithMembers:
        """One org."""
        return await worker.read(lambda node: _one_org(node, org))

    return router


def _status(node: ApiNode) -> StatusAnswer:
    head = node.ledger.head()
    titles = {o.org: o.title for o in organisations(node.ledger)}
    return StatusAnswer(
        version=veriwatt.__version__,
        chain_id=node.ledger.chain_id,
        operator=operator_of(node.ledger),
        height=head.height,
        time=utc(head.time),
        now=utc(node.now()),
        orgs=[_chain(chain, titles[chain.org]) for chain in node.chains()],
    )


def _chain(chain: ChainState, title: str) -> ChainProgress:
    since = chain.unanchored_since
    return ChainProgress(
        org=chain.org,
        title=title,
        frames=chain.frames,
        anchored=chain.anchored,
        viewed=chain.viewed,
        unanchored_since=None if since is None else utc(since),
    )


def _orgs(node: ApiNode) -> OrgsAnswer:
    return OrgsAnswer(orgs=[_org(node, org) for org in organisations(node.ledger)])


def _one_org(node: ApiNode, org: str) -> OrgWithMembers:
    found = organisation(node.ledger, org)
    if found is None:
        raise NotFound(f"there is no org {org!r}")
    return _org(node, found)


def _org(node: ApiNode, org: Organisation) -> OrgWithMembers:
    return OrgWithMembers(
        org=org.org,
        title=org.title,
        admitted_by=admission_text(org.admitted_by) or None,
        has_vote=has_vote(node.ledger, org.org),
        suspended=suspension(node.ledger, org.org) is not None,
        admitted_height=org.height,
        admitted_at=utc(org.time),
        roles=[_role(each) for each in org_roles(node.ledger, org.org)],
        members=[_member(each) for each in members(node.ledger, org.org)],
    )


def _role(held: OrgRole) -> RoleOfOrg:
    granted_at = None if held.granted_at is None else utc(held.granted_at)
    return RoleOfOrg(role=held.role.value, granted_at=granted_at, votes=list(held.voters), basis=held.basis.value)


def _member(member: Member) -> OrgMember:
    return OrgMember(name=member.name, role=member.role.value, key_id=member.key.key_id.hex())
