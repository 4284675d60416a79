"""The pages beside the reports: how far to trust them, the method, the assumptions, the glossary (from `docs/`), and the sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from .. import wording
from ..analysis import trust
from ..data import ingest
from ..data.datapackage import project_root, write_text
from ..errors import InputError
from . import glossary, sources
from .page import templates
from .prose import Prose

DOCUMENTS = ("trust", "method", "assumptions", "glossary")
"""Files of `docs/`, each a page of the site under the same name."""


def write_documents(run_folder: Path, manifest: dict[str, Any]) -> None:
    """Write the pages that every report leads to: those of `DOCUMENTS` and `sources.html`.

    Numbers in them are computed from the processed tables. Raises `InputError` where a document is missing.
    """
    pages = {path.stem for path in run_folder.glob("*.html")}
    for name in DOCUMENTS:
        document = _Document(pages, escape if name == "glossary" else glossary.first_uses(""))
        body = document.to_html(filled(name))
        page = {"title": document.title, "body": body, "sections": document.sections}
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
    values: dict[str, Any] = {}
    if name == "trust":
        looked_back_on = next((era for era in ingest.all_eras() if era.can_be_looked_back_on), None)
        if looked_back_on is None:
            raise InputError("docs/trust.md needs an era that can be looked back on: eras.toml declares none.")
        values = trust.counts(ingest.Tables(looked_back_on), looked_back_on)
    return environment.from_string(path.read_text(encoding="utf-8")).render(values, row=sources.row)


class _Document(Prose):
    """A document of `docs/`, its links leading to pages of the site; `pages` names the reports of this run."""

    def __init__(self, pages: set[str], words: Callable[[str], Markup]) -> None:
        super().__init__("", words)
        self._pages, self._tables = pages, 0

    def link(self, text: str, url: str, title: str | None = None) -> str:
        path = url.removesuffix(".md")
        if path in DOCUMENTS:
            url = f"{path}.html"
        return super().link(text, url, title)

    def codespan(self, text: str) -> str:
        """A report's name leads to it, if this run has it."""
        code = super().codespan(text)
        return f'<a href="{text}.html">{code}</a>' if text in self._pages else code

    def table(self, text: str) -> str:
        self._tables += 1
        name = f'aria-label="Table {self._tables}"'
        return f'<div class="scroll" role="region" {name} tabindex="0"><table>\n{text}</table>\n</div>'

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:  # noqa: ARG002  (mistune calls it so)
        return f'  <th scope="col">{text}</th>\n' if head else f"  <td>{text}</td>\n"


def _write(run_folder: Path, name: str, template: str, manifest: dict[str, Any], page: dict[str, Any]) -> None:
    given = {"manifest": manifest, "up": "", "here": name, **page}
    made = templates().get_template(f"{template}.html.j2").render(given)
    write_text(run_folder / f"{name}.html", made)
