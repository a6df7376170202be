"""CometBFT's RPC on loopback: submitting transactions, and reading headers with their commits."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

import httpx

from veriwatt.errors import Malformed, NotFound, Unavailable, Unsettled
from veriwatt.ledger.comet.comet_json import light_block
from veriwatt.model.ledger.block import LightBlock

PATIENCE = 10
"""Seconds for one answer."""

BATCH_COUNT, BATCH_BYTES = 64, 1 << 20
"""Transactions in one request; one more may begin below this number of bytes, and in base64 they are a third longer."""

VALIDATORS_PER_PAGE = 100
_IN_CACHE = "tx already exists in cache"


class Submission(Enum):
    """What became of a transaction that was offered to the mempool."""

    WAITS = "waits"
    REFUSED = "refused"
    NOT_NOW = "not now"


class CometRpc:
    """The RPC of one node; callable from many threads.

    Every call raises Unavailable when the node does not answer, and Malformed when its answer is none of ours.
    """

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def answers(self) -> bool:
        """Whether the node answers now."""
        try:
            return self._client.get("/health", timeout=1).is_success
        except httpx.HTTPError:
            return False

    def submit(self, transactions: Sequence[bytes]) -> list[Submission]:
        """Offer transactions to the node's mempool, in order: one of `batches`.

        Raises:
            Unavailable: none was offered.
            Unsettled: some may wait.
        """
        calls = [
            {"jsonrpc": "2.0", "id": at, "method": "broadcast_tx_sync", "params": {"tx": _base64(raw)}}
            for at, raw in enumerate(transactions)
        ]
        answers = {answer["id"]: answer for answer in self._post(calls)}
        return [_submission(answers[at]) for at in range(len(transactions))]

    def light_block(self, height: int) -> LightBlock:
        """The header of `height` with its commit and validators, as the node says.

        The commit is the one that the next block has, the same at every node; of CometBFT's newest block it is of the
        votes that this node had when it went on to the next height.

        Raises:
            NotFound: the node has no such block, or no longer.
        """
        commit = self._call("commit", height=str(height))
        validators: list[Any] = []
        total = 1
        while len(validators) < total:
            page = str(len(validators) // VALIDATORS_PER_PAGE + 1)
            found = self._call("validators", height=str(height), page=page, per_page=str(VALIDATORS_PER_PAGE))
            validators += found["validators"]
            total = int(found["total"])
        return light_block(commit["signed_header"], validators)

    def peers(self) -> tuple[str, ...]:
        """The ids of the nodes that it is connected to."""
        return tuple(str(peer["node_info"]["id"]) for peer in self._call("net_info")["peers"])

    def catches_up(self) -> bool:
        """Whether it fetches blocks, and takes no part in the consensus yet."""
        try:
            return bool(self._call("status")["sync_info"]["catching_up"])
        except (KeyError, TypeError) as error:
            raise Malformed(f"CometBFT's status is not as we know it: {error!r}") from error

    def peer_heights(self) -> list[int]:
        """The height that each connected node works on, as it says."""
        found = self._call("dump_consensus_state")
        try:
            return [int(peer["peer_state"]["round_state"]["height"]) for peer in found["peers"] or ()]
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed(f"CometBFT's state of consensus is not as we know it: {error!r}") from error

    def waiting(self) -> int:
        """How many transactions and bundles wait in its mempool."""
        return int(self._call("num_unconfirmed_txs")["total"])

    def _call(self, method: str, **params: str) -> Any:
        """The result of a call that changes nothing."""
        try:
            (answer,) = self._post([{"jsonrpc": "2.0", "id": 0, "method": method, "params": params}])
        except Unsettled as error:
            raise Unavailable(str(error)) from error
        if "error" in answer:
            why = _error(answer)
            if "height" in why:
                raise NotFound(f"the node has no such block: {why}")
            raise Unavailable(f"CometBFT does not answer {method}: {why}")
        return answer["result"]

    def _post(self, calls: list[dict[str, Any]]) -> list[Any]:
        try:
            response = self._client.post("/", json=calls)
            response.raise_for_status()
            answers = response.json()
        except httpx.ConnectError as error:
            raise Unavailable(
                f"CometBFT cannot be reached ({error}): `veriwatt node run` starts the node of this ledger"
            ) from error
        except httpx.HTTPError as error:
            raise Unsettled(f"CometBFT has not answered: {error}") from error
        except ValueError as error:
            raise Malformed(f"CometBFT's answer is not JSON: {error}") from error
        return answers if isinstance(answers, list) else [answers]


def batches(transactions: Sequence[bytes]) -> Iterator[range]:
    """Which transactions go into which request, in order."""
    begin = size = 0
    for at, raw in enumerate(transactions):
        size += len(raw)
        if at + 1 - begin == BATCH_COUNT or size >= BATCH_BYTES:
            yield range(begin, at + 1)
            begin, size = at + 1, 0
    if begin < len(transactions):
        yield range(begin, len(transactions))


def _submission(answer: Any) -> Submission:
    if "error" not in answer:
        return Submission.WAITS if answer["result"]["code"] == 0 else Submission.REFUSED
    return Submission.WAITS if _IN_CACHE in _error(answer) else Submission.NOT_NOW


def _error(answer: Any) -> str:
    error = answer["error"]
    return f"{error.get('message', '')} {error.get('data', '')}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
