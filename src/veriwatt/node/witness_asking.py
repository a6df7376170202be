"""Asking the witnesses of the settings to cosign the root log, each time that it has grown.

Each witness has its own tries, apart from all other work of the node: one that fails is told as a trouble of its name,
tried again after a pause that doubles, and holds up nothing. An answer counts only if it verifies under the key in the
settings; so nothing on the way is believed, the certificate of the witness's node neither.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

import httpx

from veriwatt.errors import Malformed, Unavailable, VeriwattError
from veriwatt.home.settings import AskedWitness
from veriwatt.model.ledger.cosignature import RootCheckpoint, write_note
from veriwatt.node.worker import WorkerThread
from veriwatt.units import parse_count
from veriwatt.verify.witness import WitnessPutBack

LOOK_EVERY = 1.0
"""Seconds between two looks whether the root log has grown."""

ASK_EVERY = 60.0
"""Seconds between two cosignatures of one witness, at least, and between two tries, at most, while it fails."""

PATIENCE = 10.0
"""Seconds for one answer."""

MOST_TEXT = 64 << 10
_SIZE_DIFFERS = 409


class WitnessRefused(Unavailable):
    """A witness over HTTP did not cosign."""

    code = "witness-refused"

    def __init__(self, witness: str, status: int, why: str) -> None:
        super().__init__(f"the witness {witness} answered {status}: {why}")
        self.witness, self.status, self.why = witness, status, why


class WitnessAsking:
    """The witnesses of one node; `run` asks them until it is cancelled."""

    def __init__(self, worker: WorkerThread, witnesses: Sequence[AskedWitness]) -> None:
        self._worker, self._witnesses = worker, witnesses

    async def run(self) -> None:
        await asyncio.gather(*(self._keep(each) for each in self._witnesses))

    async def _keep(self, witness: AskedWitness) -> None:
        work, pause, due = f"witness {witness.key.name}", 0.0, 0.0
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if monotonic() < due or not self._worker.is_open:
                continue
            try:
                asked = await self._ask(witness)
            except VeriwattError as error:
                if self._worker.is_open:
                    self._worker.troubles.fails(work, error)
                pause = min(ASK_EVERY, max(LOOK_EVERY, 2 * pause))
                due = monotonic() + pause
            else:
                self._worker.troubles.works(work)
                pause, due = 0.0, monotonic() + (ASK_EVERY if asked else 0)

    async def _ask(self, witness: AskedWitness) -> bool:
        """Ask, unless the witness cosigned all that there is; returns whether it cosigned now."""
        known, size = await self._worker.read(lambda node: node.cosigned_by(witness.key))
        if known == size:
            return False
        status, text, asked_for = await self._post(witness, known)
        if status == _SIZE_DIFFERS:
            cosigned = _size_in(text)
            if cosigned < known:
                raise WitnessPutBack(signed=f"{known} leaves", known=f"{cosigned}")
            status, text, asked_for = await self._post(witness, cosigned)
        if status != httpx.codes.OK:
            raise WitnessRefused(witness.key.name, status, text[:200].strip())
        note = write_note(asked_for, text.splitlines(keepends=True))
        await self._worker.keep(lambda node: node.take_in_cosignature(note, witness.key))
        return True

    async def _post(self, witness: AskedWitness, cosigned: int) -> tuple[int, str, RootCheckpoint]:
        """Status and text of the answer, and the checkpoint that was to be cosigned."""
        request = await self._worker.read(lambda node: node.add_checkpoint(cosigned))
        status, text = await post_checkpoint(witness, request.to_bytes())
        return status, text, request.checkpoint


async def post_checkpoint(witness: AskedWitness, body: bytes) -> tuple[int, str]:
    """Status and text of a witness's answer, of which no more is read than one may have.

    Raises:
        Unavailable: it does not answer in time.
        WitnessRefused: it answers without end, or no text.
    """
    name, url = witness.key.name, f"{witness.address}/witness/add-checkpoint"
    headers, found = {"Content-Type": "text/plain", "Accept-Encoding": "identity"}, bytearray()
    try:
        async with (
            asyncio.timeout(PATIENCE),
            httpx.AsyncClient(timeout=PATIENCE, trust_env=False, verify=False) as client,  # noqa: S501 - see above
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            async for piece in answer.aiter_raw():
                found += piece
                if len(found) > MOST_TEXT:
                    raise WitnessRefused(name, answer.status_code, f"more than {MOST_TEXT} bytes")
        return answer.status_code, found.decode()
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Unavailable(f"the witness {name} does not answer: {error!r}") from error
    except UnicodeDecodeError as error:
        raise WitnessRefused(name, answer.status_code, "no text") from error


def _size_in(text: str) -> int:
    if not text.endswith("\n"):
        raise Malformed("the witness states no size")
    return parse_count(text[:-1])
