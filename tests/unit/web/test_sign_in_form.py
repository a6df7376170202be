"""The form of the sign-in page takes a link whole, or its secret, and refuses everything else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from veriwatt.api.access import Access
from veriwatt.api.sign_in import CookieSignIn
from veriwatt.home.access_files import AccessFiles
from veriwatt.web import add_pages


def posted(files: AccessFiles, secret: str) -> httpx.Response:
    """The answer of the form to what was pasted into it."""
    app = FastAPI()
    add_pages(app, CookieSignIn(Access(files)))

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/sign-in", data={"secret": secret})

    return asyncio.run(post())


@pytest.mark.parametrize("around", ["{}", " {} ", "http://node.example/sign-in?secret={}", "http://[::1]:8/?secret={}"])
def test_a_link_whole_or_its_secret_signs_in(tmp_path: Path, around: str) -> None:
    files = AccessFiles(tmp_path)
    assert posted(files, around.format(files.invite("Ann Lee"))).status_code == 303


@pytest.mark.parametrize(
    "pasted", ["http://[", "http://[::1/sign-in?secret=a", "//[x]?secret=a", "http://\u2100/", "?"]
)
def test_what_is_no_link_is_refused(tmp_path: Path, pasted: str) -> None:
    answer = posted(AccessFiles(tmp_path), pasted)
    assert answer.status_code == 403
    assert "not complete" in answer.text
