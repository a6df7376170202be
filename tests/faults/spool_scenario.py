"""A terminal's work on its spool, with reports, so that it can be cut anywhere and repeated.

Run as a program it does the work once for every statement of the database, each time in a new process that is killed
just before that statement.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.points.status import Status
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import PreparedFrame
from veriwatt.testing.faults import Failure, FaultPlan, faulty_connection, sweep

POINTS = ("p", "q")
SLOTS = 8
PER_FRAME = 4

Report = Callable[[str], None]


def work(spool: Spool, report: Report) -> None:
    """Sample, frame, sign and deliver `SLOTS` slots; repeated from the start, it does only what is missing.

    `report` gets "sampled SLOT" once that is promised, and "signed SEQ HASH" just before a signature could leave.
    """
    finish(spool, report)
    for slot in range(SLOTS):
        batch = [Sample(p, slot * 10, slot * 10 + 10, slot, Status.MEASURED, slot) for p in POINTS]
        spool.add_samples(batch)
        report(f"sampled {slot}")
        if (slot + 1) % PER_FRAME == 0:
            frame_all(spool)
            finish(spool, report)


def frame_all(spool: Spool) -> None:
    columns = list(spool.unframed(POINTS, 10**6).values())
    if not columns:
        return
    tip = spool.tip()
    number, before = tip.number.next(), tip.frame_id
    slots = [[c.point, start] for c in columns for start in c.starts.tolist()]
    header = json.dumps([*number, None if before is None else before.hex(), slots]).encode()
    frame = PreparedFrame(number, FrameId(hashlib.sha256(header).digest()), 10**6, header, b"sealed")
    spool.prepare_frames([frame], columns)


def finish(spool: Spool, report: Report) -> None:
    for frame in spool.unsigned():
        report(f"signed {frame.number.seq} {frame.frame_id.hex()}")
        spool.set_signatures([(frame.number, b"signed " + frame.header)])
    pending = spool.pending()
    spool.mark_accepted([(frame.number, frame.number.seq - 1) for frame in pending])
    spool.mark_final(spool.tip().number.seq)


def framed_slots(spool: Spool) -> Counter[tuple[str, int]]:
    """How often each (point, slot start) is in a frame."""
    slots = Counter[tuple[str, int]]()
    for seq in range(1, spool.tip().number.seq + 1):
        frame = spool.frame(FrameNumber(0, seq))
        assert frame is not None, f"frame {seq} is lost"
        slots.update((point, start) for point, start in json.loads(frame.header)[3])
    return slots


def stored_slots(spool: Spool) -> Counter[tuple[str, int]]:
    """How often each (point, slot start) is in the spool, framed or not."""
    slots = framed_slots(spool)
    for point, columns in spool.unframed(POINTS, 10**6).items():
        slots.update((point, start) for start in columns.starts.tolist())
    return slots


def check_no_loss(spool: Spool, reports: list[str]) -> None:
    """Nothing promised is lost, nothing is there twice, and no number was signed for two different headers."""
    stored = stored_slots(spool)
    assert set(stored.values()) <= {1}, "a sample is there twice"
    promised = {
        (point, int(line.split()[1]) * 10) for line in reports if line.startswith("sampled") for point in POINTS
    }
    assert promised <= stored.keys(), "a promised sample is lost"
    signed = {tuple(line.split()[1:]) for line in reports if line.startswith("signed")}
    assert len({seq for seq, _ in signed}) == len(signed), "one number was signed twice over different bytes"


def check_done(spool: Spool) -> None:
    """All slots are framed once, and every frame is final."""
    assert framed_slots(spool) == Counter({(point, slot * 10): 1 for point in POINTS for slot in range(SLOTS)})
    assert spool.unsigned() == spool.pending() == ()


def main(root: Path) -> None:
    """Leave a folder under `root` for each kill, and one for the run without."""

    def run(plan: FaultPlan) -> None:
        home = root / f"{plan.nth:04}"
        home.mkdir()
        with (home / "reports").open("ab", buffering=0) as log:

            def report(line: str) -> None:
                log.write(f"{line}\n".encode())

            Spool(home / "spool.db").close()
            with Spool(home / "spool.db", connection=faulty_connection(plan)) as spool:
                work(spool, report)

    for _ in sweep(run, Failure.KILL):
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
