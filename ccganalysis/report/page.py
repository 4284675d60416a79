"""One executed notebook as one HTML page: self-contained, accessible, its code folded behind one switch."""

from __future__ import annotations

import ast
import base64
import copy
import datetime
import functools
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from .. import pages, wording
from ..data import eras, ingest
from ..notebooks import nbformat
from ..parameters import NOTEBOOKS
from ..presentation import bundles
from . import artefacts, glossary, sources, ways
from .artefacts import KIND_MEANINGS, text_of
from .prose import Prose

TEMPLATES = Path(__file__).parent / "templates"

NO_WORDS = (
    '<p class="warning">A picture without a description was left out here: '
    "let <code>display.show</code> draw it, which asks for one.</p>"
)


def render_page(notebook: nbformat.NotebookNode, page: str, manifest: dict[str, Any]) -> str:
    """The page of an executed notebook, complete.

    `page` is the notebook's place in the run, such as `02_running_costs` or `ccg/area/QGH`; links lead to the files beside
    it (see the package's docstring). `manifest` tells how the run was made; what it lacks is left out. The report on
    an area is headed by the name of the area.
    """
    prepared = _prepared(notebook, page)
    heading = prepared.metadata.heading
    place = artefacts.area_name(notebook, page)
    sections = [section for cell in prepared.cells for section in cell.metadata.sections]
    resources = {
        "title": place or heading or page,
        "kicker": heading if place else "",
        "page": page,
        "up": pages.up(page),
        "edition": edition_of(page),
        "is_local": bool(place),
        "workbook": pages.workbook_of(page),
        "sections": sections,
        "lead": next((n for n, cell in enumerate(prepared.cells) if cell.metadata.sections), len(prepared.cells)),
        "kinds": KIND_MEANINGS,
        "parameters": parameter_rows(notebook, page),
        "manifest": manifest,
        "failed": artefacts.failed(notebook),
        "script": what_if_script() if artefacts.has_what_if(notebook) else "",
    }
    return templates().get_template("page.html.j2").render(nb=prepared, resources=resources)


@functools.cache
def templates() -> Environment:
    """The templates of pages and sites, compiled once a process; what they print is escaped unless marked safe."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {
        "file_size": file_size,
        "moment": moment,
        "day": wording.date,
        "sentence": wording.sentence,
        "bold": bundles.bold,
        "fingerprint": fingerprint,
    }
    return made


WHAT_IF = ("plans.js", "weighing.js", "words.js", "view.js")
"""The modules of what a reader can ask, each before those that import it."""


@functools.cache
def what_if_script(names: Sequence[str] = WHAT_IF) -> str:
    """Modules as one, to stand in a page: a page opened from disk may import none. What they export and import is then at hand."""
    texts = [(TEMPLATES / "what_if" / name).read_text(encoding="utf-8") for name in names]
    whole = re.sub(r"^import .*;\n", "", "\n".join(texts), flags=re.MULTILINE)
    return re.sub(r"^export ", "", whole, flags=re.MULTILINE)


def fingerprint(script: str) -> str:
    """How a page's policy names the one script that it lets run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def edition_of(page: str) -> dict[str, str] | None:
    """The first page of the era in whose folder a page stands: its `path`, and `words` for it; None for one at the top."""
    folder = pages.folder_of(page)
    if not folder:
        return None
    era = eras.era_named(ingest.all_eras(), folder.rstrip("/"))
    return {"path": f"{folder}index.html", "words": f"Reports on {era.words.bodies}"}


def file_size(count: int) -> str:
    """The size of a file as GOV.UK writes it: 840 bytes, 12 kB, 1.4 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{count / 1e3:.0f} kB"


def moment(text: str) -> str:
    """A time stamp as 22 November 2026 at 15:04:05 UTC; whatever is not one is shown as it is."""
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
    clock = f" at {when:%H:%M:%S} {when.tzname() or ''}".rstrip() if ":" in text else ""
    return wording.date(when.date()) + clock


def _prepared(notebook: nbformat.NotebookNode, page: str) -> nbformat.NotebookNode:
    """The notebook with each cell's finished HTML (`metadata.html`) and its headings (`metadata.sections`, `title`)."""
    prepared = copy.copy(notebook)
    prepared.cells = []
    counts, prose = {"Figure": 0, "Table": 0}, Prose(pages.up(page), glossary.first_uses(pages.up(page)))
    back = ways.Ways(page, {name: value for name, value, _ in parameter_rows(notebook, page)})
    for cell in notebook.cells:
        prose.sections = []
        if cell.cell_type == "markdown":
            pieces = [prose.to_html(cell.source)]
        else:
            pieces = [_output(output, page, counts, prose, back) for output in cell.get("outputs", [])]
        made = {"html": "\n".join(filter(None, pieces)), "sections": prose.sections}
        prepared.cells.append(nbformat.from_dict({**cell, "outputs": [], "metadata": made}))
    prepared.metadata = nbformat.from_dict({**notebook.metadata, "heading": prose.title})
    return prepared


def _output(output: Any, page: str, counts: dict[str, int], prose: Prose, back: ways.Ways) -> str:
    """One output as HTML. Warnings and progress (stderr) stay in the executed notebook.

    HTML that `display` did not make is shown as its plain text: it has no caption, and may ask the network for things.
    """
    if output.output_type == "stream":
        return f"<pre>{prose.linked(text_of(output.text))}</pre>" if output.name == "stdout" else ""
    if output.output_type == "error":
        return (
            '<div class="warning"><p>The notebook stopped here with an error; what should follow is missing.</p>'
            f"<pre>{prose.linked(f'{output.ename}: {output.evalue}')}</pre></div>"
        )
    bundle = output.data
    if bundles.ARTEFACT in bundle:
        return _shown(bundle, page, counts, prose, back)
    if "text/markdown" in bundle:
        return prose.to_html(text_of(bundle["text/markdown"]))
    if any(media.startswith("image/") for media in bundle):
        return NO_WORDS
    return f"<pre>{prose.linked(text_of(bundle.get('text/plain', '')))}</pre>"


_NUMBERED = {"figure": "Figure", "table": "Table", "key_results": "Table"}


def _shown(bundle: dict[str, Any], page: str, counts: dict[str, int], prose: Prose, back: ways.Ways) -> str:
    """An output of `display`, with its number, and links to its files, its sources and the kinds of figures."""
    held, one = bundle[bundles.ARTEFACT], artefacts.artefact(bundle)
    label = "Download"
    if numbered := _NUMBERED.get(held["role"]):
        counts[numbered] += 1
        label = f"{numbered} {counts[numbered]}"
    files = one.contents(page) if one else {}
    known = {
        "label": label,
        "files": [
            {"href": pages.up(page) + path, "words": _link_words(label, path, len(files[path]))} for path in files
        ],
        "linked": prose.linked,
        "told": prose.told,
        "source": back.source,
        "kind": back.kind,
        "rows": sources.row_links(one.csv, len(held["cells"]), pages.up(page)) if held["role"] == "table" else {},
    }
    return bundles.markup(held, text_of(bundle.get(bundles.SVG, "")), known)


def _link_words(label: str, path: str, size: int) -> str:
    what = "codebook" if path.endswith("_codebook.csv") else "data" if ".csv" in path else "picture"
    return f"{label}, {what} ({artefacts.file_format(path)}, {file_size(size)})"


def parameter_rows(notebook: nbformat.NotebookNode, page: str) -> list[tuple[str, Any, str]]:
    """Name, value and meaning of each parameter, the injected values over the notebook's own."""
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", [])):
            values |= _literals(cell.source)
    model = NOTEBOOKS.get("area_report" if pages.area_of(page) else page.rpartition("/")[2])
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
