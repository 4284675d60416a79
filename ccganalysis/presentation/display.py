"""The one way a figure, a table or a computed sentence gets from the package into a notebook.

Every output carries words as well as a picture: `text/plain` (what nbval compares and a terminal shows) and HTML
(what the report and JupyterLab show), and the data behind it as an artefact, so that the executed notebook alone is
enough to make the page and every download. Numbers in the words are computed by the caller, never typed.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import html
import io
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from .. import wording
from ..data.columns import COLUMNS, KINDS, label
from ..data.datapackage import to_csv
from ..errors import InputError

ARTEFACT = "application/vnd.ccganalysis.artefact+json"
KEY_RESULTS = "application/vnd.ccganalysis.key-results+json"

NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
SHORTHAND = {NOT_AVAILABLE: "not available", NOT_APPLICABLE: "not applicable"}

COLUMNS_ON_PORTRAIT = 8  # a wider table is printed on a page of its own, turned

# Left empty in the notebook, where outputs are run in any order; the report fills them with "Figure 1: " and the links.
NUMBER_SLOT, LINKS_SLOT = '<span class="label"></span>', '<p class="links"></p>'

# Readers' machines have Arial or Helvetica; the layout is computed with DejaVu Sans, which matplotlib ships.
_READERS_FONTS = "Arial, 'Helvetica Neue', Helvetica, 'DejaVu Sans', sans-serif"


def say(text: str) -> None:
    """A paragraph whose numbers were computed; Markdown is allowed."""
    display({"text/markdown": text, "text/plain": text}, raw=True)


def finding(text: str) -> None:
    """The finding that opens a report, set apart on the page."""
    markup = f'<p class="finding">{html.escape(text, quote=False)}</p>'
    display({"text/html": markup, "text/plain": text}, raw=True)


def show(
    figure: Callable[[], Figure],
    *,
    name: str,
    headline: str,
    subtitle: str,
    alt: str,
    source: str,
    kind: str | Sequence[str],
    data: pd.DataFrame,
) -> None:
    """A chart with its words: headline (the finding), subtitle (measure, place, date, unit), alt text, source, kind.

    `figure` draws the picture; `name` is the file name of the picture and its data; `data` is the tidy frame behind
    the picture; `kind` is one or more of `columns.KINDS`.
    """
    drawn = figure()
    box = _laid_out(drawn)
    svg = to_svg(drawn, box)
    picture = f'<img class="chart" src="data:image/svg+xml,{quote(svg, safe=_URI_SAFE)}" alt="{html.escape(alt)}">'
    note = _note(source, kind)
    markup = (
        f'<figure class="figure" id="{html.escape(name)}"><figcaption>'
        f'<p class="headline" id="{html.escape(name)}-title">{NUMBER_SLOT}{html.escape(headline)}</p>'
        f'<p class="subtitle">{html.escape(subtitle)}</p></figcaption>'
        f"{_scrollable(name, picture)}{_note_html(note)}{LINKS_SLOT}</figure>"
    )
    plain = f"Figure: {headline}\n{subtitle}\n{alt}\n{note}"
    bundle = {"text/html": markup, "text/plain": plain, ARTEFACT: _artefact(name, "figure", headline, note, data)}
    if "png" in os.environ.get("CCGANALYSIS_FIGURE_FORMATS", ""):
        bundle["image/png"] = _to_png(drawn, box)
    plt.close(drawn)
    display(bundle, raw=True)


def show_table(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    source: str,
    kind: str | Sequence[str],
    rows: int | None = None,
    headings: Mapping[str, str] | None = None,
) -> None:
    """A table with caption, units in the headings, scoped headers, source and kind; the first column names the row.

    Only the first `rows` rows are shown; the download has them all, unrounded.
    """
    shown = frame.head(rows) if rows is not None else frame
    cells = pd.DataFrame({column: _formatted(shown[column]) for column in shown}, dtype="str")
    titles = [(headings or {}).get(column) or label(column) for column in shown]
    numeric = [pd.api.types.is_numeric_dtype(shown[column]) for column in shown]
    used = [f"{sign} {meaning}" for sign, meaning in SHORTHAND.items() if (cells == sign).any(axis=None)]
    cut = len(shown) < len(frame)
    more = [f"First {len(shown):,} of {len(frame):,} rows; the download has them all"] if cut else []
    note = ". ".join([*more, _note(source, kind).rstrip("."), *used]) + "."
    head = "".join(
        f'<th scope="col"{_NUMBER if right else _width(cells[column])}>{html.escape(title)}</th>'
        for column, title, right in zip(shown, titles, numeric, strict=True)
    )
    body = "".join(f"<tr>{_row(values, numeric)}</tr>" for values in cells.itertuples(index=False, name=None))
    table = _table(name, caption, head, body)
    wide = " wide" if len(titles) > COLUMNS_ON_PORTRAIT else ""
    markup = f'<div class="table{wide}" id="{html.escape(name)}">{table}{_note_html(note)}{LINKS_SLOT}</div>'
    text = cells.set_axis(titles, axis=1).to_string(index=False, max_colwidth=60)
    plain = f"Table: {caption}\n{text}\n{note}"
    artefact = _artefact(name, "table", caption, note, frame)
    display({"text/html": markup, "text/plain": plain, ARTEFACT: artefact}, raw=True)


@dataclasses.dataclass(frozen=True)
class Result:
    """One key result: a name for machines, words for people, the value, and the kind of figure it is."""

    name: str
    words: str
    value: float | int | str
    kind: str


def key_results(results: Sequence[Result]) -> None:
    """The last cell: what this notebook found, for people as a table and for `sweep` and the site as values."""
    for result in results:
        _check_kind(result.kind)
    frame = pd.DataFrame([(r.words, r.value, r.kind) for r in results], columns=["Result", "Value", "Kind"])
    values = pd.Series([value_text(result.name, result.value) for result in results], dtype="str")
    rows = "".join(
        f'<tr><th scope="row">{html.escape(result.words)}</th>'
        f"<td{'' if isinstance(result.value, str) else _NUMBER}>{html.escape(value)}</td>"
        f"<td>{_kinds_html(result.kind)}</td></tr>"
        for result, value in zip(results, values, strict=True)
    )
    head = '<th scope="col">Result</th><th scope="col" class="number">Value</th><th scope="col">Kind</th>'
    markup = f'<div class="table" id="key-results">{_table("key-results", "Key results", head, rows)}</div>'
    plain = "Key results\n" + frame.assign(Value=values).to_string(index=False, max_colwidth=90)
    # A kernel would turn NaN, which JSON does not know, into the word.
    data = [dataclasses.asdict(r) | {"value": None if _is_missing(r.value) else r.value} for r in results]
    display({"text/html": markup, "text/plain": plain, KEY_RESULTS: data}, raw=True)


def value_text(name: str, value: object) -> str:
    """One value for readers, its unit told by the name: £242.1 million for `_gbp`, 58.0% for a share, 195, 1,234.50."""
    if _is_missing(value):
        return NOT_AVAILABLE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    unit = COLUMNS[name].unit if name in COLUMNS else ""
    if unit == "£" or "_gbp" in name:
        return wording.gbp(value) if value else "£0"
    if unit == "share" or re.search(r"(^|_)(share|probability)(_|$)", name):
        return f"{value:.1%}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def download(frame: pd.DataFrame, *, name: str, title: str, source: str, kind: str | Sequence[str]) -> None:
    """A table too long to show: named with its size on the page, and there as a file beside the report."""
    note = f"{len(frame):,} rows, {len(frame.columns)} columns. {_note(source, kind)}"
    markup = (
        f'<div class="download" id="{html.escape(name)}"><p class="headline">{html.escape(title)}</p>'
        f"{_note_html(note)}{LINKS_SLOT}</div>"
    )
    artefact = _artefact(name, "download", title, note, frame)
    display({"text/html": markup, "text/plain": f"Download: {title}\n{note}", ARTEFACT: artefact}, raw=True)


def to_svg(figure: Figure, box: Bbox | None = None) -> str:
    """The figure as SVG, the same bytes each time, with text as text in the reader's own sans-serif."""
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "ccganalysis", "svg.fonttype": "none"}):
        figure.savefig(
            stream, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches=box or _laid_out(figure)
        )
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :].replace("'DejaVu Sans'", _READERS_FONTS)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"\s+", " ", _HUNDREDTHS.sub(r"\1", path[0])), svg)
    return re.sub(r">\s+<", "><", svg)


def _laid_out(figure: Figure) -> Bbox:
    """The box round everything drawn, in inches; the layout is solved once and not again for every format."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine(None)  # "none" leaves an empty one, for which each format is drawn once more
    return figure.get_tightbbox().padded(0.1)


_HUNDREDTHS = re.compile(r"(\.\d\d)\d+")  # of a point: finer cannot be seen, and makes a map half as large again
_URI_SAFE = " ,;:=/()!*@$?+-._~'"  # not &: HTML would read &amp; within the address as a bare ampersand
_NUMBER = ' class="number"'


def _to_png(figure: Figure, box: Bbox) -> str:
    stream = io.BytesIO()
    figure.savefig(
        stream, format="png", dpi=144, metadata={"Software": None}, bbox_inches=box, pil_kwargs={"compress_level": 3}
    )
    return base64.b64encode(stream.getvalue()).decode()


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise InputError(f"Unknown kind of figure {kind!r}: it is one of {', '.join(KINDS)}.")


def _note(source: str, kind: str | Sequence[str]) -> str:
    kinds = [kind] if isinstance(kind, str) else list(kind)
    for one in kinds:
        _check_kind(one)
    return f"Source: {source}. Kind of figure: {wording.listed(kinds)}."


def _width(texts: pd.Series) -> str:
    """The class of a column of text: long texts need room, or each would be a word a line."""
    longest = texts.str.len().max()
    for least, name in ((60, "sentences"), (14, "names"), (8, "words")):
        if longest > least:
            return f' class="{name}"'
    return ""


def _scrollable(name: str, content: str) -> str:
    """What may be wider than a phone, in a box that scrolls by itself, by keyboard too."""
    return f'<div class="scroll" role="region" aria-labelledby="{html.escape(name)}-title" tabindex="0">{content}</div>'


def _table(name: str, caption: str, head: str, body: str) -> str:
    title = f'<span id="{html.escape(name)}-title">{NUMBER_SLOT}{html.escape(caption)}</span>'
    return _scrollable(
        name,
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    )


def _note_html(note: str) -> str:
    text, mark, kinds = html.escape(note).partition("Kind of figure: ")
    return f'<p class="note">{text}{mark}{_kinds_html(kinds)}</p>'


def _kinds_html(text: str) -> str:
    """Each kind of figure marked, so that the report can lead from it to its explanation."""
    return re.sub(rf"\b({'|'.join(KINDS)})\b", r'<span class="kind">\1</span>', text)


def _artefact(name: str, role: str, title: str, note: str, data: pd.DataFrame) -> dict[str, str]:
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise InputError(f"{name!r} will not do as a file name: lower-case letters, digits and underscores only.")
    text = to_csv(neutralised(data))
    # A download may have thousands of rows, and notebooks are kept in git.
    packed = role == "download"
    content = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode() if packed else text
    return {"name": name, "role": role, "title": title, "note": note, "csv_gzip" if packed else "csv": content}


def expanded(artefact: dict[str, str]) -> dict[str, str]:
    """An artefact with its data as CSV text, however it was stored in the notebook."""
    if "csv_gzip" not in artefact:
        return artefact
    text = gzip.decompress(base64.b64decode(artefact["csv_gzip"])).decode()
    return {**{key: value for key, value in artefact.items() if key != "csv_gzip"}, "csv": text}


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text that a spreadsheet would run as a formula (starting with = + - @) shown as text."""
    out = frame.copy()
    for column in out:
        if pd.api.types.is_string_dtype(out[column]) or out[column].dtype == object:
            risky = out[column].map(lambda value: isinstance(value, str) and value[:1] in tuple("=+-@\t\r"))
            if risky.any():
                out[column] = out[column].where(~risky, "'" + out[column].astype(object).astype(str))
    return out


def _formatted(values: pd.Series) -> list[str]:
    known = COLUMNS.get(str(values.name))
    if pd.api.types.is_datetime64_any_dtype(values):
        return [NOT_APPLICABLE if pd.isna(value) else f"{value:%d %b %Y}".lstrip("0") for value in values]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        if known and known.unit == "share":
            return [NOT_AVAILABLE if pd.isna(value) else f"{100 * value:.1f}" for value in values]
        whole = pd.api.types.is_integer_dtype(values)
        decimals = 0 if whole else known.decimals if known else 2
        plain_year = known is not None and str(values.name) in {"mid_year"}
        return [
            NOT_AVAILABLE if pd.isna(value) else f"{value:.0f}" if plain_year else _number_text(value, decimals)
            for value in values
        ]
    return [NOT_AVAILABLE if pd.isna(value) else _as_words(str(value)) or NOT_APPLICABLE for value in values]


def _number_text(value: float, decimals: int | None) -> str:
    return f"{value:,.10g}" if decimals is None else f"{value:,.{decimals}f}"


def _as_words(text: str) -> str:
    """A name of the code, such as `observed_cash`, as a reader sees it; any other text as it is."""
    return text.removesuffix("_gbp").replace("_", " ") if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text) else text


def _row(values: Sequence[str], numeric: Sequence[bool]) -> str:
    first, *rest = values
    cells = "".join(
        f"<td{_NUMBER if right else ''}>{html.escape(value)}</td>"
        for value, right in zip(rest, numeric[1:], strict=True)
    )
    return f'<th scope="row">{html.escape(first)}</th>{cells}'
