"""Data chains and their anchors."""
