"""ABCI's messages, translated: the request decides which method of the application is called, and with what.

A refusal has code 1 and its error code as data, an executed bundle code 0 and the results in it, as in the hash of
results (`ledger/result_codes.py`); text for people is in the log. Vote extensions are never asked for: the genesis
leaves them disabled.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping

from veriwatt import __version__
from veriwatt.encoding import encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.application import Application
from veriwatt.ledger.comet.peer_filter import PeerFilter
from veriwatt.ledger.comet.retention import Retention
from veriwatt.ledger.comet.snapshot_parts import SNAPSHOT_FORMAT
from veriwatt.ledger.comet.snapshot_store import SnapshotInfo
from veriwatt.ledger.comet.state_sync import Applied, Offered, Stated, StateSync
from veriwatt.ledger.result_codes import block_result, tx_result
from veriwatt.machine.app import OK, TransactionOutcome
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.misbehaviour import Misbehaviour, misbehaviour_kind
from veriwatt.units import UtcMillis

CODESPACE = "veriwatt"
STATE_PATH = "/state"
ADDRESS_FILTER, ID_FILTER = "/p2p/filter/addr/", "/p2p/filter/id/"
PROOF_TYPE = "veriwatt/state-proof"


def app_state_of(genesis: Genesis) -> str:
    """The `app_state` of CometBFT's genesis file: the genesis document in base64."""
    return base64.b64encode(genesis.to_bytes()).decode()


class Codec:
    """Answers requests from the application and its snapshots."""

    def __init__(
        self, application: Application, state_sync: StateSync, peers: PeerFilter, retention: Retention
    ) -> None:
        """CometBFT may be connected to the nodes that `peers` admits, and keeps blocks as `retention` says."""
        self._application, self._state_sync, self._peers = application, state_sync, peers
        self._retention = retention
        self._answers: Mapping[str, Callable[[abci.Request], abci.Response]] = {
            "echo": lambda r: abci.Response(echo=abci.ResponseEcho(message=r.echo.message)),
            "flush": lambda _: abci.Response(flush=abci.ResponseFlush()),
            "info": lambda _: abci.Response(info=self._info()),
            "init_chain": lambda r: abci.Response(init_chain=self._init_chain(r.init_chain)),
            "query": lambda r: abci.Response(query=self._query(r.query)),
            "check_tx": lambda r: abci.Response(check_tx=self._check_tx(r.check_tx)),
            "commit": lambda _: abci.Response(commit=self._commit()),
            "list_snapshots": lambda _: abci.Response(list_snapshots=self._list_snapshots()),
            "offer_snapshot": lambda r: abci.Response(offer_snapshot=self._offer_snapshot(r.offer_snapshot)),
            "load_snapshot_chunk": lambda r: abci.Response(load_snapshot_chunk=self._load(r.load_snapshot_chunk)),
            "apply_snapshot_chunk": lambda r: abci.Response(apply_snapshot_chunk=self._apply(r.apply_snapshot_chunk)),
            "prepare_proposal": lambda r: abci.Response(prepare_proposal=self._prepare(r.prepare_proposal)),
            "process_proposal": lambda r: abci.Response(process_proposal=self._process(r.process_proposal)),
            "finalize_block": lambda r: abci.Response(finalize_block=self._finalize(r.finalize_block)),
        }

    def answer(self, request: abci.Request) -> abci.Response:
        """The response; raises Malformed for a request of no kind that we know, such as one for a vote extension."""
        kind = request.WhichOneof("value")
        if kind is None:
            raise Malformed("ABCI: a request of an unknown kind")
        return self._answers[kind](request)

    def _info(self) -> abci.ResponseInfo:
        height, root = self._application.newest()
        return abci.ResponseInfo(
            data=CODESPACE,
            version=__version__,
            app_version=MACHINE_VERSION,
            last_block_height=height,
            last_block_app_hash=root if height else b"",
        )

    def _init_chain(self, request: abci.RequestInitChain) -> abci.ResponseInitChain:
        try:
            genesis = base64.b64decode(json.loads(request.app_state_bytes), validate=True)
        except (ValueError, TypeError, binascii.Error) as error:
            raise Malformed(f"the app_state of CometBFT's genesis file is no genesis document: {error}") from error
        validators = {each.pub_key.ed25519: each.power for each in request.validators}
        return abci.ResponseInitChain(app_hash=self._application.init_chain(request.chain_id, genesis, validators))

    def _query(self, request: abci.RequestQuery) -> abci.ResponseQuery:
        if request.path.startswith(ADDRESS_FILTER):
            return abci.ResponseQuery()  # its id decides, once it has proven that
        if request.path.startswith(ID_FILTER):
            admitted = self._peers.admits(request.path.removeprefix(ID_FILTER))
            return abci.ResponseQuery(code=0 if admitted else 1, codespace=CODESPACE)
        if request.path != STATE_PATH:
            return abci.ResponseQuery(code=1, log=f"the only path is {STATE_PATH}", codespace=CODESPACE)
        height, value, proof = self._application.prove(request.data)
        operation = abci.ProofOp(type=PROOF_TYPE, key=request.data, data=encode(proof.fields()))
        # The header of `height` commits to the state after the block before.
        return abci.ResponseQuery(
            key=request.data, value=value or b"", height=height - 1, proof_ops=abci.ProofOps(ops=[operation])
        )

    def _check_tx(self, request: abci.RequestCheckTx) -> abci.ResponseCheckTx:
        again = request.type == abci.RequestCheckTx.RECHECK
        refusal = self._application.check_again(request.tx) if again else self._application.check(request.tx)
        if refusal is None:
            return abci.ResponseCheckTx()
        return abci.ResponseCheckTx(code=1, data=refusal.code.encode(), log=str(refusal), codespace=CODESPACE)

    def _commit(self) -> abci.ResponseCommit:
        self._application.commit()
        self._state_sync.consider()
        retain = self._application.lowest_kept(self._retention, self._state_sync.lowest_needed())
        return abci.ResponseCommit(retain_height=retain)

    def _prepare(self, request: abci.RequestPrepareProposal) -> abci.ResponsePrepareProposal:
        chosen = self._application.prepare(request.height, _millis(request.time), request.txs)
        return abci.ResponsePrepareProposal(txs=chosen)

    def _process(self, request: abci.RequestProcessProposal) -> abci.ResponseProcessProposal:
        accepted = self._application.accepts(request.height, _millis(request.time), request.txs)
        status = abci.ResponseProcessProposal.ACCEPT if accepted else abci.ResponseProcessProposal.REJECT
        return abci.ResponseProcessProposal(status=status)

    def _finalize(self, request: abci.RequestFinalizeBlock) -> abci.ResponseFinalizeBlock:
        told, time = list(map(_misbehaviour, request.misbehavior)), _millis(request.time)
        done = self._application.finalize(request.height, Digest(request.hash), time, request.txs, told)
        return abci.ResponseFinalizeBlock(
            tx_results=map(_result, done.outcomes),
            validator_updates=[
                abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=each.key.raw), power=each.power)
                for each in done.validators
            ],
            app_hash=done.root,
        )

    def _list_snapshots(self) -> abci.ResponseListSnapshots:
        return abci.ResponseListSnapshots(
            snapshots=[
                abci.Snapshot(
                    height=each.height,
                    format=SNAPSHOT_FORMAT,
                    chunks=each.parts,
                    hash=each.hash,
                    metadata=each.metadata,
                )
                for each in self._state_sync.served()
            ]
        )

    def _offer_snapshot(self, request: abci.RequestOfferSnapshot) -> abci.ResponseOfferSnapshot:
        offered = request.snapshot
        stated = Stated(offered.format, offered.chunks, offered.hash)
        info = SnapshotInfo(offered.height, offered.metadata)
        return abci.ResponseOfferSnapshot(result=_OFFERED[self._state_sync.offer(info, stated, request.app_hash)])

    def _load(self, request: abci.RequestLoadSnapshotChunk) -> abci.ResponseLoadSnapshotChunk:
        chunk = self._state_sync.load(request.height, request.format, request.chunk)
        return abci.ResponseLoadSnapshotChunk(chunk=chunk)

    def _apply(self, request: abci.RequestApplySnapshotChunk) -> abci.ResponseApplySnapshotChunk:
        applied = self._state_sync.apply(request.index, request.chunk, request.sender)
        return abci.ResponseApplySnapshotChunk(
            result=_APPLIED[applied.result], refetch_chunks=applied.refetch, reject_senders=applied.liars
        )


_OFFERED = {
    Offered.ACCEPT: abci.ResponseOfferSnapshot.ACCEPT,
    Offered.ABORT: abci.ResponseOfferSnapshot.ABORT,
    Offered.REJECT: abci.ResponseOfferSnapshot.REJECT,
    Offered.REJECT_SENDER: abci.ResponseOfferSnapshot.REJECT_SENDER,
    Offered.REJECT_FORMAT: abci.ResponseOfferSnapshot.REJECT_FORMAT,
}
_APPLIED = {
    Applied.ACCEPT: abci.ResponseApplySnapshotChunk.ACCEPT,
    Applied.RETRY: abci.ResponseApplySnapshotChunk.RETRY,
    Applied.RETRY_SNAPSHOT: abci.ResponseApplySnapshotChunk.RETRY_SNAPSHOT,
    Applied.REJECT_SNAPSHOT: abci.ResponseApplySnapshotChunk.REJECT_SNAPSHOT,
}


def _result(outcome: TransactionOutcome) -> abci.ExecTxResult:
    hashed = tx_result(block_result(outcome))
    codespace = "" if outcome.code == OK else CODESPACE
    return abci.ExecTxResult(code=hashed.code, data=hashed.data, log=outcome.text, codespace=codespace)


def _misbehaviour(told: abci.Misbehavior) -> Misbehaviour:
    """Raises Malformed for a kind that this release does not know."""
    kind, who = misbehaviour_kind(told.type), told.validator
    return Misbehaviour(kind, who.address, who.power, told.total_voting_power, told.height, _millis(told.time))


def _millis(time: abci.Timestamp) -> UtcMillis:
    return time.seconds * 1000 + time.nanos // 1_000_000
