"""The words of `docs/glossary.md`, and the links that lead there from the first use of each on a page."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

from markupsafe import Markup, escape

from ..data.datapackage import project_root
from ..errors import InputError
from .prose import place

PAGE = "glossary.html"

_FOUND_AS = "Found as: "


def first_uses(up: str) -> Callable[[str], Markup]:
    """Makes HTML of plain text, for the texts of one page in their order: each word's first use leads to its entry.

    `up` is the way to the run's folder. Words within names of files, addresses and longer words are left alone.
    """
    entries, pattern = _entries(project_root() / "docs" / "glossary.md")
    met: set[str] = set()

    def linked(text: str) -> Markup:
        made, end = Markup(), 0
        for use in pattern.finditer(text):
            entry = entries[_key(use[0])]
            if entry not in met:
                met.add(entry)
                address = f"{up}{PAGE}#{entry}"
                made += escape(text[end : use.start()])
                made += Markup('<a class="term" href="{}">{}</a>').format(address, use[0])
                end = use.end()
        return made + escape(text[end:])

    return linked


@functools.cache
def _entries(path: Path) -> tuple[dict[str, str], re.Pattern[str]]:
    """The place of the entry for each word, singular and plural, and what finds the words in a text.

    An entry is a heading of the second level; after `Found as:` stand other words for the same.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: every page leads to its words. Restore it (git checkout docs).")
    entries: dict[str, str] = {}
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        words = []
        if line.startswith("## "):
            heading = line.removeprefix("## ").strip()
            words = [heading]
        elif line.startswith(_FOUND_AS):
            words = line.removeprefix(_FOUND_AS).split(", ")
        for word in words:
            plural = f"{word.removesuffix('y')}ies" if word.endswith("y") else f"{word}s"
            entries |= dict.fromkeys((_key(word), _key(plural)), place(heading))
    # Each word begins its own alternative, so that a text is passed over quickly; the longest is found first.
    longest_first = sorted(entries, key=len, reverse=True)
    found = "|".join(f"[{key[0].upper()}{key[0]}]{re.escape(key[1:])}" for key in longest_first).replace(r"\ ", r"\s+")
    return entries, re.compile(rf"(?<![\w/.-])(?:{found})(?![\w/-]|\.\w)")


def _key(word: str) -> str:
    """A word as it is looked up: the same at the start of a sentence, within it, and over the end of a line."""
    return " ".join((word[0].lower() + word[1:]).split())
