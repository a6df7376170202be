"""Who may sign in to a node: a folder that only the home's owner can read, which node and commands share.

    access/node                 the node's own name in cookies, so that two nodes of one host keep theirs apart
    access/address              where the node last answered
    access/links/HASH           a sign-in link that nobody has used
    access/sessions/HASH        a signed-in person
    access/tokens/HASH          a token of a script

HASH is SHA-256 of the secret, which no file has. The system removes a file once, whoever asks: so a link is spent once,
and no lock is needed. A file's modification time is when its holder was last seen.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, NotFound, Unavailable
from veriwatt.home.access_errors import (
    SessionEnded,
    SignInLinkExpired,
    SignInSecretUsed,
    TokenExpired,
    TokenRevoked,
    WrongToken,
)
from veriwatt.home.access_records import ApiToken, Record, Session, SignInLink
from veriwatt.machine.lookalikes import check_new_name
from veriwatt.system.clock import SystemClock
from veriwatt.system.disk_errors import disk_error
from veriwatt.system.files import DiskFiles
from veriwatt.system.private_file import save_private
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis

CONSOLE = "console"
"""Whom the link of a start signs in."""

CONSOLE_LASTS = 12 * HOUR
LINK_LASTS = DAY

TOKEN_PREFIX = "vwt_"  # noqa: S105 - by which a token is told from a session, and found where it leaked
ID_LENGTH = 8
"""Hexadecimal digits of the hash by which a record is named to people."""

SEEN_EVERY = MINUTE
"""A holder is seen again at most so often."""

_NODE = re.compile(r"[0-9a-f]{8}")

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """A record with the name by which it is revoked, and when its holder was last seen."""

    id: str
    record: R
    seen: UtcMillis


class AccessFiles:
    """The folder; any process of the home's owner may use it at any time, beside others."""

    def __init__(self, folder: Path, now: Callable[[], UtcMillis] | None = None) -> None:
        self._folder, self._now = folder, now or SystemClock().now
        self._node = ""

    @property
    def node(self) -> str:
        """The node's own name in cookies: eight hexadecimal digits, drawn once, and anew where the file is damaged."""
        if not self._node:
            path = self._folder / "node"
            if not _NODE.fullmatch(self._text(path)):
                save_private(path, secrets.token_hex(4).encode())
            self._node = self._text(path)
        return self._node

    @property
    def address(self) -> str:
        """Where the node last answered; empty before its first start, and where the file is damaged."""
        return self._text(self._folder / "address")

    @address.setter
    def address(self, address: str) -> None:
        save_private(self._folder / "address", address.encode())

    def invite(self, name: str, link_lasts: int = LINK_LASTS, session_lasts: int = CONSOLE_LASTS) -> str:
        """The secret of a new sign-in link for a person; durable on return. Both spans in ms.

        Raises:
            LooksAlike: somebody who is listed, or the console, has another name that looks like this one.
        """
        check_new_name("person", name, (CONSOLE, *self._names(Session), *self._names(SignInLink)))
        now = self._now()
        return self._add(SignInLink(name, now, now + link_lasts, session_lasts), secrets.token_urlsafe(32))

    def console_link(self) -> str:
        """The secret of the link that a start prints; those of earlier starts are withdrawn."""
        for listed in self.listed(SignInLink):
            if listed.record.console:
                self._revoke(SignInLink, listed.id)
        now = self._now()
        link = SignInLink(CONSOLE, now, now + LINK_LASTS, CONSOLE_LASTS, True)
        return self._add(link, secrets.token_urlsafe(32))

    def link(self, secret: str) -> SignInLink:
        """An unused link.

        Raises:
            SignInSecretUsed: it was used or withdrawn, or is wrong. SignInLinkExpired: its time is over.
        """
        found = self._read(SignInLink, _hash(secret))
        if found is None:
            raise SignInSecretUsed
        if found.until <= self._now():
            raise SignInLinkExpired(found.until)
        return found

    def spend(self, secret: str, peer: str) -> tuple[str, Session]:
        """Use a link up: the token of a new session, and the session.

        The session is stored before the link is removed, so that a disk that takes no session spends no link.

        Raises:
            SignInSecretUsed, SignInLinkExpired: as `link`.
            Unavailable: the session cannot be stored; the link can be used again.
        """
        link, now = self.link(secret), self._now()
        session = Session(link.name, now, now + link.lasts, peer)
        token = self._add(session, secrets.token_urlsafe(32))
        try:
            removed = self._unlink(self._path(SignInLink, _hash(secret)))
        except Unavailable:
            self.sign_out(token)
            raise
        if not removed:  # another request was faster
            self.sign_out(token)
            raise SignInSecretUsed
        return token, session

    def add_token(self, name: str, scopes: list[str], until: UtcMillis, only: Sequence[str] = ()) -> str:
        """The text of a new token, for some orgs and points `only` if there are any; durable on return.

        Raises:
            LooksAlike: a token that is listed has another name that looks like this one.
        """
        check_new_name("token", name, self._names(ApiToken))
        record = ApiToken(name, self._now(), until, scopes, only=list(only))
        return self._add(record, TOKEN_PREFIX + secrets.token_urlsafe(32))

    def session(self, token: str) -> Session:
        """The session of a signed-in person, who is seen now; raises SessionEnded."""
        found = self._read(Session, _hash(token))
        if found is None or found.until <= self._now():
            raise SessionEnded
        self._see(Session, token)
        return found

    def token(self, token: str) -> ApiToken:
        """The token of a script, which is seen now; raises WrongToken, TokenRevoked or TokenExpired."""
        found = self._read(ApiToken, _hash(token))
        if found is None:
            raise WrongToken
        if found.revoked is not None:
            raise TokenRevoked(found.name, found.revoked)
        if found.until <= self._now():
            raise TokenExpired(found.name, found.until)
        self._see(ApiToken, token)
        return found

    def sign_out(self, token: str) -> None:
        """End a session; does nothing if it has ended."""
        self._unlink(self._path(Session, _hash(token)))

    def listed(self, kind: type[R]) -> list[Listed[R]]:
        """Every record of a kind, the oldest first; damaged files are left out."""
        found = []
        for name in DiskFiles().names(self._folder / kind.folder):
            record = None if name.startswith(".") else self._read(kind, name)
            if record is not None:
                with suppress(FileNotFoundError):  # it was used meanwhile
                    seen = int(self._path(kind, name).stat().st_mtime * 1000)
                    found.append(Listed(name[:ID_LENGTH], record, seen))
        return sorted(found, key=lambda each: (each.record.made, each.id))

    def revoke_person(self, who: str) -> int:
        """End the sessions, and withdraw the links, of a person or of one id; returns how many."""
        return sum(self._revoke(kind, who) for kind in (Session, SignInLink))

    def revoke_token(self, which: str) -> int:
        """Revoke the tokens of a name or id; returns how many. Their records stay, so that their holders are told."""
        count = 0
        for name, record in self._named(ApiToken, which):
            if record.revoked is None:
                save_private(self._path(ApiToken, name), replace(record, revoked=self._now()).to_bytes())
                count += 1
        return count

    def forget_ended(self) -> None:
        """Remove the sessions and links whose time is over."""
        for kind in (Session, SignInLink):
            for listed in self.listed(kind):
                if listed.record.until <= self._now():
                    self._revoke(kind, listed.id)

    def _revoke(self, kind: type[Record], who: str) -> int:
        return sum(self._unlink(self._path(kind, name)) for name, _ in self._named(kind, who))

    def _names(self, kind: type[Record]) -> list[str]:
        return [listed.record.name for listed in self.listed(kind)]

    def _named(self, kind: type[R], who: str) -> list[tuple[str, R]]:
        names = [name for name in DiskFiles().names(self._folder / kind.folder) if not name.startswith(".")]
        records = [(name, self._read(kind, name)) for name in names]
        return [(name, r) for name, r in records if r is not None and who in (r.name, name[:ID_LENGTH])]

    def _add(self, record: Record, secret: str) -> str:
        path = self._path(type(record), _hash(secret))
        try:
            save_private(path, record.to_bytes())
        except Unavailable:  # if the file is in place, nobody is told its secret
            with suppress(OSError):
                path.unlink()
            raise
        return secret

    def _read(self, kind: type[R], name: str) -> R | None:
        try:
            return kind.from_bytes(DiskFiles().read(self._path(kind, name)))
        except (NotFound, Malformed):
            return None

    @staticmethod
    def _text(path: Path) -> str:
        """The text of a file; empty where it is missing, or no text."""
        try:
            return DiskFiles().read(path).decode()
        except (NotFound, UnicodeDecodeError):
            return ""

    def _see(self, kind: type[Record], secret: str) -> None:
        path, now = self._path(kind, _hash(secret)), self._now()
        with suppress(OSError):  # that somebody was seen is worth no failure
            if now - path.stat().st_mtime * 1000 >= SEEN_EVERY:
                os.utime(path, (now / 1000, now / 1000))

    def _path(self, kind: type[Record], name: str) -> Path:
        return self._folder / kind.folder / name

    @staticmethod
    def _unlink(path: Path) -> bool:
        """Remove a file; whether it was there, and this call removed it."""
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise disk_error(error, path) or Unavailable(f"{path}: {error.strerror}") from error
        return True


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hex()
