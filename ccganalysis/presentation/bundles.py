"""What an output of a notebook holds: one structure, and what is made from it.

`display` puts into a notebook what a figure, a table or a finding says as data (`ARTEFACT`), and beside it what programs
that know nothing of us show: HTML and plain text, both made here from that structure, by the same templates as the page
of the report.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pandas as pd
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from .. import wording

ARTEFACT = "application/vnd.ccganalysis.artefact+json"
"""The structure. `role` is one of `ROLES`, and says which other fields there are:

finding: `text` (with **bold**), `strip` (a list of `words` and `value`) and `bullets`. key_results: `title`, `results` (name, words, value, kind), `values` (in words).
figure, table, download: `name` of its files, `title` (headline or caption), `remark`, `source`, `kinds`, `shorthand` (the
signs used), `csv` (the data, unrounded) with the `headings` of its columns. figure also: `subtitle`, `alt`, and `key`, what is numbered in the narrow form of a picture. download may have `compressed` and `codebook` (CSV text). table also: `columns` (heading, numeric, width),
`cells` (rows of formatted text), `wide`. what_if: `name`, `title`, `note`, `text` and `strip` of the finding as published, `settings`
(the sliders), `people` (the most that a bound can be), `drawing` (`outlines.of_bodies`) and `model` (`what_if.model`).
"""

SVG, PNG, HTML, PLAIN = "image/svg+xml", "image/png", "text/html", "text/plain"

_URI_UNSAFE = re.compile(r"[^\w ,;:=/()!*@$?+\-.~']+", re.ASCII)
# & is among them: HTML would read &amp; within the address as a bare ampersand.

LONGEST_LINKED = 200_000
"""Characters of a download that a notebook holds a second time, as a link; what is longer is a file beside the report."""
_SLIM_POINTS = 380  # a picture no wider is shown whole on a phone

Text = TypeVar("Text", bound=str)


def bundle(artefact: Mapping[str, Any], svg: str = "", png: str = "") -> dict[str, Any]:
    """The output by media type: the structure, HTML and plain text, and for a figure its pictures (`png` in base64)."""
    pictures = {media: content for media, content in ((SVG, svg), (PNG, png)) if content}
    return {ARTEFACT: dict(artefact), HTML: markup(artefact, svg), PLAIN: plain(artefact), **pictures}


def markup(
    artefact: Mapping[str, Any], svg: str = "", page: Mapping[str, Any] | None = None, linked: bool = True
) -> str:
    """The output as HTML: for a notebook, with the few styles that are missed there, or for a page of the report.

    In a notebook a download is a link that has the file in it, if it is `linked` and no longer than `LONGEST_LINKED`.

    `page` has what only the page knows: `label`, such as "Figure 1"; `files` (`href`, `words`); `linked`, `told` and
    `source`, which make HTML of plain text, of sentences and of the words of a source; `kind`, which makes HTML of a name
    and the kind of it; and `rows`, where cells of a table lead, by row and column.
    """
    linked = linked and not page and len(artefact.get("csv", "")) <= LONGEST_LINKED
    return _TEMPLATES[artefact["role"]].render(artefact=artefact, svg=svg, page=page, linked=linked).strip()


def plain(artefact: Mapping[str, Any]) -> str:
    """The output as plain text, which has every word and number that the HTML has."""
    match artefact["role"]:
        case "finding":
            numbers = [f"{one['words']}: {one['value']}" for one in artefact["strip"]]
            return "\n".join([artefact["text"], *numbers, *artefact["bullets"]])
        case "what_if":
            return f"{artefact['title']}: settings to change, on the page of the report"
        case "key_results":
            lines = [(r["words"], value, r["kind"]) for r, value in _valued(artefact)]
            return f"{artefact['title']}\n{_grid(['Result', 'Value', 'Kind'], lines, 90)}"
        case "figure":
            words = [f"Figure: {artefact['title']}", artefact["subtitle"], artefact["alt"]]
        case "table":
            headings = [column["heading"] for column in artefact["columns"]]
            words = [f"Table: {artefact['title']}", _grid(headings, artefact["cells"], 60)]
        case "download":
            words = [f"Download: {artefact['title']}"]
    return "\n".join([*words, note(artefact)])


def note(artefact: Mapping[str, Any]) -> str:
    """The line under a figure or table: what is left out, source, kind of figure and the shorthand used."""
    return _note(artefact, str, artefact["remark"], artefact["source"], "Kind of figure", artefact["kinds"])


def _note_as_html(artefact: Mapping[str, Any], page: Mapping[str, Any] | None) -> Markup:
    remark, source, kinds = artefact["remark"], artefact["source"], artefact["kinds"]
    if not page:
        return _note(artefact, Markup, remark, source, "Kind of figure", kinds)
    meanings = Markup('<a href="#page-kinds">Kind of figure</a>')
    linked = [page["kind"](artefact["name"], kind) for kind in kinds]
    return _note(artefact, Markup, page["linked"](remark), page["source"](source), meanings, linked)


def _note(
    artefact: Mapping[str, Any], text: type[Text], remark: str, source: str, label: str, kinds: Sequence[str]
) -> Text:
    told = [remark] if remark else []
    listed = text(wording.listed(kinds))
    joined = text(". ").join(
        [*told, text("Source: ") + source, text("") + label + ": " + listed, *artefact["shorthand"]]
    )
    return text(joined + text("."))


def _grid(headings: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> str:
    frame = pd.DataFrame(cells, columns=pd.RangeIndex(len(headings)), dtype="str").set_axis(headings, axis=1)
    return frame.to_string(index=False, max_colwidth=width)


def _valued(artefact: Mapping[str, Any]) -> list[tuple[dict[str, Any], str]]:
    return list(zip(artefact["results"], artefact["values"], strict=True))


def bold(text: str) -> Markup:
    """Escaped text in which what stands between ** is strong."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text))))


def inert(data: Any) -> Markup:
    """Data as JSON for a script element that no browser runs: nothing in it can end the element."""
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def _quoted(svg: str) -> str:
    """A picture as part of an address: what may stand there is passed over in one go, as it is nearly all of it."""
    return _URI_UNSAFE.sub(lambda found: quote(found[0], safe=""), svg)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["data_uri"] = lambda svg: Markup(f"data:image/svg+xml,{_quoted(svg)}")
    made.filters["csv_uri"] = lambda csv: Markup(f"data:text/csv;base64,{base64.b64encode(csv.encode()).decode()}")
    made.filters["slim"] = lambda svg: float(re.search(r'width="([\d.]+)', svg)[1]) < _SLIM_POINTS
    made.filters["narrow"] = lambda svg: (re.search(r'data-narrow="([\d.]+)"', svg) or ("", ""))[1]
    made.filters["css_text"] = lambda text: json.dumps(text, ensure_ascii=False).replace("\\u", "\\")
    made.filters["bold"] = bold
    made.filters["inert"] = inert
    made.filters["valued"] = _valued
    made.filters["note"] = _note_as_html
    return made


ROLES = ("finding", "figure", "table", "download", "key_results", "what_if")
# Compiled at import, so that a kernel forked from a process that has imported this need not.
_TEMPLATES = {role: _environment().get_template(f"{role}.html.j2") for role in ROLES}
