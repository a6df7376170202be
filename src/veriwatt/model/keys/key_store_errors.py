"""The errors of a key store."""

from __future__ import annotations

from veriwatt.errors import NotFound, Refused, printed


class KeyStoreLocked(Refused):
    """A sealed key store without the passphrase or wrapping key."""

    code = "key-store-locked"

    def __init__(self, *, owner: str, lock: str) -> None:
        remedy = "set VERIWATT_PASSPHRASE_FILE, a systemd credential or the OS keyring"
        missing = f"none was given; {remedy}" if lock == "passphrase" else "none was given"
        super().__init__(f"the key store of {owner} is sealed under a {lock}, and {missing}")
        self.owner, self.lock = owner, lock


class SecretNotFound(NotFound):
    """A key store without a secret of this name."""

    code = "secret-not-found"

    def __init__(self, *, owner: str, name: str, purpose: str = "") -> None:
        super().__init__(f"the key store of {owner} holds no {purpose}{' ' if purpose else ''}secret {printed(name)}")
        self.owner, self.name, self.purpose = owner, name, purpose


class SecretExists(Refused):
    """A different secret under a name that is in use."""

    code = "secret-exists"

    def __init__(self, *, owner: str, name: str) -> None:
        other = f"holds another secret {printed(name)} already"
        super().__init__(f"the key store of {owner} {other}; it is never overwritten")
        self.owner, self.name = owner, name
