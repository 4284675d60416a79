"""One executed notebook as one HTML page: self-contained, accessible, its code folded behind one switch."""

from __future__ import annotations

import ast
import copy
import datetime
import functools
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mistune

from .. import wording
from ..notebooks import nbformat
from ..parameters import NOTEBOOKS
from ..presentation.display import LINKS_SLOT, NUMBER_SLOT
from . import artefacts, sources
from .artefacts import KIND_MEANINGS, Artefact, text_of

TEMPLATES = Path(__file__).parent / "templates"

NO_WORDS = (
    '<p class="warning">A picture without a description was left out here: '
    "let <code>display.show</code> draw it, which asks for one.</p>"
)


def render_page(notebook: nbformat.NotebookNode, page: str, manifest: dict[str, Any]) -> str:
    """The page of an executed notebook, complete.

    `page` is the notebook's place in the run, such as `02_running_costs` or `ics/QGH`; links lead to the files beside
    it (see the package's docstring). `manifest` tells how the run was made; what it lacks is left out. The report on
    an ICS is headed by the name of the ICS.
    """
    prepared = _prepared(notebook, page)
    heading = _heading(prepared)
    place = artefacts.ics_name(notebook, page)
    sections = [section for cell in prepared.cells for section in cell.metadata.sections]
    resources = {
        "title": place or heading or page,
        "kicker": heading if place else "",
        "page": page,
        "up": up(page),
        "workbook": workbook_path(page),
        "sections": sections,
        "lead": next((n for n, cell in enumerate(prepared.cells) if cell.metadata.sections), len(prepared.cells)),
        "kinds": KIND_MEANINGS,
        "parameters": parameter_rows(notebook, page),
        "manifest": manifest,
        "failed": artefacts.failed(notebook),
    }
    return str(exporter().from_notebook_node(prepared, resources=resources)[0])


@functools.cache
def exporter() -> Any:
    """nbconvert's exporter with our templates, made once a process; what they print is escaped unless marked safe."""
    from jinja2 import FileSystemLoader
    from nbconvert.exporters.templateexporter import TemplateExporter

    # Not HTMLExporter: it parses each finished page again, to caption pictures that have no words. None gets here.
    made = TemplateExporter(
        template_name="base", template_file="page.html.j2", extra_loaders=[FileSystemLoader(TEMPLATES)]
    )
    made.environment.autoescape = made.environment.trim_blocks = made.environment.lstrip_blocks = True
    made.environment.filters |= {"file_size": file_size, "moment": moment, "day": wording.date}
    return made


def up(page: str) -> str:
    """The way from a page to the run's folder."""
    return "../" * page.count("/")


def workbook_path(page: str) -> str:
    """The Excel workbook that holds a page's tables: one for each ICS, one for all the national pages."""
    return f"workbooks/{page}.xlsx" if "/" in page else "workbooks/national.xlsx"


def file_size(count: int) -> str:
    """The size of a file as GOV.UK writes it: 840 bytes, 12 kB, 1.4 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{count / 1e3:.0f} kB"


def moment(text: str) -> str:
    """A time stamp as 22 November 2026 at 15:04 UTC; whatever is not one is shown as it is."""
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    clock = f" at {when:%H:%M} {when.tzname() or ''}".rstrip() if ":" in text else ""
    return wording.date(when.date()) + clock


def _prepared(notebook: nbformat.NotebookNode, page: str) -> nbformat.NotebookNode:
    """The notebook with each cell's finished HTML (`metadata.html`) and its headings (`metadata.sections`)."""
    prepared = copy.copy(notebook)
    prepared.cells = []
    counts = {"figure": 0, "table": 0}
    used: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            pieces = [markdown(cell.source)]
        else:
            pieces = [_output(output, page, counts) for output in cell.get("outputs", [])]
        linked = sources.linked_files("\n".join(filter(None, pieces)), up(page))
        markup, sections = with_anchors(linked, used)
        shown = nbformat.from_dict({**cell, "outputs": [], "metadata": {"html": markup, "sections": sections}})
        prepared.cells.append(shown)
    return prepared


def _output(output: Any, page: str, counts: dict[str, int]) -> str:
    """One output as HTML. Warnings and progress (stderr) stay in the executed notebook.

    HTML that `display` did not make is shown as its plain text: it has no caption, and may ask the network for things.
    """
    if output.output_type == "stream":
        return f"<pre>{html.escape(text_of(output.text))}</pre>" if output.name == "stdout" else ""
    if output.output_type == "error":
        return (
            '<div class="warning"><p>The notebook stopped here with an error; what should follow is missing.</p>'
            f"<pre>{html.escape(output.ename)}: {html.escape(output.evalue)}</pre></div>"
        )
    bundle = output.data
    if artefacts.is_ours(bundle):
        return _filled(text_of(bundle["text/html"]), artefacts.artefact(bundle), page, counts)
    if "text/markdown" in bundle:
        return markdown(text_of(bundle["text/markdown"]))
    if any(media.startswith("image/") for media in bundle):
        return NO_WORDS
    return f"<pre>{html.escape(text_of(bundle.get('text/plain', '')))}</pre>"


def _filled(markup: str, one: Artefact | None, page: str, counts: dict[str, int]) -> str:
    """The output of a `display` function with its number, the links to its files and to the kinds of figures."""
    if NUMBER_SLOT in markup:
        role = one.role if one else "table"
        counts[role] += 1
        label = f"{role.capitalize()} {counts[role]}"
        markup = markup.replace(NUMBER_SLOT, f'<span class="label">{label}: </span>', 1)
    else:
        label = "Download"
    if one and one.role == "table":
        markup = sources.linked_rows(markup, one.csv, up(page))
    if one:
        markup = markup.replace(LINKS_SLOT, _links(one, label, page), 1)
    return re.sub(r'<span class="kind">(\w+)</span>', r'<a class="kind" href="#kind-\1">\1</a>', markup)


def _links(one: Artefact, label: str, page: str) -> str:
    links = []
    for path, content in one.contents(page).items():
        what = "data" if path.endswith(".csv") else "picture"
        words = f"{label}, {what} ({path.rpartition('.')[2].upper()}, {file_size(len(content))})"
        links.append(f'<li><a href="{up(page)}{html.escape(path)}" download>{words}</a></li>')
    return f'<ul class="links">{"".join(links)}</ul>'


class _Text(mistune.HTMLRenderer):
    """Markdown without HTML and pictures: names in computed sentences come from data files."""

    def __init__(self) -> None:
        super().__init__(escape=True)

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002  (mistune calls it so)
        return html.escape(text)


markdown: Callable[[str], str] = mistune.create_markdown(renderer=_Text(), plugins=["table", "strikethrough"])  # type: ignore[assignment]  # HTML


def with_anchors(markup: str, used: set[str]) -> tuple[str, list[dict[str, str]]]:
    """The HTML with an id on each h2, and those headings for the contents list."""
    sections = []

    def anchor(match: re.Match[str]) -> str:
        words = re.sub(r"<[^>]+>", "", match[1])
        stem = "section-" + (re.sub(r"[^a-z0-9]+", "-", html.unescape(words).lower()).strip("-") or "heading")
        name = next(name for n in range(1, 1000) if (name := stem if n == 1 else f"{stem}-{n}") not in used)
        used.add(name)
        sections.append({"id": name, "words": html.unescape(words)})
        return f'<h2 id="{name}">{match[1]}</h2>'

    return re.sub(r"<h2>(.*?)</h2>", anchor, markup), sections


def _heading(prepared: nbformat.NotebookNode) -> str:
    """The notebook's h1, taken out of its cell: the page writes it."""
    for cell in prepared.cells:
        if found := re.search(r"<h1>(.*?)</h1>\s*", cell.metadata.html):
            cell.metadata.html = cell.metadata.html.replace(found[0], "", 1)
            return html.unescape(re.sub(r"<[^>]+>", "", found[1]))
    return ""


def parameter_rows(notebook: nbformat.NotebookNode, page: str) -> list[tuple[str, Any, str]]:
    """Name, value and meaning of each parameter, the injected values over the notebook's own."""
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", [])):
            values |= _literals(cell.source)
    model = NOTEBOOKS.get("ics_report" if page.startswith("ics/") else page)
    fields = model.model_fields if model else {}
    return [(name, value, fields[name].description or "" if name in fields else "") for name, value in values.items()]


def _literals(source: str) -> dict[str, Any]:
    return {
        target.id: ast.literal_eval(statement.value)
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign)
        and isinstance(target := statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant | ast.List | ast.Tuple | ast.Dict)
    }
