"""Open a bundle: the checks that a relay could have made before it signed, in this order.

    1  its size and its form                             transaction-too-large, malformed
    2  its chain and its expiry                          wrong-chain, transaction-expired, expiry-too-far
    3  the relay: key, signature, role, standing         signer-not-found, bad-signature, not-allowed, org-suspended
    4  its org's quota in the block                      relay-quota
    5  each transaction: form, chain, once               bundle-unfit
    6  each signature of a present key                   bundle-unfit

A bundle that fails is refused whole; what the state alone decides of a transaction is left to its execution. The
numbers are those of docs/spec/bundle.md.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from veriwatt.errors import BadSignature, Malformed, Refused
from veriwatt.machine.authenticate import (
    check_chain,
    check_expiry,
    check_signer,
    check_size,
    find_signer,
    verify_together,
)
from veriwatt.machine.envelopes import Envelope, Envelopes
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import BundleUnfit, ClientIdUsed, RelayQuota, TransactionTooLarge, WrongChain
from veriwatt.machine.rules import Rules
from veriwatt.machine.state import View
from veriwatt.model.ledger.bundle import BUNDLE_HORIZON, MOST_BYTES, Bundle
from veriwatt.model.ledger.transaction import Body, Transaction
from veriwatt.model.members.organisation import Role

BUNDLES_OF_ORG = 32
"""The bundles of one org's relays in a block."""

Relayed: TypeAlias = dict[str, int]
"""The bundles in a block so far that carried something, by the org of their relay."""


class OpenedBundle(NamedTuple):
    """The org of the relay, and the transactions, as sent and parsed."""

    org: str
    transactions: tuple[bytes, ...]
    envelopes: tuple[Envelope[Transaction[Body]], ...]


def open_bundle(raw: bytes, rules: Rules, view: View, envelopes: Envelopes, relayed: Relayed) -> OpenedBundle:
    """The transactions of a bundle; they are authentic as far as the bundle alone can say.

    Raises:
        Malformed, Refused, BadSignature: by the steps above.
    """
    check_size(raw, min(MOST_BYTES, rules.transaction_limit))  # 1
    envelope = envelopes.bundle(raw)
    bundle = envelope.content
    check_chain(bundle.chain, rules)  # 2
    check_expiry(bundle.expiry, view.block.height, BUNDLE_HORIZON)
    members.check_role(check_signer(envelope, view, "the bundle"), "relay", Role.OWNER, Role.OPERATOR)  # 3
    members.check_not_suspended(view, bundle.org)
    if relayed.get(bundle.org, 0) >= BUNDLES_OF_ORG:  # 4
        raise RelayQuota(org=bundle.org, limit=BUNDLES_OF_ORG)
    carried = envelope.carried
    if carried is None:
        carried = envelope.carried = _parse_all(bundle, rules, envelopes)  # 5
    verify_together(carried, lambda each: find_signer(each, view))  # 6
    for at, each in enumerate(carried):
        _check_signature(at, each, view)
    return OpenedBundle(bundle.org, bundle.transactions, carried)


def _parse_all(bundle: Bundle, rules: Rules, envelopes: Envelopes) -> tuple[Envelope[Transaction[Body]], ...]:
    parsed, ids = list[Envelope[Transaction[Body]]](), set[bytes]()
    for at, raw in enumerate(bundle.transactions):
        try:
            check_size(raw, rules.transaction_limit)
            envelope = envelopes.transaction(raw)
            check_chain(envelope.content.chain, rules)
        except (Malformed, TransactionTooLarge, WrongChain) as unfit:
            raise BundleUnfit(at, unfit) from unfit
        tx = envelope.content
        if (once := tx.key_id + tx.client_id) in ids:
            raise BundleUnfit(at, ClientIdUsed(tx.client_id))
        ids.add(once)
        parsed.append(envelope)
    return tuple(parsed)


def _check_signature(at: int, envelope: Envelope[Transaction[Body]], view: View) -> None:
    try:
        check_signer(envelope, view, "the transaction")
    except BadSignature as unfit:
        raise BundleUnfit(at, unfit) from unfit
    except Refused:
        return  # the state's word, which may have changed since the relay signed
