"""A follower of a ledger: an engine that reads from peers and believes none of them (docs/spec/peers.md)."""
