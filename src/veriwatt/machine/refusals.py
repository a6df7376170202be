"""The refusals of the machine. Blocks store their codes, so a code never changes its meaning."""

from __future__ import annotations

from veriwatt.errors import Refused, Unavailable, VeriwattError


class WrongChain(Refused):
    """A transaction signed for another ledger."""

    code = "wrong-chain"

    def __init__(self, *, chain: str, here: str) -> None:
        super().__init__(f"the transaction is for chain {chain}, this is {here}")
        self.chain, self.here = chain, here


class LedgerClosed(Refused):
    """A transaction for a ledger that has ended."""

    code = "ledger-closed"

    def __init__(self, *, chain: str, height: int) -> None:
        super().__init__(
            f"the ledger {chain} ended with block {height} and goes on under another id; send this to its successor"
        )
        self.chain, self.height = chain, height


class TransactionExpired(Refused):
    """A transaction whose expiry height has passed."""

    code = "transaction-expired"

    def __init__(self, *, expiry: int, height: int) -> None:
        super().__init__(f"the transaction expired at height {expiry}; the next block is {height}")
        self.expiry, self.height = expiry, height


class ExpiryTooFar(Refused):
    """A transaction whose expiry height is beyond the horizon of idempotency records."""

    code = "expiry-too-far"

    def __init__(self, *, expiry: int, limit: int) -> None:
        super().__init__(f"expiry height {expiry} lies beyond {limit}; sign it again with a nearer one")
        self.expiry, self.limit = expiry, limit


class TransactionTooLarge(Refused):
    """A transaction of more bytes than the ledger accepts."""

    code = "transaction-too-large"

    def __init__(self, *, size: int, limit: int) -> None:
        super().__init__(f"the transaction has {size} bytes; this ledger accepts {limit}")
        self.size, self.limit = size, limit


class SignerNotFound(Refused):
    """A transaction whose signer is no member of the org, or has another key."""

    code = "signer-not-found"

    def __init__(self, *, org: str, member: str) -> None:
        super().__init__(f"{org} has no member {member} with the key that signed")
        self.org, self.member = org, member


class NotAllowed(Refused):
    """The signer's role does not permit the transaction; `allowed` names the roles that do, if any role does."""

    code = "not-allowed"

    def __init__(self, *, org: str, member: str, role: str, what: str, allowed: str = "") -> None:
        remedy = f"; a member with the role {allowed} may" if allowed else ""
        super().__init__(f"{org}/{member}, whose role is {role}, may not {what}{remedy}")
        self.allowed = allowed
        self.org, self.member, self.role, self.what = org, member, role, what


class OrgSuspended(Refused):
    """An org that is suspended: its members sign nothing but what protects its own keys and terminals."""

    code = "org-suspended"

    def __init__(self, *, org: str, proposal: int) -> None:
        super().__init__(
            f"{org} is suspended by proposal {proposal}: until it is reinstated, its members change only its own "
            "members and keys, and revoke its terminals"
        )
        self.org, self.proposal = org, proposal


class NotVoted(Refused):
    """An org that would be admitted by one org alone, on a ledger where that takes more votes."""

    code = "not-voted"

    def __init__(self, *, org: str, votes: int) -> None:
        super().__init__(f"to admit {org} takes the votes of {votes} orgs; `veriwatt ledger propose admit` begins it")
        self.org, self.votes = org, votes


class NotEnactable(Refused):
    """A decision that cannot be enacted as the ledger is now."""

    code = "not-enactable"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} cannot be decided: {why}")
        self.what, self.why = what, why


class ValidatorsFixed(Refused):
    """A change of the validators of a ledger that is run by one operator."""

    code = "validators-fixed"

    def __init__(self) -> None:
        super().__init__("the validators of this ledger never change: its genesis states no parameters for votes")


class UpgradeDue(Unavailable):
    """A block from the height on at which the orgs scheduled a later machine version."""

    code = "upgrade-due"

    def __init__(self, *, height: int, version: int) -> None:
        super().__init__(
            f"from block {height} on the ledger is run by machine version {version}: install a veriwatt release whose "
            "`ledger status` says so, then start again; `veriwatt ledger proposals` shows who decided it"
        )
        self.height, self.version = height, version


class RoleNotGranted(Refused):
    """The signer's own org gave it a role that binds other orgs, but the org was granted no such role."""

    code = "role-not-granted"

    def __init__(self, *, org: str, member: str, role: str, what: str) -> None:
        super().__init__(
            f"{org}/{member} may not {what}: {org} was not granted the role {role}; "
            "`veriwatt org grant-role` is a vote for it"
        )
        self.org, self.member, self.role, self.what = org, member, role, what


class ClientIdUsed(Refused):
    """A client id that the signer used for another transaction."""

    code = "client-id-used"

    def __init__(self, client_id: bytes) -> None:
        super().__init__(f"client id {client_id.hex()} was used for another transaction; sign with a fresh one")
        self.client_id = client_id


class BundleUnfit(Refused):
    """A bundle with a transaction that its relay could know to be no transaction of this ledger, or to be there twice.

    `at` counts from 0; `cause` is why.
    """

    code = "bundle-unfit"

    def __init__(self, at: int, cause: VeriwattError) -> None:
        super().__init__(f"transaction {at} of the bundle [{cause.code}]: {cause}")
        self.at, self.cause = at, cause


class RelayQuota(Refused):
    """A bundle beyond the number that one org's relays may have in a block."""

    code = "relay-quota"

    def __init__(self, *, org: str, limit: int) -> None:
        super().__init__(f"the block has {limit} bundles by relays of {org} already; send it for a later block")
        self.org, self.limit = org, limit


class NothingNew(Refused):
    """A transaction or bundle that carries nothing which is not executed or carried already."""

    code = "nothing-new"


class RecordExists(Refused):
    """A record that already exists."""

    code = "record-exists"

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"{what} {name} is there already")
        self.what, self.name = what, name


class RecordNotFound(Refused):
    """A record that the state does not have."""

    code = "record-not-found"

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} {name}")
        self.what, self.name = what, name


class KeyExists(Refused):
    """A key that is registered already, by any owner for any purpose."""

    code = "key-exists"

    def __init__(self, key_id: bytes) -> None:
        super().__init__(f"key {key_id.hex()} is registered already; make another key")
        self.key_id = key_id
