"""CometBFT's side of ABCI, for tests: requests over the socket, and a chain of one validator that makes blocks.

with AbciHost(folder, genesis), AbciClient(folder) as client:
    chain = SimConsensus(client, genesis)
    codes = chain.block([first, second])
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.app_socket import NAME, listen_in
from veriwatt.ledger.comet.application import Application, FinalOutcomes
from veriwatt.ledger.comet.codec import Codec, app_state_of
from veriwatt.ledger.comet.peer_filter import PeerFilter
from veriwatt.ledger.comet.retention import Retention
from veriwatt.ledger.comet.server import AbciServer
from veriwatt.ledger.comet.snapshot_store import SnapshotStore
from veriwatt.ledger.comet.state_sync import StateSync
from veriwatt.ledger.comet.wire import Messages, framed
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.envelopes import CACHED_BYTES, Envelopes
from veriwatt.machine.genesis import genesis_rows
from veriwatt.model.ledger.block import data_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.units import SECOND, UtcMillis


class AbciHost:
    """The application of a ledger in `folder`, made there when it is missing, served on a socket."""

    def __init__(
        self,
        folder: Path,
        genesis: Genesis,
        *,
        snapshot_interval: int = 0,
        peers: frozenset[str] = frozenset(),
        retention: Retention | None = None,
    ) -> None:
        self.folder, file = folder, folder / "ledger.db"
        self.tables, self.final = Tables(file, writable=True), list[FinalOutcomes]()
        if self.tables.is_empty():
            self.tables.create([(0, genesis.to_bytes())], genesis_rows(genesis))
        envelopes = Envelopes(limit=CACHED_BYTES)
        self.application = Application(self.tables, genesis, StateTrees(), envelopes, self.final.append)
        self.state_sync = StateSync(self.application, file, SnapshotStore(folder / "snapshots"), snapshot_interval)
        codec = Codec(
            self.application, self.state_sync, PeerFilter(peers, self.application.p2p_ids), retention or Retention()
        )
        self.server = AbciServer(listen_in(folder), codec.answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
        self.state_sync.finish()
        self.tables.close()


class AbciClient:
    """One connection; `send` does not wait, `call` sends a Flush and returns the response."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(20)
        self._socket.connect(str(folder / NAME))
        self._messages, self._received = Messages(), list[abci.Response]()

    def send(self, *requests: abci.Request) -> None:
        self._socket.sendall(b"".join(framed(each.SerializeToString()) for each in requests))

    def send_raw(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def receive(self) -> abci.Response | None:
        """The next response; None when the server ended the connection."""
        while not self._received:
            piece = self._socket.recv(1 << 16)
            if not piece:
                return None
            self._received += map(abci.Response.FromString, self._messages.feed(piece))
        return self._received.pop(0)

    def call(self, request: abci.Request) -> abci.Response:
        self.send(request, abci.Request(flush=abci.RequestFlush()))
        response = self.receive()
        assert response is not None, "the connection ended"
        if not response.HasField("exception"):
            flushed = self.receive()
            assert flushed is not None
            assert flushed.HasField("flush")
        return response

    def info(self) -> abci.ResponseInfo:
        return self.call(abci.Request(info=abci.RequestInfo())).info

    def check(self, raw: bytes, *, again: bool = False) -> abci.ResponseCheckTx:
        kind = abci.RequestCheckTx.RECHECK if again else abci.RequestCheckTx.NEW
        return self.call(abci.Request(check_tx=abci.RequestCheckTx(tx=raw, type=kind))).check_tx

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SimConsensus:
    """Blocks as CometBFT makes them, from where the application stands.

    `time` is that of the newest header, `validator_updates` are those of the newest block, power by key.
    """

    def __init__(self, client: AbciClient, genesis: Genesis) -> None:
        info = client.info()
        self._client, self.genesis = client, genesis
        self.height, self.app_hash, self.time = info.last_block_height, info.last_block_app_hash, genesis.time
        self.retain_height, self.validator_updates = 0, dict[bytes, int]()

    def init_chain(self) -> abci.Response:
        """InitChain, as the genesis file states it."""
        validators = [
            abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=each.key.raw), power=each.power)
            for each in self.genesis.validators
        ]
        request = abci.RequestInitChain(
            chain_id=self.genesis.chain_id,
            validators=validators,
            app_state_bytes=json.dumps(app_state_of(self.genesis)).encode(),
            initial_height=1,
        )
        response = self._client.call(abci.Request(init_chain=request))
        self.app_hash = response.init_chain.app_hash
        return response

    def block(self, transactions: Sequence[bytes] = (), time: UtcMillis | None = None) -> list[str]:
        """Propose, judge, decide and commit a block; returns the codes of its transactions."""
        chosen = self.prepare(transactions, time)
        assert self.accepts(chosen, time)
        return self.decide(chosen, time)

    def prepare(self, transactions: Sequence[bytes], time: UtcMillis | None = None) -> list[bytes]:
        request = abci.RequestPrepareProposal(
            max_tx_bytes=1 << 22, txs=transactions, height=self.height + 1, time=self._timestamp(time)
        )
        return list(self._client.call(abci.Request(prepare_proposal=request)).prepare_proposal.txs)

    def accepts(self, transactions: Sequence[bytes], time: UtcMillis | None = None) -> bool:
        request = abci.RequestProcessProposal(txs=transactions, height=self.height + 1, time=self._timestamp(time))
        status = self._client.call(abci.Request(process_proposal=request)).process_proposal.status
        return status == abci.ResponseProcessProposal.ACCEPT

    def decide(
        self,
        transactions: Sequence[bytes],
        time: UtcMillis | None = None,
        misbehaviour: Sequence[abci.Misbehavior] = (),
    ) -> list[str]:
        """FinalizeBlock and Commit."""
        codes = self.finalize(transactions, time, misbehaviour)
        self.commit(time)
        return codes

    def finalize(
        self,
        transactions: Sequence[bytes],
        time: UtcMillis | None = None,
        misbehaviour: Sequence[abci.Misbehavior] = (),
    ) -> list[str]:
        request = abci.RequestFinalizeBlock(
            txs=transactions,
            misbehavior=misbehaviour,
            hash=data_hash(transactions),
            height=self.height + 1,
            time=self._timestamp(time),
        )
        response = self._client.call(abci.Request(finalize_block=request)).finalize_block
        self._next_hash = response.app_hash
        self.validator_updates = {each.pub_key.ed25519: each.power for each in response.validator_updates}
        return [each.data.decode() if each.code else "ok" for each in response.tx_results]

    def commit(self, time: UtcMillis | None = None) -> None:
        response = self._client.call(abci.Request(commit=abci.RequestCommit()))
        self.retain_height = response.commit.retain_height
        self.height, self.app_hash = self.height + 1, self._next_hash
        self.time = self._time(time)

    def _time(self, time: UtcMillis | None) -> UtcMillis:
        return self.time + SECOND if time is None else time

    def _timestamp(self, time: UtcMillis | None) -> abci.Timestamp:
        millis = self._time(time)
        return abci.Timestamp(seconds=millis // SECOND, nanos=millis % SECOND * 1_000_000)
