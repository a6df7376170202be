from __future__ import annotations

from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.encoding import decode
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.testing.power import ForgetfulFiles


def test_a_refused_frame_is_stored_durably_under_the_hash_of_its_file() -> None:
    disk = ForgetfulFiles()
    kept = Quarantine(disk, Path("/quarantine"))
    kept.keep("acme", b"upload", "equivocation")
    kept.keep("acme", b"upload", "equivocation")
    kept.keep("acme", b"other", "equivocation")
    disk.cut_power()
    names = disk.names(Path("/quarantine/acme"))
    assert len(names) == 2
    files = {name: disk.read(Path("/quarantine/acme") / name) for name in names}
    assert [str(object_id(raw)) for raw in files.values()] == names
    assert [decode(raw) for raw in sorted(files.values())] == [["equivocation", b"other"], ["equivocation", b"upload"]]
