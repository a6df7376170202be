"""The explorer over four validators, real CometBFTs: blocks are verified, who is missing is named, a halt is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from veriwatt.errors import Unsettled
from veriwatt.ids import Digest
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.ledger.comet.reader import CometReader
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.model.ledger.block import commit_hash
from veriwatt.model.ledger.validators import address_of
from veriwatt.ports.ledger import submit
from veriwatt.reading.explorer.blocks import block_at, block_json, transaction_place
from veriwatt.reading.explorer.checks import block_check_json, transaction_check_json
from veriwatt.reading.explorer.halt import HALTED_AFTER
from veriwatt.reading.explorer.standing import MISSING_IN, STALE_AFTER, ledger_json
from veriwatt.readmodel.hash_index import HashIndex
from veriwatt.system.sqlite import MEMORY
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.units import SECOND

pytestmark = [pytest.mark.engine, pytest.mark.slow]

VALIDATORS = 4
ANN = SimMember("acme", "ann")


def test_blocks_are_verified_the_missing_are_named_and_a_halt_is_told(tmp_path: Path) -> None:
    genesis, numbers = sim_genesis(ANN, validators=VALIDATORS), count()
    with CometNetwork(tmp_path, genesis, comet_program(), block_pause=100) as network:
        with ThreadPoolExecutor() as pool:
            ledgers = list(pool.map(network.run, range(VALIDATORS)))
        wait_until(lambda: min(map(height_of, ledgers)) > 0)
        ledger, following = ledgers[0], ledgers[1]

        def enrolled() -> bytes:
            return ANN.enrol(SimTerminal("acme", f"t{next(numbers)}"))

        bundle = ANN.bundle(enrolled(), enrolled(), enrolled())
        assert all(result.ok for result in submit(ledger, [bundle, enrolled(), ANN.open_log()]))
        _go_on(ledger, 12, enrolled)
        _every_block_holds(ledger)
        wait_until(lambda: height_of(following) >= height_of(ledger))
        assert block_json(following, 2) == block_json(ledger, 2)
        with CometReader(ledger_file(network.folder(0)), network.settings(0).rpc_port) as beside:
            _votes_are_the_same_everywhere(ledger, beside, following)

        network.stop(3)
        _go_on(ledger, MISSING_IN + 2, enrolled)
        (alarm,) = ledger_json(ledger, ledger.head().time, None)["alarms"]
        gone = address_of(sim_validator(3).public.raw).hex()
        assert (alarm["code"], alarm["values"]["count"], alarm["values"]["names"]) == (
            "validators-missing",
            1,
            gone[:10],
        )
        (told,) = [each for each in ledger_json(ledger, 0, None)["validators"] if each["address"] == gone]
        assert told["missing"]
        assert 0 < told["signed"] < told["of"]
        _every_block_holds(ledger)

        network.stop(2)
        with pytest.raises(Unsettled):
            ledger.await_result(ledger.broadcast([enrolled()])[0], 5 * SECOND)
        head = ledger.head()
        halted = ledger_json(ledger, head.time + STALE_AFTER, None)
        assert "ledger-stale" in [each["code"] for each in halted["alarms"]]
        assert block_at(ledger, head.time).height == head.height

        network.run(2)
        network.run(3)
        assert submit(ledger, [enrolled()])[0].ok
        wait_until(lambda: _is_well(ledger, enrolled))


def _is_well(ledger: CometLedger, transaction: Callable[[], bytes]) -> bool:
    """Whether no alarm is left, one block later: who comes back signs first blocks that no next one has kept yet."""
    _go_on(ledger, 1, transaction)
    return not ledger_json(ledger, ledger.head().time + HALTED_AFTER - 1, None)["alarms"]


def _go_on(ledger: CometLedger, blocks: int, transaction: Callable[[], bytes]) -> None:
    height = ledger.head().height + blocks
    while ledger.head().height < height:
        assert submit(ledger, [transaction()])[0].ok
        ledger.light_block(ledger.head().height)  # as a page asks, before the last vote has come


def _votes_are_the_same_everywhere(*readers: CometReader) -> None:
    """Of each block that has a next one: those that this has kept, also in a process that first asks now."""
    for height in range(1, min(each.head().height for each in readers)):
        kept = readers[0].light_block(height + 1).header.last_commit_hash
        assert {commit_hash(each.light_block(height).commit) for each in readers} == {kept}


def _every_block_holds(ledger: CometLedger) -> None:
    """And so does every transaction in it, found by its digest in an index that was made from nothing."""
    with closing(HashIndex(MEMORY, ledger.chain_id)) as hashes:
        while hashes.follow(ledger, 100):
            pass
        for height in range(1, ledger.head().height):
            assert block_check_json(ledger, height)["outcome"] == "holds"
            for item in block_json(ledger, height)["items"]:
                for each in (item, *(item["transactions"] or ())):
                    place = transaction_place(ledger, hashes, Digest.from_hex(each["digest"]))
                    assert place.height == height
                    assert transaction_check_json(ledger, place)["outcome"] == "holds"
