"""The durable queue of a terminal, one SQLite file: samples until they are framed, frames until they are final."""
