"""`veriwatt key`: losing a passphrase or a disk must not lose the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.files import read_input
from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.crypto.key_shares import Share, parse_share
from veriwatt.home.key_backup import restore_backup, write_backup


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Backup and recovery of a home's keys.", no_args_is_help=True)
    group.command("backup")(backup)
    group.command("restore")(restore)
    app.add_typer(group, name="key")


def backup(
    home: HomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="A new folder for the backup and its shares.")],
    needed: Annotated[int, typer.Option(help="How many shares restore the keys.")] = 2,
    total: Annotated[int, typer.Option(help="How many shares there are.")] = 3,
    as_json: Json = False,
) -> None:
    """Back the keys up under a fresh wrapping key, and split that key into recovery shares.

    Give each share to another person and delete it here; the backup itself may be stored anywhere. Make a new one
    after new keys were made (orgs, members, groups of points).
    """
    sealed, *shares = write_backup(home, out, needed, total)
    result = {"backup": str(sealed), "shares": [str(share) for share in shares], "needed": needed}
    lines = [f"{sealed}: the backup", *(f"{share}: a share, for one person" for share in shares)]
    drill = f"try it now: veriwatt key restore {sealed} {' '.join(map(str, shares[:needed]))} --home {home} --dry-run"
    answer(result, as_json, lambda: "\n".join([*lines, f"any {needed} of them restore the keys", drill]))


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    shares: Annotated[list[str], typer.Argument(help="Share files, or the texts of shares.")],
    home: HomeOption,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="See that the shares open the backup; change nothing.")
    ] = False,
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Keep the restored keys without a passphrase.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Restore a home's keys from a backup and enough of its shares, under the passphrase that is set now."""
    parts = [_share(text, n) for n, text in enumerate(shares, 1)]
    count = restore_backup(home, read_input(file), parts, unprotected=unprotected_key, dry_run=dry_run)
    done = "would be restored: the shares open the backup, nothing was changed" if dry_run else "are restored"
    answer({"keys": count, "restored": not dry_run}, as_json, lambda: f"{count} keys {done}")


def _share(text: str, n: int) -> Share:
    """The share in a file of that name, or in the text itself."""
    if text.lower().startswith("vwshare1:"):
        return parse_share(text, f"share {n}")
    return parse_share(read_input(Path(text)).decode("ascii", "replace"), text)
