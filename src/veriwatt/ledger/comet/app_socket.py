"""The Unix socket on which CometBFT reaches the application: a file in a private folder, so that no other user can."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from veriwatt.errors import Unavailable

NAME = "app.sock"


def listen_in(folder: Path) -> socket.socket:
    """A socket that listens at `NAME` in `folder`; a file that a killed process left there is replaced.

    The path of a socket has at most 107 bytes, so the folder is named by its descriptor; CometBFT, which runs in the
    folder, names the file alone.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        (folder / NAME).unlink(missing_ok=True)
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            listening.bind(f"/proc/self/fd/{opened}/{NAME}")
        finally:
            os.close(opened)
        (folder / NAME).chmod(0o600)
        listening.listen(16)
    except OSError as error:
        listening.close()
        raise Unavailable(f"cannot listen at {folder / NAME}: {error}") from error
    return listening
