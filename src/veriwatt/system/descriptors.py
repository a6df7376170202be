"""Running out of open files: a passing state of the machine, never a bug."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TypeVar

from veriwatt.errors import Unavailable

T = TypeVar("T")


def descriptors_needed(call: Callable[[], T]) -> T:
    """What `call` returns; it may open files, also by importing a module at its first use.

    Raises:
        Unavailable: no descriptor was free; the same call may succeed later.
    """
    try:
        return call()
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE):
            raise
        raise Unavailable("no file can be opened: too many are open; raise the limit of open files") from error
