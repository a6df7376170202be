"""Bytes on this machine's disk: durable files, the journal of accepted frames, and objects by hash."""
