"""The policy of resources: every limit on what a peer can make the node spend, in one place (ADR 0034).

| what | charged to | when | at the limit |
|---|---|---|---|
| a connection | its address, and all | when it is accepted | the one that waits longest is closed, a proven one last |
| a connection without a byte | the same | from a quarter on | it waits in the system for 0.6 s, then is closed itself |
| a TLS handshake | the terminal whose admission it shows, or the address and all strangers | before | likewise |
| time for a head, a body, an answer | the connection | as it passes | 408, or closed |
| bytes of a body | all unfinished bodies | as they arrive | the one with the most bytes × seconds is refused, 503 |
| the check of a frame | the address and all strangers; once the signature is verified, the terminal | before | 429 |
| the check of a terminal's newest frame once more | the same; then a second share of the terminal | before | 429 |
| the check of one sent again | the same | before | 429 |
| a place in the write queue | the same | before | 429 |
| the check of evidence | the address, and all strangers | before | 429; 422 beyond its time or memory |
| a question of a terminal | the address; on a proven connection, the terminal | before | 429 |
| a question of a follower of the ledger | the address | before | 429 |
| a transaction that is submitted | the member that signed the request | before | 429 |
| any other request of a stranger | the address and all strangers; on a proven connection, the terminal | before | 429 |
| a frame in quarantine | the org, and all | when it is stored | counted, not stored |

An *address* is that of the socket, unless `proxies` in node.toml names it: then it is the last one in X-Forwarded-For.
IPv6 addresses of one /64 network are one. A *proven* payer is a terminal with a frame in the chain whose key signed
what is being charged, never a name that is only claimed. A connection is proven once a frame on it was accepted; an
*admission* (`handshakes`) was given to a terminal on such a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from veriwatt.model.evidence.file_limits import MAX_EVIDENCE
from veriwatt.model.ledger.add_checkpoint import MAX_BODY
from veriwatt.model.ledger.peer_answers import MAX_SUBMISSION

MOST_CONNECTIONS: Final = 2_048
"""Connections at most, where the limit of descriptors leaves as many."""

DESCRIPTORS_SHARE: Final = 2
"""Connections take one in so many of the descriptors; lock files, databases and journals have the others."""

ADDRESS_SHARE: Final = 2
"""One address takes one in so many of the connections, unless it is a named proxy."""

SILENT_SECONDS: Final = 0.6
"""For the first bytes of a connection before it has a place, where these are scarce; a network may take as long.

And for what its handshake costs, where the share of its address is spent."""

CROWDED: Final = 1 / 4
"""The part of the connections, of all or of one address, from which on places are scarce: a flood that began takes the
others within a round trip."""

LATE_SECONDS: Final = 0.3
"""For a stranger's handshake in the queue of the system, where more come than the machine has time for."""

HANDSHAKE_SECONDS: Final = 500e-6
"""Seconds of one core that a TLS handshake is charged: keys and a signature take half of them."""

STRANGERS_HANDSHAKES_RATE, STRANGERS_HANDSHAKES_BURST = 0.5, 0.75
"""Seconds of handshakes a second, and at once, for all addresses together."""

ADDRESS_HANDSHAKES_RATE, ADDRESS_HANDSHAKES_BURST = 0.4, 0.5
"""Likewise for one address."""

TERMINAL_HANDSHAKES_RATE, TERMINAL_HANDSHAKES_BURST = 0.01, 0.05
"""Likewise for one terminal that shows its admission."""

ADMISSION_USES: Final = 8
"""Handshakes that one admission is good for: a terminal whose network breaks off tries again."""

HEAD_SECONDS: Final = 10.0
"""From a connection, or its last answer, to the end of the next head."""

STALL_SECONDS: Final = 20.0
"""Between two pieces of a body, or of an answer that the peer reads."""

BODY_SECONDS: Final = 300.0
"""For a whole body."""

BODIES: Final = 96 << 20
"""Bytes of bodies in memory or in files of TMPDIR, from their first byte to their answer."""

FRAME_SECONDS: Final = 150e-6
"""Seconds of one core that the check of a frame is charged before it is made."""

BYTE_SECONDS: Final = 4e-9
"""Likewise, for each of its bytes."""

STRANGERS_RATE, STRANGERS_BURST = 0.5, 4.0
"""Seconds of checks a second, and at once, for all addresses together; what is accepted is given back."""

ADDRESS_RATE, ADDRESS_BURST = 0.25, 3.0
"""Likewise for one address."""

TERMINAL_RATE, TERMINAL_BURST = 1.0, 10.0
"""Likewise for one proven terminal, and again for its newest frame once more."""

STRANGERS_WAITING: Final = 8_192
"""Frames of strangers that wait to be checked; so many more of newest frames once more."""

PROVEN_WAITING: Final = 16_384
"""Frames of proven terminals that wait to be checked."""

WAITING_BYTES: Final = 32 << 20
"""Bytes of the frames that wait, for strangers and for proven terminals each."""

PART_FRAMES: Final = 128
"""Frames of one post that are checked before another payer has its turn."""

STRANGERS_PART, AGAIN_PART = 128, 128
"""Frames of strangers in a batch, and of posts that end with a terminal's newest frame once more."""

REFUSED_PAUSE: Final = 1.0
"""Seconds after which a 429 is sent: a peer that goes on at once cannot fill the node with its refusals."""

VERIFY_RATE, VERIFY_BURST = 2.0, 20.0
"""Files of evidence a second, and at once, that one address may have verified."""

VERIFY_WAITING: Final = 4
"""Files that wait for the verifying process; further ones are refused."""

VERIFY_SECONDS: Final = 10.0
"""For one file; then the process is ended, and the file refused."""

VERIFY_MEMORY: Final = 128 << 20
"""Bytes that the process may take beyond what it has when it starts."""

VERIFY_BODY: Final = MAX_EVIDENCE + (2 << 20)
"""Bytes of a request to verify: the largest file, and a trust file."""

AGAIN_BODY: Final = 2 << 20
"""Bytes of a request that sends frames again; terminals fill half of it."""

STRANGERS_BODY: Final = 8 << 10
"""Bytes of a body on any other open route."""

QUESTIONS_RATE, QUESTIONS_BURST = 50.0, 1_000.0
"""Questions of terminals a second, and at once, from one address or proven terminal."""

PEER_RATE, PEER_BURST = 100.0, 2_000.0
"""Questions of followers a second, and at once, from one address."""

PEER_COST: Final[Mapping[str, int]] = {"log": 4, "transactions": 10, "parts": 20, "session": 2, "submit": 2}
"""What the dearer doors cost, in questions: 64 paths, a whole block, a thousand rows, a signature."""

PEER_BODY: Final = 32 << 10
"""Bytes of a follower's question."""

WITNESS_RATE, WITNESS_BURST = 1.0, 20.0
"""Checkpoints a second, and at once, that one address may have cosigned."""

WITNESS_BODY: Final = MAX_BODY
"""Bytes of a checkpoint to be cosigned, with its proof."""

SUBMIT_BODY: Final = MAX_SUBMISSION + (4 << 10)
"""Bytes of a submission with its signed request."""

SUBMIT_RATE, SUBMIT_BURST = 50.0, 1_000.0
"""Transactions a second, and at once, that one member may submit."""

REQUEST_SECONDS: Final = 500e-6
"""Seconds of one core that any other request of a stranger is charged: a page, a file of the pages, a refusal."""

REQUESTS_RATE, REQUESTS_BURST = 0.1, 0.5
"""Seconds of such requests a second, and at once, from one address or proven terminal."""

STRANGERS_REQUESTS_RATE, STRANGERS_REQUESTS_BURST = 0.4, 2.0
"""Likewise for all addresses together."""
