"""Prometheus metrics: counters of this process, and the node's state at the time of the scrape.

States are the glossary's: *accepted* frames are durable here, *anchored* ones are on the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from veriwatt.api.api_node import ACCEPTED, KNOWN, ApiNode, FrameOutcome
from veriwatt.api.resources.bodies import Bodies
from veriwatt.model.points.status import Status
from veriwatt.reading.explorer.misbehaviour import misbehaved_validators
from veriwatt.reading.explorer.standing import MISSING_IN, missing_validators, newest_lights, stale_for
from veriwatt.units import MINUTE, SECOND, UtcMillis

CONTENT_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # type: ignore[no-untyped-call] # the start of each counter is that of the process, which Prometheus sees anyway


COUNT_EVERY = MINUTE
"""Milliseconds between two counts of slots, because a count reads the whole view."""


class Metrics:
    """One registry; make one for each node."""

    def __init__(self) -> None:
        self._registry = of = CollectorRegistry()
        self.accepted = Counter("veriwatt_frames_accepted", "Frames made durable in a data chain.", registry=of)
        self.known = Counter("veriwatt_frames_known", "Frames sent again that were in the chain.", registry=of)
        self.refused = Counter("veriwatt_frames_refused", "Frames refused, by code.", ["code"], registry=of)
        labels = ["method", "route", "status"]
        self.requests = Histogram("veriwatt_http_request_seconds", "Time to answer, by route.", labels, registry=of)
        self._frames = Gauge("veriwatt_chain_frames", "Frames in the data chain.", ["org"], registry=of)
        self._anchored = Gauge("veriwatt_chain_anchored_frames", "Frames on the ledger.", ["org"], registry=of)
        self._behind = Gauge("veriwatt_view_lag_frames", "Frames not yet in the readings view.", ["org"], registry=of)
        self._lag = Gauge("veriwatt_anchor_lag_seconds", "Age of the oldest frame to anchor.", ["org"], registry=of)
        self._slots = Gauge("veriwatt_slots", "Slots in the readings view, newest versions.", ["status"], registry=of)
        self._height = Gauge("veriwatt_ledger_height", "Height of the newest block.", registry=of)
        self._age = Gauge("veriwatt_ledger_head_age_seconds", "Age of the newest block.", registry=of)
        self._stale = Gauge("veriwatt_ledger_stale", "1 while a block is awaited and none is made.", registry=of)
        self._missing = Gauge(
            "veriwatt_ledger_validators_missing", "Validators that signed none of the newest blocks.", registry=of
        )
        self._misbehaved = Gauge(
            "veriwatt_ledger_validators_misbehaved", "Validators with power that were proven to misbehave.", registry=of
        )
        self._failing = Gauge("veriwatt_failing", "1 for each work of the node that fails now.", ["work"], registry=of)
        self._counted_at: UtcMillis = 0

    def watch_edge(self, connections: Sized, bodies: Bodies) -> None:
        """Show the open connections, and the bytes of bodies in memory."""
        of = self._registry
        Gauge("veriwatt_connections", "Open connections.", registry=of).set_function(lambda: len(connections))
        Gauge("veriwatt_bodies_bytes", "Bytes of bodies in memory.", registry=of).set_function(lambda: bodies.total)

    def count(self, outcomes: Sequence[FrameOutcome]) -> None:
        """Count the outcomes of frames."""
        codes = [outcome.code for outcome in outcomes]
        self.accepted.inc(codes.count(ACCEPTED))
        self.known.inc(codes.count(KNOWN))
        for code in codes:
            if code not in (ACCEPTED, KNOWN):
                self.refused.labels(code).inc()

    def observe_failing(self, failing: Iterable[str]) -> None:
        """Set which works fail now."""
        self._failing.clear()
        for work in failing:
            self._failing.labels(work).set(1)

    def observe(self, node: ApiNode) -> None:
        """Set the gauges to the node's present state; on a thread that reads."""
        now = node.now()
        for chain in node.chains():
            since = chain.unanchored_since
            self._frames.labels(chain.org).set(chain.frames)
            self._anchored.labels(chain.org).set(chain.anchored)
            self._behind.labels(chain.org).set(chain.frames - chain.viewed)
            self._lag.labels(chain.org).set(0 if since is None else (now - since) / SECOND)
        head = node.ledger.head()
        self._height.set(head.height)
        self._age.set((now - head.time) / SECOND)
        lights = newest_lights(node.ledger, MISSING_IN + 1)
        waiting = head.time if node.follows else node.waiting_since()
        self._stale.set(stale_for(head, lights[0], now, waiting) is not None)
        self._missing.set(len(missing_validators(lights)))
        self._misbehaved.set(len(misbehaved_validators(node.ledger, lights[0].validators.validators)))
        if abs(now - self._counted_at) >= COUNT_EVERY:
            self._counted_at = now
            for status, count in node.readings.count_by_status().items():
                self._slots.labels(Status(status).name.lower()).set(count)

    def page(self) -> bytes:
        return generate_latest(self._registry)
