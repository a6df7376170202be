"""The pages: a template each, their words in two catalogues, their figures from the API by scripts of our own."""

from veriwatt.web.pages import SignIn, add_pages

__all__ = ["SignIn", "add_pages"]
