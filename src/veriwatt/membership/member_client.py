"""A member's desk: signs bodies as that member and submits them."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Refused
from veriwatt.model.ledger.transaction import CLIENT_ID_LENGTH, Body, kind_of, sign_transaction
from veriwatt.ports.ledger import Ledger, Result

EXPIRES_IN = 1_000
"""Blocks that a transaction stays valid for; far beyond any wait of an embedded ledger."""


class LedgerRefused(Refused):
    """The ledger executed a transaction and refused it; its code and words are the ledger's."""

    code = "ledger-refused"

    def __init__(self, kind: str, result: Result) -> None:
        super().__init__(f"the ledger refused {kind}: {result.text}")
        self.code, self.result = result.code, result


class MemberClient:
    """One member of one org."""

    def __init__(self, ledger: Ledger, org: str, member: str, signer: Signer, random: Callable[[int], bytes]) -> None:
        self.org, self.member = org, member
        self._ledger, self._signer, self._random = ledger, signer, random

    def submit(self, *bodies: Body) -> tuple[Result, ...]:
        """Execute the bodies in one block, in order; durable on return.

        Raises:
            LedgerRefused: one of them was refused. Those before it stand.
            Unsettled: the answer was lost; what the bodies were to change says whether they were executed.
        """
        results = self._ledger.submit([self.sign(body) for body in bodies])
        for body, result in zip(bodies, results, strict=True):
            if not result.ok:
                raise LedgerRefused(kind_of(body), result)
        return results

    def sign(self, body: Body) -> bytes:
        """The transaction with this body, under a fresh client id."""
        expiry = self._ledger.head().height + EXPIRES_IN
        client_id, chain = self._random(CLIENT_ID_LENGTH), self._ledger.chain_id
        return sign_transaction(
            self._signer, chain, self.org, self.member, client_id, expiry, kind_of(body), body.fields()
        )
