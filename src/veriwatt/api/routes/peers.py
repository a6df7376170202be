"""The doors for peers: what a follower of the ledger asks for, with proofs, and transactions that a member submits.

Blocks and proofs of the newest one are for anybody; what has the content of records is for members, in a session that
a signed request opens. What changes something is itself signed by a member's key.
Spec: docs/spec/peers.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from veriwatt.api.api_node import ApiNode, Worker
from veriwatt.api.limits import Buckets
from veriwatt.api.openapi import CBOR, OWN_BUDGET, binary
from veriwatt.api.resources.payer import payer_of
from veriwatt.api.resources.policy import PEER_BURST, PEER_COST, PEER_RATE, SUBMIT_BURST, SUBMIT_RATE
from veriwatt.errors import BadInput
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.ledger.peer_answers import MAX_KEY, SESSION_HEADER
from veriwatt.model.members.organisation import Member

Block = Annotated[int, Query(ge=0, lt=1 << 63, description="the height of a block", alias="height")]
Height = Annotated[int, Query(ge=0, lt=1 << 63, description="the height of a head that this node gave")]
Start = Annotated[int, Query(ge=0, le=MAX_SIZE, description="the index of the first leaf")]
Log = Annotated[str, Query(max_length=2 * MAX_KEY, description="the state key of the log's range, hexadecimal")]


def peers_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["peers"], prefix="/peer")
    payers = Buckets("questions of one follower's address", PEER_RATE, PEER_BURST)
    members = Buckets("transactions that one member submits", SUBMIT_RATE, SUBMIT_BURST)

    async def answer(request: Request, door: str, ask: Callable[[ApiNode], bytes]) -> Response:
        payers.take(payer_of(request.scope), PEER_COST.get(door, 1))
        return Response(await worker.read(ask), media_type=CBOR)

    async def read(request: Request, door: str, ask: Callable[[ApiNode], bytes]) -> Response:
        """The answer to a member's question, in a session; a stranger's is charged all the same."""
        token = _hexadecimal(request.headers.get(SESSION_HEADER, ""), SESSION_HEADER)

        def question(node: ApiNode) -> bytes:
            node.peer.check_session(token)
            return ask(node)

        return await answer(request, door, question)

    @router.post("/session", **_answers("[2, token]", "a signed request without a body"))
    async def session(request: Request) -> Response:
        """A session of ten minutes for a member, to read state, logs and transactions in."""
        raw = await request.body()
        return await answer(request, "session", lambda node: node.peer.session(raw))

    @router.get("/node", **_answers("[2, org, node]"))
    async def node_name(request: Request) -> Response:
        """The org and the name by which requests for this node are addressed."""
        return await answer(request, "node", lambda node: node.peer.who())

    @router.get("/genesis", **_answers("the genesis document"))
    async def genesis(request: Request) -> Response:
        """The genesis document of the ledger, whose hash is in trust files."""
        return await answer(request, "genesis", lambda node: node.peer.genesis())

    @router.get("/head", **_answers("the head of a peer"))
    async def head(request: Request) -> Response:
        """The newest block with the newest leaf of the root log; a fresh one is signed if it is old."""
        return await answer(request, "head", _head)

    @router.get("/block", **_answers("a light block"))
    async def block(request: Request, height: Block) -> Response:
        """The header of a block with the commit that makes it final."""
        return await answer(request, "block", lambda node: node.peer.block(height))

    @router.get("/transactions", **_answers("the transactions of a block"))
    async def transactions(request: Request, height: Block) -> Response:
        """The transactions of a block, with the codes of their results."""
        return await read(request, "transactions", lambda node: node.peer.transactions(height))

    @router.post("/state", **_answers("a state answer", "a state question"))
    async def state(request: Request) -> Response:
        """The values of state keys, absence included, with one proof under a header."""
        raw = await request.body()
        return await read(request, "state", lambda node: node.peer.state(raw))

    @router.get("/log", **_answers("a log answer"))
    async def log(request: Request, height: Height, log: Log, start: Start) -> Response:
        """Leaves of a log in the state, with their paths to its root under a header."""
        key = _hexadecimal(log, "log")
        return await read(request, "log", lambda node: node.peer.log(height, key, start))

    @router.get("/parts", **_answers("the summaries of the parts of the map"))
    async def summaries(request: Request, height: Height) -> Response:
        """The summaries of the 256 parts of the state's map under a header."""
        return await read(request, "parts", lambda node: node.peer.summaries(height))

    @router.post("/parts", **_answers("the rows of parts", "a parts question"))
    async def parts(request: Request) -> Response:
        """The rows of parts of the map, as many parts as one answer holds."""
        raw = await request.body()
        return await read(request, "parts", lambda node: node.peer.parts(raw))

    @router.post("/submit", **_answers("[2]", "a signed request with the transactions"))
    async def submit(request: Request) -> Response:
        """Submit transactions of any members; the request is signed by a member. Their results are in the state."""
        raw = await request.body()

        def charge(member: Member, count: int) -> None:
            members.take((member.org, member.name), count)

        return await answer(request, "submit", lambda node: node.peer.submit(raw, charge))

    return router


def _head(node: ApiNode) -> bytes:
    node.follow()
    return node.peer.head()


def _hexadecimal(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadInput(where=where, value=text[:80], why="is not hexadecimal") from None


def _answers(what: str, question: str = "") -> dict[str, Any]:
    """How a door is declared: its answer, and the body that it takes."""
    extra: dict[str, Any] = OWN_BUDGET
    if question:
        content = {CBOR: {"schema": {"type": "string", "format": "binary"}}}
        extra = OWN_BUDGET | {"requestBody": {"required": True, "description": question, "content": content}}
    return {"response_class": Response, "responses": binary(CBOR, what), "openapi_extra": extra}
