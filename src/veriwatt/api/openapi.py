"""The API's own description. `docs/openapi.json` is the committed copy."""

from __future__ import annotations

import json
from typing import Any

CBOR = "application/cbor"
"""The media type of the requests of terminals, and of the answers to them."""

OPEN: dict[str, Any] = {"security": []}
"""Added to the declaration of an open route: it needs no session, because its answers show no reading."""

OWN_BUDGET: dict[str, Any] = OPEN | {"x-own-budget": True}
"""Likewise of an open route that charges by its own row of the policy of resources, not as a page; and of the question
after the node's health, which is free: whoever watches the node must not take a flood for its end."""

SECURITY: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "the session of `POST /api/v1/session`, or a token of `veriwatt node tokens add`",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "veriwatt-NODE",
        "description": "the session of a sign-in link; each node has its own NODE, and under TLS `__Host-` before it",
    },
}
"""How a request proves its session; every route that is not open needs one."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What went wrong, as problem+json (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""Declared for every route."""


def binary(media: str, what: str) -> dict[int | str, dict[str, Any]]:
    """The declaration of an answer that is a file."""
    return {200: {"description": what, "content": {media: {"schema": {"type": "string", "format": "binary"}}}}}


def render(document: dict[str, Any]) -> str:
    """The text that is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
