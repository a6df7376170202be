"""What signing in leads back to: a path of this node, whatever the address says."""

from __future__ import annotations

import pytest

from veriwatt.web.pages import own_path


@pytest.mark.parametrize("path", ["/", "/ledger", "/?point=a%2Fb&from=2026-09-01", "/?point=工厂"])
def test_a_path_of_the_node_is_gone_back_to(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "ledger",
        "/sign-in",
        "/sign-in?next=/ledger",
        "/" + "a" * 2000,
    ],
)
def test_everything_else_leads_to_the_overview(elsewhere: str) -> None:
    assert own_path(elsewhere) == "/"
