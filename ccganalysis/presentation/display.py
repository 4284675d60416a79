"""The one way a figure, a table or a computed sentence gets from the package into a notebook.

Every output carries its words, numbers and data as one structure (see `bundles`), from which the HTML and the plain text
beside it are made, so that the executed notebook alone is enough to make the page and every download. Numbers in the
words are computed by the caller, never typed.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from IPython.display import display

from .. import wording
from ..data.columns import COLUMNS, KINDS, codebook, label
from ..data.datapackage import to_csv
from ..data.eras import PLAIN, Era
from ..errors import InputError
from . import bundles

if (
    TYPE_CHECKING
):  # matplotlib is loaded by what draws: the pages are made from what was drawn, and half as soon without it
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
SHORTHAND = {NOT_AVAILABLE: "not available", NOT_APPLICABLE: "not applicable"}

WIDE, NARROW = "wide", "narrow"
"""The `gid` of axes of which a picture shows one or the other: a page that has no room for the whole picture shows no more of
it than what lies within its narrow axes."""

YEARS = frozenset({"mid_year"})
"""Columns of years, which are told without a comma."""

COLUMNS_ON_PORTRAIT = 10  # a wider table is printed on a page of its own, turned

# Readers' machines have Arial or Helvetica; the layout is computed with DejaVu Sans, which matplotlib ships.
_READERS_FONTS = "Arial, 'Helvetica Neue', Helvetica, 'DejaVu Sans', sans-serif"


_words: dict[str, str] = {}  # none until an era speaks; then those of every era stand in


def _spoken(told: Any) -> Any:
    return wording.spoken(told, _words or PLAIN.model_dump())


def speak(era: Era) -> None:
    """From here on, say `{area}`, `{officer}` and the like in the words of an era."""
    _words.clear()
    _words.update(era.spoken)


def say(text: str) -> None:
    """A paragraph whose numbers were computed; Markdown is allowed."""
    text = _spoken(text)
    display({"text/markdown": text, "text/plain": text}, raw=True)


def finding(text: str, strip: Sequence[tuple[str, str]] = (), bullets: Sequence[str] = ()) -> None:
    """The finding that opens a report, set apart on the page: a sentence or two in which Markdown's **bold** is allowed,
    `strip`, a few numbers as (words, value), and `bullets`, one thought each.
    """
    numbers = [{"words": words, "value": value} for words, value in strip]
    _put({"role": "finding", "text": text, "strip": numbers, "bullets": list(bullets)})


def what_if(told: Mapping[str, Any], drawing: Callable[[], Mapping[str, Any]]) -> None:
    """The part of an area's page in which a reader changes what is assumed; in a notebook, a line.

    `told` has the fields of `bundles.ARTEFACT`, and `drawing` makes the one of that name.
    """
    _put({"role": "what_if", "name": "what_if", **told, "drawing": drawing()})


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
    key: Sequence[str] = (),
) -> None:
    """A chart with its words: headline (the finding), subtitle (measure, place, date, unit), alt text, source, kind.

    `figure` draws the picture; `name` is the file name of the picture and its data; `data` is the tidy frame behind
    the picture; `kind` is one or more of `columns.KINDS`; `key` has the names of what is numbered in the narrow form of
    the picture, if it has one (`NARROW`), in order.
    """
    import matplotlib.pyplot as plt

    drawn = filled(figure())
    box = _laid_out(drawn)
    svg = to_svg(drawn, box)
    words = {"role": "figure", "name": name, "title": headline, "subtitle": subtitle, "alt": alt, "key": list(key)}
    artefact = words | _origin(source, kind) | _data(name, data)
    png = _to_png(drawn, box) if "png" in os.environ.get("CCGANALYSIS_FIGURE_FORMATS", "") else ""
    plt.close(drawn)
    _put(artefact, svg, png)


def filled(figure: Figure) -> Figure:
    """The figure with every text on it in the words of the era."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_text(_spoken(text.get_text()))
    return figure


def show_table(
    frame: pd.DataFrame,
    *,
    name: str,
    caption: str,
    source: str,
    kind: str | Sequence[str],
    rows: int | None = None,
    columns: Sequence[str] | None = None,
    headings: Mapping[str, str] | None = None,
) -> None:
    """A table with caption, units in the headings, scoped headers, source and kind; the first column names the row.

    Only the first `rows` rows and the `columns` named are shown; the download has them all, unrounded, those columns first.
    """
    if columns is not None:
        frame = frame[[*columns, *(column for column in frame if column not in columns)]]
    shown = frame.head(rows)[list(columns or frame)] if rows is not None else frame[list(columns or frame)]
    cells = pd.DataFrame({column: _formatted(shown[column]) for column in shown}, dtype="str")
    told = [
        {
            "heading": _heading(column, headings),
            "numeric": (numeric := pd.api.types.is_numeric_dtype(shown[column])),
            "width": "" if numeric else _width(cells[column]),
        }
        for column in shown
    ]
    words = {
        "role": "table",
        "name": name,
        "title": caption,
        "columns": told,
        "cells": cells.to_numpy().tolist(),
        "wide": len(told) > COLUMNS_ON_PORTRAIT,
    }
    parts = [
        f"{count:,} of {whole:,} {what}"
        for count, whole, what in zip(shown.shape, frame.shape, ("rows", "columns"), strict=True)
        if count < whole
    ]
    remark = f"First {' and '.join(parts)}; the download has them all" if parts else ""
    used = [f"{sign} {meaning}" for sign, meaning in SHORTHAND.items() if (cells == sign).any(axis=None)]
    _put(words | _origin(source, kind, remark, used) | _data(name, frame, headings))


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
    # A kernel would turn NaN, which JSON does not know, into the word.
    data = [dataclasses.asdict(r) | {"value": None if _is_missing(r.value) else r.value} for r in results]
    values = [value_text(result.name, result.value) for result in results]
    _put({"role": "key_results", "title": "Key results", "results": data, "values": values})


def value_text(name: str, value: object) -> str:
    """One value for readers, its unit told by the name: £242.1 million for `_gbp`, 58.0% for a share, 195, 1,234.50."""
    if _is_missing(value):
        return NOT_AVAILABLE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    unit = unit_of(name)
    if unit == "£":
        return wording.gbp(value) if value else "£0"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def unit_of(name: str) -> str:
    """The unit of a key result or column: £ or share, by the codebook or else by its name; empty for any other."""
    unit = COLUMNS[name].unit if name in COLUMNS else ""
    if unit == "£" or "_gbp" in name:
        return "£"
    return "share" if unit == "share" or re.search(r"(^|_)(share|probability)(_|$)", name) else ""


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def download(
    frame: pd.DataFrame, *, name: str, title: str, source: str, kind: str | Sequence[str], compressed: bool = False
) -> None:
    """A table too long to show: named with its size on the page, and there as a file beside the report.

    `compressed` makes it a gzipped file with a codebook of its columns beside it, for tables of many thousand rows.
    """
    rows = "1 row" if len(frame) == 1 else f"{len(frame):,} rows"
    remark = f"{rows}, {len(frame.columns)} columns"
    words = {"role": "download", "name": name, "title": title}
    more = {"compressed": True, "codebook": _csv(pd.DataFrame(codebook(frame.columns)))} if compressed else {}
    _put(words | _origin(source, kind, remark) | _data(name, frame) | more)


def to_svg(figure: Figure, box: Bbox | None = None) -> str:
    """The figure as SVG, the same bytes each time, with text as text in the reader's own sans-serif."""
    import matplotlib as mpl

    stream, box = io.StringIO(), box or _laid_out(figure)
    with mpl.rc_context({"svg.hashsalt": "ccganalysis", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches=box)
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :].replace("'DejaVu Sans'", _READERS_FONTS)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = _responsive(svg, figure, box)
    svg = re.sub(r' d="[^"]*"', lambda path: re.sub(r"\s+", " ", _HUNDREDTHS.sub(r"\1", path[0])), svg)
    return re.sub(r">\s+<", "><", svg)


def _responsive(svg: str, figure: Figure, box: Bbox) -> str:
    """The picture such that in a box of the shape of its narrow axes, as high as it is, it shows those alone, and not the wide."""
    narrow = next((axes for axes in figure.axes if axes.get_gid() == NARROW), None)
    if narrow is None:
        return svg
    frame = narrow.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
    shift = 72 * ((box.x0 + box.x1) / 2 - (frame.x0 + frame.x1) / 2)
    part = frame.width / box.height
    half_way = round(100 * (part + box.width / box.height) / 2)
    style = (
        f"<style>#{NARROW}{{display:none}}@media(max-aspect-ratio:{half_way}/100){{#{NARROW}{{display:inline}}"
        f"#{WIDE}{{display:none}}#figure_1{{transform:translate({shift:.1f}px)}}}}</style>"
    )
    opened, rest = svg.split(">", 1)
    return f'{opened} preserveAspectRatio="xMidYMid slice" data-narrow="{part:.3f}">{style}{rest}'


def _laid_out(figure: Figure) -> Bbox:
    """The box round everything drawn, in inches; the layout is solved once and not again for every format."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine(None)  # "none" leaves an empty one, for which each format is drawn once more
    return figure.get_tightbbox().padded(0.1)


_HUNDREDTHS = re.compile(r"(\.\d\d)\d+")  # of a point: finer cannot be seen, and makes a map half as large again


def _to_png(figure: Figure, box: Bbox) -> str:
    stream = io.BytesIO()
    for axes in figure.axes:
        axes.set_visible(axes.get_gid() != NARROW)
    figure.savefig(
        stream, format="png", dpi=144, metadata={"Software": None}, bbox_inches=box, pil_kwargs={"compress_level": 3}
    )
    return base64.b64encode(stream.getvalue()).decode()


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise InputError(f"Unknown kind of figure {kind!r}: it is one of {', '.join(KINDS)}.")


def _origin(source: str, kind: str | Sequence[str], remark: str = "", shorthand: Sequence[str] = ()) -> dict[str, Any]:
    """What stands in the note under a figure or table."""
    kinds = [kind] if isinstance(kind, str) else list(kind)
    for one in kinds:
        _check_kind(one)
    return {"source": source, "kinds": kinds, "remark": remark, "shorthand": list(shorthand)}


def _width(texts: pd.Series) -> str:
    """The class of a column of text: long texts need room, or each would be a word a line."""
    longest = texts.str.len().max()
    for least, name in ((60, "sentences"), (14, "names"), (8, "words")):
        if longest > least:
            return name
    return ""


def _data(name: str, data: pd.DataFrame, headings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The data of a figure, table or download, and a heading for each column; its name is that of its files."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise InputError(f"{name!r} will not do as a file name: lower-case letters, digits and underscores only.")
    return {"csv": _csv(data), "headings": [_heading(column, headings) for column in data]}


def _csv(data: pd.DataFrame) -> str:
    """A frame as CSV, in the words of the era before it is text: a comma in these must not end a cell."""
    spoken = data.copy()
    for column in spoken:
        if pd.api.types.is_string_dtype(spoken[column]) or spoken[column].dtype == object:
            told = spoken[column].map(lambda value: isinstance(value, str) and "{" in value)
            if told.any():
                spoken[column] = spoken[column].where(~told, spoken[column].map(_spoken))
    return to_csv(neutralised(spoken))


def _heading(column: str, headings: Mapping[str, str] | None) -> str:
    return (headings or {}).get(column) or label(column)


def _put(artefact: Mapping[str, Any], svg: str = "", png: str = "") -> None:
    display(bundles.bundle(_spoken(artefact), svg, png), raw=True)


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
        plain_year = str(values.name) in YEARS
        return [
            NOT_AVAILABLE if pd.isna(value) else f"{value:.0f}" if plain_year else _number_text(value, decimals)
            for value in values
        ]
    return [NOT_AVAILABLE if pd.isna(value) else as_words(str(value)) or NOT_APPLICABLE for value in values]


def _number_text(value: float, decimals: int | None) -> str:
    return f"{value:,.10g}" if decimals is None else f"{value:,.{decimals}f}"


def as_words(text: str) -> str:
    """A name of the code, such as `observed_cash`, as a reader sees it; any other text as it is."""
    return text.removesuffix("_gbp").replace("_", " ") if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text) else text
