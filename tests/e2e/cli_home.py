"""Running the command line in tests, as people do: a process, its exit status, what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()"]
PASSPHRASE = "a passphrase for tests only"

MAPPING = """\
[file]
timestamp = "time"
format = "%Y-%m-%d %H:%M"
stamp = "end"
clock = "+08:00"

[[point]]
id = "{stem}.active"
column = "active"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "15m"
timezone = "Asia/Shanghai"
resolution = "0.01"
"""


class Cli:
    """The command in a folder of its own, with a passphrase file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        secret = folder / "passphrase"
        secret.write_text(PASSPHRASE + "\n")
        secret.chmod(0o600)
        self.env = {**os.environ, "VERIWATT_PASSPHRASE_FILE": str(secret), "COLUMNS": "200"}

    def run(self, *args: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run, and require this exit status and no traceback."""
        done = subprocess.run(
            [*COMMAND, *map(str, args)],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=280,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == expect, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def ask(self, *args: str | Path, expect: int = 0) -> dict[str, Any]:
        """Run with --json; stdout must be one object and nothing else."""
        answer: dict[str, Any] = json.loads(self.run(*args, "--json", expect=expect).stdout)
        return answer

    def home_with(self, rows: list[str], name: str = "home") -> Path:
        """A new home into which one file of readings of point `readings.active` was imported."""
        home = self.folder / name
        self.ask("init", home, "--org", "Works")
        (self.folder / "mapping.toml").write_text(MAPPING)
        self.import_rows(home, rows)
        return home

    def import_rows(self, home: Path, rows: list[str], expect: int = 0) -> dict[str, Any]:
        source = self.folder / "readings.csv"
        source.write_text("\n".join(["time,active", *rows]) + "\n")
        return self.ask("import", source, "--mapping", self.folder / "mapping.toml", "--home", home, expect=expect)
