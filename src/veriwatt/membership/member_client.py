"""A member's client of the ledger: signs the member's transactions and submits them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Refused
from veriwatt.machine.app import execute_block
from veriwatt.machine.state import BlockContext
from veriwatt.model.ledger.transaction import CLIENT_ID_LENGTH, Body, sign_transaction
from veriwatt.ports.ledger import Ledger, Result, submit
from veriwatt.units import UtcMillis

EXPIRES_IN = 1_000
"""The blocks for which a transaction is valid; engines execute it much sooner."""


class LedgerRefused(Refused):
    """The ledger refused a transaction; code and text are those of its result."""

    code = "ledger-refused"

    def __init__(self, kind: str, result: Result) -> None:
        super().__init__(f"the ledger refused {kind}: {result.text}")
        self.code, self.result = result.code, result


class MemberClient:
    """One member of one org."""

    def __init__(self, ledger: Ledger, org: str, member: str, signer: Signer, random: Callable[[int], bytes]) -> None:
        self.org, self.member = org, member
        self._ledger, self._signer, self._random = ledger, signer, random

    @property
    def ledger_time(self) -> UtcMillis:
        """The time of the ledger's newest block."""
        return self._ledger.head().time

    def submit(self, *bodies: Body) -> tuple[Result, ...]:
        """Sign the bodies, submit them and wait for their results, in the order of the bodies; durable on return.

        Args:
            bodies: independent of each other: an engine may execute them in several blocks, in any order.

        Raises:
            LedgerRefused: one of them was refused; the others are executed.
            Unsettled: a result was lost; the state says whether the bodies were executed.
        """
        return self._submitted(bodies, [self.sign(body) for body in bodies])

    def submit_once(self, body: Body, client_id: bytes) -> Result:
        """As `submit`, of one body under a client id that is made from what it says.

        Whoever submits it again before the first is executed submits the same transaction, or one that is refused.
        """
        (result,) = self._submitted([body], [self.sign(body, client_id)])
        return result

    def check(self, *bodies: Body) -> None:
        """Raise LedgerRefused if the next block would refuse one of the bodies; nothing is submitted.

        They are judged at the time of that block: on a quiet ledger the newest one may be hours old.
        """
        with self._ledger.snapshot() as now:
            head = now.head
            block = BlockContext(head.height + 1, self._ledger.next_time(), head.app_hash)
            outcomes = execute_block(now, block, [self.sign(body) for body in bodies]).outcomes
        for body, outcome in zip(bodies, outcomes, strict=True):
            result = Result(outcome.code, outcome.text, head.height, head.time)
            if not result.ok:
                raise LedgerRefused(body.kind, result)

    def sign(self, body: Body, client_id: bytes | None = None) -> bytes:
        """The transaction with this body, under a fresh client id if none is given."""
        expiry = self._ledger.head().height + EXPIRES_IN
        client_id, chain = client_id or self._random(CLIENT_ID_LENGTH), self._ledger.chain_id
        return sign_transaction(self._signer, chain, self.org, self.member, client_id, expiry, body)

    def _submitted(self, bodies: Sequence[Body], signed: Sequence[bytes]) -> tuple[Result, ...]:
        results = submit(self._ledger, signed)
        for body, result in zip(bodies, results, strict=True):
            if not result.ok:
                raise LedgerRefused(body.kind, result)
        return results
