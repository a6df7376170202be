"""The default ledger: the state machine over one SQLite file, one signer, one process that writes."""

from veriwatt.ledger.embedded.ledger import EmbeddedLedger

__all__ = ["EmbeddedLedger"]
