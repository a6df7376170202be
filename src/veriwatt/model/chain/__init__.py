"""An org's data chain: entries, checkpoints and receipts, manifests, anchors."""
