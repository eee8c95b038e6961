"""Who holds a lease: a name that no other process, now or later, has."""

from __future__ import annotations

import os
import socket
import uuid


def owner_name() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
