"""The state keys of this component, as laid out in `model.ledger.state_keys`."""

from veriwatt.model.ledger.state_keys import anchors_key, data_chain_key, log_epochs_key, log_key_key

__all__ = ["anchors_key", "data_chain_key", "log_epochs_key", "log_key_key"]
