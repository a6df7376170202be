"""What passes between a terminal and its org: the request, the handover, and the keys that it brings."""
