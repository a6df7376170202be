"""Everything with keys or readings in it is made its owner's alone, whatever the umask, and is never open before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fsck_home import write_source
from tests.terminal_toml import terminal_toml
from veriwatt.crypto.passphrase import check_strength
from veriwatt.errors import BadInput
from veriwatt.home.opened_home import OpenedHome
from veriwatt.node.init_home import init_home
from veriwatt.system.files import DiskFiles, save
from veriwatt.terminal.home_files import make_terminal

COMMANDS = """
import json, os, sys
from pathlib import Path
from veriwatt.cli.main import main
from tests.faults.fsck_home import write_source

os.umask(0)
changed = []
sys.addaudithook(lambda event, args: changed.append(str(args[0])) if event == "os.chmod" else None)

def run(*arguments):
    try:
        main([*map(str, arguments)])
    except SystemExit as ended:
        assert not ended.code, (arguments, ended.code)

folder = Path(sys.argv[1])
home, source = folder / "home", folder / "plant_0_3.csv"
run("init", home, "--org", "Works", "--unprotected-key")
run("import", source, "--mapping", folder / "mapping.toml", "--home", home)
run("query", "press", "--from", "2022-01-08", "--to", "2022-01-09", "--every", "1h", "--home", home)
run("key", "backup", "--home", home, "-o", folder / "backup")
run("evidence", "reading", "press", "2022-01-08T03:00:00Z", "--home", home, "-o", folder / "total.vwe")
print(json.dumps(changed), file=sys.stderr)
"""


def test_no_command_makes_a_file_that_others_could_open(worlds: Path) -> None:
    write_source(worlds, 3)
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, str(worlds)],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1]) == [], "a mode was changed after the file was made"
    made = [worlds / "home", worlds / "backup", worlds / "total.vwe"]
    assert open_to_others([*made, *(path for each in made for path in each.rglob("*"))]) == []


def test_a_folder_of_files_is_made_private_by_every_way_in(worlds: Path, without_umask: None) -> None:
    config = worlds / "terminal.toml"
    config.write_text(terminal_toml("Works"))
    init_home(worlds / "home", "Works", unprotected=True)
    make_terminal(worlds / "terminal", config, worlds / "home" / "trust.json", unprotected=True)
    save(DiskFiles(), worlds / "new" / "deep" / "file", b"reading")
    config.chmod(0o600)
    assert open_to_others(list(worlds.rglob("*"))) == []


def test_a_home_that_an_earlier_release_left_open_is_closed_when_it_is_opened(worlds: Path) -> None:
    init_home(worlds / "home", "Works", unprotected=True)
    (worlds / "home").chmod(0o755)
    with OpenedHome(worlds / "home"):
        assert open_to_others([worlds / "home"]) == []


@pytest.mark.parametrize(
    "guessed",
    [
        b"",
        b"x",
        b"secret",
        b"password",
        b"12345678901234567890",
        b"abcdefghijklmnop",
        b"a" * 64,
        b"abab" * 20,
        b"qwerty",
    ],
)
def test_a_passphrase_that_is_soon_guessed_is_refused(guessed: bytes) -> None:
    with pytest.raises(BadInput, match="random words"):
        check_strength(guessed)


@pytest.mark.parametrize(
    "strong",
    ["correct horse battery staple", "5p3Yq0wKz/8vLxJm", "厂站能耗监测密钥二零二六", "a passphrase for tests only"],
)
def test_a_passphrase_of_some_words_or_random_signs_is_taken(strong: str) -> None:
    check_strength(strong.encode())


def open_to_others(paths: list[Path]) -> list[str]:
    return [f"{path.name} {path.stat().st_mode & 0o777:o}" for path in paths if path.stat().st_mode & 0o077]


@pytest.fixture
def without_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)
