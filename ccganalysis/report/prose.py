"""Markdown as HTML of our pages, without HTML or pictures of its own: names in computed sentences come from data files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import mistune
from markupsafe import Markup, escape

from . import sources


class Prose(mistune.HTMLRenderer):
    """Renders the Markdown of one page, and notes its headings as it goes.

    Each h2 gets an id and is added to `sections` (id, words); the first h1 becomes `title` instead: the page writes it.
    Raw files that are named lead to their place among the sources; `up` is the way to the run's folder. What stands in
    sentences goes through `words`, which makes HTML of plain text; headings, tables, code and links do not.
    """

    def __init__(self, up: str, words: Callable[[str], Markup] = escape) -> None:
        super().__init__(escape=True)
        self.title = ""
        self.sections: list[dict[str, str]] = []
        self._up = up
        self._ids: set[str] = set()
        self._words = words
        self._within: list[str] = []
        self.to_html: Callable[[str], str] = mistune.create_markdown(  # type: ignore[assignment]  # its renderer writes text
            renderer=self, plugins=["table", "strikethrough"]
        )

    def linked(self, text: str) -> Markup:
        """Plain text as HTML, with the raw files it names as links."""
        return sources.linked_files(text, self._up)

    def told(self, text: str) -> Markup:
        """A plain sentence as HTML: raw files it names as links, the rest through `words`."""
        return sources.linked_files(text, self._up, self._words)

    def render_token(self, token: dict[str, Any], state: mistune.BlockState) -> str:
        self._within.append(token["type"])
        try:
            return super().render_token(token, state)
        finally:
            self._within.pop()

    def render_tokens(self, tokens: Iterable[dict[str, Any]], state: mistune.BlockState) -> str:
        """The lines of a paragraph are one text: what stands over the end of a line is found, too."""
        joined: list[dict[str, Any]] = []
        for token in tokens:
            one = {"type": "text", "raw": "\n"} if token["type"] == "softbreak" else token
            if one["type"] == "text" and joined and joined[-1]["type"] == "text":
                joined[-1] = {"type": "text", "raw": joined[-1]["raw"] + one["raw"]}
            else:
                joined.append(one)
        return super().render_tokens(joined, state)

    def text(self, text: str) -> str:
        if "link" in self._within:
            return super().text(text)
        return self.linked(text) if {"heading", "table", "codespan"} & {*self._within} else self.told(text)

    def codespan(self, text: str) -> str:
        return f"<code>{self.text(text)}</code>"

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002  (mistune calls it so)
        return text

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        words = Markup(text).striptags()
        if level == 1 and not self.title:
            self.title = words
            return ""
        if level == 2:
            attrs["id"] = self._new_id(place(words))
            self.sections.append({"id": attrs["id"], "words": words})
        return super().heading(text, level, **attrs)

    def _new_id(self, stem: str) -> str:
        name = next(name for n in range(1, 1000) if (name := stem if n == 1 else f"{stem}-{n}") not in self._ids)
        self._ids.add(name)
        return name


def place(heading: str) -> str:
    """The id of an h2 on its page, if no other has the same words."""
    return f"section-{re.sub(r'[^a-z0-9]+', '-', heading.lower()).strip('-') or 'heading'}"
