"""The pages beside the reports: how far to trust them, the method, the assumptions (from `docs/`), and the sources."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import jinja2

from .. import wording
from ..analysis import trust
from ..data import ingest
from ..data.datapackage import project_root, write_text
from ..errors import InputError
from . import sources
from .page import exporter, markdown, with_anchors

DOCUMENTS = ("trust", "method", "assumptions")
"""Files of `docs/`, each a page of the site under the same name."""


def write_documents(run_folder: Path, manifest: dict[str, Any]) -> None:
    """Write the pages that every report leads to: `trust.html`, `method.html`, `assumptions.html`, `sources.html`.

    Numbers in them are computed from the processed tables. Raises `InputError` where a document is missing.
    """
    pages = {path.stem for path in run_folder.glob("*.html")}
    for name in DOCUMENTS:
        title, body, sections = _body(filled(name), pages)
        page = {"title": title, "body": body, "sections": sections}
        _write(run_folder, name, "document", manifest, page)
    _write(run_folder, "sources", "sources", manifest, {"title": "Sources", "files": sources.files()})


def filled(name: str) -> str:
    """A document as Markdown, its placeholders filled with numbers computed from the processed tables."""
    path = project_root() / "docs" / f"{name}.md"
    if not path.is_file():
        raise InputError(f"{path} is missing: it is a page of every site. Restore it (git checkout docs).")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    words = (wording.count, wording.gbp, wording.people, wording.per_cent, wording.sentence)
    environment.filters |= {one.__name__: one for one in words}
    environment.filters["link"] = lambda address, text: f"[{text}]({address})"
    values = trust.counts(ingest.Tables()) if name == "trust" else {}
    return environment.from_string(path.read_text(encoding="utf-8")).render(values, row=sources.row)


def _body(text: str, pages: set[str]) -> tuple[str, str, list[dict[str, str]]]:
    """Title, HTML and sections of a document, its links leading to pages of the site."""
    markup = sources.linked_files(markdown(text), "")
    markup = re.sub(rf'href="({"|".join(DOCUMENTS)})\.md', r'href="\1.html', markup)
    markup = re.sub(r"<code>(\w+)</code>", lambda code: _to_page(code, pages), markup)
    markup = markup.replace("<th>", '<th scope="col">')
    tables = iter(range(1, 1000))
    markup = re.sub(r"<table>.*?</table>", lambda table: _scrollable(table[0], next(tables)), markup, flags=re.DOTALL)
    heading = re.search(r"<h1>(.*?)</h1>\s*", markup)
    assert heading is not None  # every document begins with its title
    markup, sections = with_anchors(markup.replace(heading[0], "", 1), set())
    return html.unescape(heading[1]), markup, sections


def _to_page(code: re.Match[str], pages: set[str]) -> str:
    """A report's name as a link to it, if this run has it."""
    return f'<a href="{code[1]}.html">{code[0]}</a>' if code[1] in pages else code[0]


def _scrollable(table: str, number: int) -> str:
    return f'<div class="scroll" role="region" aria-label="Table {number}" tabindex="0">{table}</div>'


def _write(run_folder: Path, name: str, template: str, manifest: dict[str, Any], page: dict[str, Any]) -> None:
    given = {"manifest": manifest, "up": "", "here": name, **page}
    made = exporter().environment.get_template(f"{template}.html.j2").render(given)
    write_text(run_folder / f"{name}.html", made)
