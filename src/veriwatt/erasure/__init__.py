"""k-of-n shares of an object: any k of them give it back, byte for byte (docs/spec/shares.md)."""
