"""The limit of open files: raised at the start, and divided between connections and the node's own files."""

from __future__ import annotations

import resource

from veriwatt.api.resources.policy import DESCRIPTORS_SHARE, MOST_CONNECTIONS

ENOUGH = 1 << 16


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one, at most to 65,536; returns the limit that is in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def most_connections(descriptors: int) -> int:
    """How many connections a limit of open files leaves room for."""
    return max(8, min(MOST_CONNECTIONS, descriptors // DESCRIPTORS_SHARE))
