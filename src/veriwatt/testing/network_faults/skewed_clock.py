"""A CometBFT whose clock is wrong: the same module, built with one line of its own changed.

It is a static program that asks the kernel for the time, so that no library can be put between. A copy of the module
adds the offset that the environment names in the one function that all of it asks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from veriwatt.errors import Unavailable

OFFSET = "VERIWATT_DRILL_CLOCK_OFFSET"
"""Seconds, possibly below zero."""

_HONEST = "return Canonical(time.Now())"
_SKEWED = "return Canonical(time.Now().Add(skew))"
_SKEW = f"""
var skew = func() time.Duration {{
\tseconds, _ := strconv.Atoi(os.Getenv("{OFFSET}"))
\treturn time.Duration(seconds) * time.Second
}}()
"""


def build_skewed(go: str, module: Path, folder: Path) -> Path:
    """Build it in `folder` from the engine's module; some seconds, where the true one was built before.

    Raises:
        Unavailable: it cannot be built here.
    """
    try:
        found = subprocess.run(
            [go, "list", "-m", "-f", "{{.Dir}}", "github.com/cometbft/cometbft"],
            cwd=module,
            capture_output=True,
            text=True,
            check=True,
        )
        copied, program = folder / "module", folder / "cometbft-skewed"
        shutil.copytree(found.stdout.strip(), copied, copy_function=shutil.copyfile)
        _skew(copied / "types/time/time.go")
        shutil.copy(module / "go.sum", folder / "go.sum")
        replaced = f"\nreplace github.com/cometbft/cometbft => {copied}\n"
        (folder / "go.mod").write_text((module / "go.mod").read_text() + replaced)
        environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}
        words = [go, "build", f"-modfile={folder}/go.mod", "-ldflags", "-s -w", "-o", str(program), "tool"]
        subprocess.run(words, cwd=module, env=environment, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"a CometBFT with a wrong clock cannot be built: {error}") from error
    return program


def _skew(clock: Path) -> None:
    """Change the source of the clock."""
    text = clock.read_text()
    if text.count(_HONEST) != 1:
        raise Unavailable(f"{clock} does not ask for the time as we know it")
    imported = text.replace("import (\n", 'import (\n\t"os"\n').replace('"sort"\n', '"sort"\n\t"strconv"\n')
    clock.chmod(0o600)
    clock.write_text(imported.replace(_HONEST, _SKEWED) + _SKEW)


def set_offset(seconds: int) -> None:
    """Let the CometBFT that this process starts have a clock that is so many seconds ahead."""
    os.environ[OFFSET] = str(seconds)
