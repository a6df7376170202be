"""The refusals of the machine. Blocks store their codes, so a code never changes its meaning."""

from __future__ import annotations

from veriwatt.errors import Refused


class WrongChain(Refused):
    """A transaction signed for another ledger."""

    code = "wrong-chain"

    def __init__(self, *, chain: str, here: str) -> None:
        super().__init__(f"the transaction is for chain {chain}, this is {here}")
        self.chain, self.here = chain, here


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


class RoleNotGranted(Refused):
    """The signer's own org gave it a role that binds other orgs, but the founders granted the org no such role."""

    code = "role-not-granted"

    def __init__(self, *, org: str, member: str, role: str, what: str) -> None:
        super().__init__(
            f"{org}/{member} may not {what}: the founders have not granted {org} the role {role}; "
            "`veriwatt org grant-role` is their vote"
        )
        self.org, self.member, self.role, self.what = org, member, role, what


class ClientIdUsed(Refused):
    """A client id that the signer used for another transaction."""

    code = "client-id-used"

    def __init__(self, client_id: bytes) -> None:
        super().__init__(f"client id {client_id.hex()} was used for another transaction; sign with a fresh one")
        self.client_id = client_id


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
