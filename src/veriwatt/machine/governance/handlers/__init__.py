"""One file per transaction kind of this component."""
