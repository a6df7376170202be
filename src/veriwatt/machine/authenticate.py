"""Authenticate a transaction: the checks before the rules of its kind, in this order.

    1  its size and its form                             transaction-too-large, malformed
    2  its chain                                         wrong-chain
    3  height <= expiry <= height + horizon              transaction-expired, expiry-too-far
    4  the member exists and has this key                signer-not-found
    5  the signature verifies                            bad-signature

A transaction that fails here changes no state, because no member is accountable for it. The numbers are those of
docs/spec/transaction.md. A bundle is authenticated by the same checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import TypeAlias

from veriwatt.crypto.all_cores import on_all_cores
from veriwatt.crypto.signing import PublicKey, verify_signature
from veriwatt.errors import BadSignature, Refused
from veriwatt.ids import KeyId
from veriwatt.machine.envelopes import Envelope, Envelopes
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import ExpiryTooFar, SignerNotFound, TransactionExpired, TransactionTooLarge, WrongChain
from veriwatt.machine.rules import Rules
from veriwatt.machine.state import StateRows, View
from veriwatt.model.ledger.bundle import Bundle
from veriwatt.model.ledger.transaction import Body, Transaction
from veriwatt.model.members.organisation import Member

Signed: TypeAlias = tuple[Envelope[Transaction[Body]] | Envelope[Bundle], Member]
"""An envelope, and the member whose key it names."""


def authenticate(raw: bytes, rules: Rules, view: View, envelopes: Envelopes) -> Transaction[Body]:
    """The transaction in `raw`, signed by the member that it names.

    Raises:
        Malformed, Refused, BadSignature: by the steps above.
    """
    check_size(raw, rules.transaction_limit)  # 1
    return authenticate_parsed(envelopes.transaction(raw), rules, view)


def authenticate_parsed(envelope: Envelope[Transaction[Body]], rules: Rules, view: View) -> Transaction[Body]:
    """Steps 2 to 5, for a transaction that passed step 1."""
    _check_place(envelope.content, rules, view)  # 2, 3
    check_signer(envelope, view, "the transaction")  # 4, 5
    return envelope.content


def verify_ahead(envelopes: Iterable[Envelope[Transaction[Body]]], rules: Rules, view: View) -> None:
    """`verify_together`, of those transactions that pass steps 2 to 4."""

    def signer(envelope: Envelope[Transaction[Body]]) -> Member:
        _check_place(envelope.content, rules, view)
        return find_signer(envelope, view)

    verify_together(envelopes, signer)


def verify_together(
    envelopes: Iterable[Envelope[Transaction[Body]]], signer: Callable[[Envelope[Transaction[Body]]], Member]
) -> None:
    """Verify on every core the signatures that were not verified before, each under the key that its member has now.

    This is worth its while on one core too: other work in between evicts libsodium's tables from its nearest cache.
    A transaction for which `signer` raises Refused is left out: its own execution says so, by what the state is then;
    for a bad signature `check_signer` does.
    """
    found = list[Signed]()
    for envelope in envelopes:
        if envelope.verified is None:
            with suppress(Refused):
                found.append((envelope, signer(envelope)))
    on_all_cores(_verify, found)


def _check_place(tx: Transaction[Body], rules: Rules, view: View) -> None:
    """Steps 2 and 3."""
    check_chain(tx.chain, rules)
    check_expiry(tx.expiry, view.block.height, rules.expiry_horizon)


def check_size(raw: bytes, limit: int) -> None:
    if len(raw) > limit:
        raise TransactionTooLarge(size=len(raw), limit=limit)


def check_chain(chain: str, rules: Rules) -> None:
    if chain != rules.chain_id:
        raise WrongChain(chain=chain, here=rules.chain_id)


def check_expiry(expiry: int, height: int, horizon: int) -> None:
    """Raise unless height <= expiry <= height + horizon."""
    if expiry < height:
        raise TransactionExpired(expiry=expiry, height=height)
    if expiry > height + horizon:
        raise ExpiryTooFar(expiry=expiry, limit=height + horizon)


def check_signer(envelope: Envelope[Transaction[Body]] | Envelope[Bundle], rows: StateRows, what: str) -> Member:
    """The member that signed; a signature that was verified once under this key is not verified again.

    Raises:
        SignerNotFound: there is no such member, or it has another key.
        BadSignature: the signature does not verify under its key.
    """
    who = find_signer(envelope, rows)
    if envelope.verified is None:
        _verify((envelope, who))
    if not envelope.verified:
        raise BadSignature(what)
    return who


def find_signer(envelope: Envelope[Transaction[Body]] | Envelope[Bundle], rows: StateRows) -> Member:
    """The member whose key the envelope names; raises SignerNotFound."""
    signed = envelope.content
    who = members.member(rows, signed.org, signed.member)
    if who is None or (who.key.suite.cose_algorithm, _key_id(who.key)) != (signed.algorithm, signed.key_id):
        raise SignerNotFound(org=signed.org, member=signed.member)
    return who


def _verify(each: Signed) -> None:
    envelope, who = each
    signed = envelope.content
    try:
        verify_signature(who.key, signed.signed, signed.signature, "the signature")
    except BadSignature:
        envelope.verified = False
    else:
        envelope.verified = True


@lru_cache(maxsize=4096)
def _key_id(key: PublicKey) -> KeyId:
    return key.key_id
