"""Authenticate a transaction: the checks before the rules of its kind, in this order.

    1  its size and its form                             transaction-too-large, malformed
    2  its chain                                         wrong-chain
    3  height <= expiry <= height + horizon              transaction-expired, expiry-too-far
    4  the member exists and has this key                signer-not-found
    5  the signature verifies                            bad-signature

A transaction that fails here changes no state, because no member is accountable for it. The numbers are those of
docs/spec/transaction.md.
"""

from __future__ import annotations

from functools import lru_cache

from veriwatt.crypto.signing import PublicKey, verify_signature
from veriwatt.ids import KeyId
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import ExpiryTooFar, SignerNotFound, TransactionExpired, TransactionTooLarge, WrongChain
from veriwatt.machine.rules import Rules
from veriwatt.machine.state import View
from veriwatt.machine.transaction_kinds import Kinds, parse
from veriwatt.model.ledger.transaction import Body, Transaction


def authenticate(raw: bytes, rules: Rules, view: View, kinds: Kinds) -> Transaction[Body]:
    """The transaction in `raw`, signed by the member that it names.

    Raises:
        Malformed, Refused, BadSignature: by the steps above.
    """
    if len(raw) > rules.transaction_limit:  # 1
        raise TransactionTooLarge(size=len(raw), limit=rules.transaction_limit)
    tx = parse(raw, kinds)
    height, horizon = view.block.height, rules.expiry_horizon
    if tx.chain != rules.chain_id:  # 2
        raise WrongChain(chain=tx.chain, here=rules.chain_id)
    if tx.expiry < height:  # 3
        raise TransactionExpired(expiry=tx.expiry, height=height)
    if tx.expiry > height + horizon:
        raise ExpiryTooFar(expiry=tx.expiry, limit=height + horizon)
    who = members.member(view, tx.org, tx.member)
    if who is None or (who.key.suite.cose_algorithm, _key_id(who.key)) != (tx.algorithm, tx.key_id):
        raise SignerNotFound(org=tx.org, member=tx.member)
    verify_signature(who.key, tx.signed, tx.signature, "the transaction")  # 5
    return tx


@lru_cache(maxsize=4096)
def _key_id(key: PublicKey) -> KeyId:
    return key.key_id
