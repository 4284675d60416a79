"""Maps: bodies and areas with borders of clearly different weights, and a hex cartogram where each body is one cell.

Each function takes tidy frames and returns a Figure with no title inside. Shapes are simplified as a coverage, so that
neighbours keep one common line, and each line is drawn once: a map stays small enough to be text in a page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from .. import wording
from ..data import ingest, organisations
from ..data.datapackage import once
from ..data.eras import Era
from ..data.tables import Day
from ..errors import InputError, unknown
from .charts import GREY, INK, PALE, PALETTE, WIDTH, theme
from .display import NARROW, WIDE

WITH_NAMES = 7.6
"""Inches: of a map with names at both sides, of which a phone shows the middle."""

ENGLAND_M = 3000
"""Metres: corners flatter than this are not drawn on a map of England."""

BODY_BORDER, AREA_BORDER = 0.4, 1.5
"""Points: an area border is nearly four times as heavy as a body's."""

# --- shapes -----------------------------------------------------------------------------------------------------------


def boundaries(as_at: Day) -> gpd.GeoDataFrame:
    """The bodies' shapes on a 1 April (`body_code`, `body_gss_code`, `body_name`, `geometry`; British National Grid).

    Raises `InputError` for a date without boundaries.
    """
    return once(gpd.read_file, ingest.boundaries_path(pd.Timestamp(as_at))).copy(deep=False)


def hexes(bodies: pd.DataFrame, successors: pd.DataFrame, era: Era) -> gpd.GeoDataFrame | None:
    """One hexagon for each body of the footprint that the era's layout is of, given to the body that holds its people.

    `bodies` is a footprint (`as_at`, `body_code`), `successors` the table of that name. `body_code`, `geometry`: a
    merged body has a hexagon per member; of bodies merged by the layout's date, the one with most people stands for all.
    The odd-r layout is drawn on whole numbers (x in half widths, y in quarter heights), so that borders meet exactly.
    None where the era has no layout.
    """
    held = ingest.hexes(era)
    if held is None:
        return None
    as_at, (drawn, layout) = bodies["as_at"].iloc[0], held
    heirs = organisations.main_successor(successors, min(as_at, drawn), max(as_at, drawn))
    if as_at >= drawn:
        holder = heirs.to_dict()
    else:
        people = bodies.set_index("body_code")["registered_population"]
        heirs = heirs.sort_index(key=lambda codes: codes.map(people))
        holder = dict(zip(heirs, heirs.index, strict=True))
    corners = np.array([(0, 2), (1, 1), (1, -1), (0, -2), (-1, -1), (-1, 1)])
    cells = [corners + (2 * cell["q"] + cell["r"] % 2, 3 * cell["r"]) for cell in layout.values()]
    codes = [holder[code] for code in layout]
    return gpd.GeoDataFrame({"body_code": codes}, geometry=[shapely.Polygon(cell) for cell in cells])


def drawn_on(date: pd.Timestamp) -> pd.Timestamp:
    """The date whose boundaries stand for a date's bodies: its own, or the next that is held."""
    return next((day for day in ingest.boundary_dates() if day >= date), date)


def _with_shapes(shapes: gpd.GeoDataFrame, bodies: pd.DataFrame) -> gpd.GeoDataFrame:
    """The bodies of a footprint with their shapes; names those that have none."""
    joined = shapes[["body_code", "geometry"]].merge(bodies, on="body_code", how="right")
    bare = joined[joined.geometry.isna() | joined.geometry.is_empty]
    if len(bare):
        names = ", ".join(f"{row.body_code} ({row.body_name})" for row in bare.itertuples())
        raise InputError(f"No shape on the map for {names}. The boundaries must be those of the footprint's own date.")
    return joined


def _simplified(shapes: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Shapes with corners flatter than the tolerance removed, common borders alike, and specks of islands left out."""
    plain = shapely.coverage_simplify(shapes.geometry.to_numpy(), tolerance_m)
    return shapes.assign(geometry=[_main_parts(shape, tolerance_m) for shape in plain])


def _main_parts(shape: shapely.Geometry, tolerance_m: float) -> shapely.Geometry:
    parts = list(shapely.get_parts(shape))
    largest = max(part.area for part in parts)
    kept = [part for part in parts if part.area > min(largest / 2, 8 * tolerance_m**2)]
    return shapely.multipolygons(kept)


def _lines(shapes: gpd.GeoDataFrame) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Borders between bodies of one area, and borders and coasts of areas: each line once."""
    every = shapely.union_all(shapes.geometry.boundary.to_numpy())
    of_area = shapely.union_all(
        [shapely.union_all(group.to_numpy()).boundary for _, group in shapes.groupby("area_code").geometry]
    )
    return shapely.line_merge(every.difference(of_area)), shapely.line_merge(of_area)


# --- drawing ----------------------------------------------------------------------------------------------------------


def _draw_lines(axes: Axes, line: shapely.Geometry, colour: str, width: float) -> None:
    """All the lines as one path, which is far shorter in SVG than one element per line."""
    parts = [Outline(np.asarray(part.coords)) for part in shapely.get_parts(line) if not part.is_empty]
    if parts:
        outline = Outline.make_compound_path(*parts)
        axes.add_patch(
            PathPatch(outline, facecolor="none", edgecolor=colour, linewidth=width, capstyle="round", joinstyle="round")
        )


def _fill(axes: Axes, shapes: gpd.GeoSeries, colour: str, hatch: str = "") -> None:
    """All the shapes as one path of one colour, hatched in grey if asked."""
    rings = []
    for shape in shapely.get_parts(shapely.union_all(shapes.to_numpy())):
        rings += [np.asarray(ring.coords) for ring in (shape.exterior, *shape.interiors)]
    if rings:
        outline = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))
        lines = {"edgecolor": GREY, "hatch": hatch, "linewidth": 0} if hatch else {"edgecolor": "none"}
        axes.add_patch(PathPatch(outline, facecolor=colour, **lines))


def _blank(axes: Axes, bounds: tuple[float, float, float, float]) -> None:
    left, bottom, right, top = bounds
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _category_map(
    axes: Axes,
    shapes: gpd.GeoDataFrame,
    colours: Mapping[str, str],
    weights: tuple[float, float],
    hatches: Mapping[str, str],
) -> None:
    for category, colour in colours.items():
        _fill(axes, shapes.geometry[shapes["category"] == category], colour, hatches.get(category, ""))
    of_bodies, of_area = _lines(shapes)
    _draw_lines(axes, of_bodies, GREY, weights[0])
    _draw_lines(axes, of_area, INK, weights[1])


def _categorised(shapes: gpd.GeoDataFrame, bodies: pd.DataFrame, category: pd.Series, colours: Mapping[str, str]):
    joined = _with_shapes(shapes, bodies)
    joined["category"] = joined["body_code"].map(category)
    strange = sorted(set(joined["category"].dropna()) - set(colours))
    if strange:
        raise InputError(unknown("category", strange[0], colours))
    bare = joined.loc[joined["category"].isna(), "body_code"]
    if len(bare):
        raise InputError(f"No category for {', '.join(bare)}.")
    return joined


def national_map(
    shapes: gpd.GeoDataFrame,
    bodies: pd.DataFrame,
    category: pd.Series,
    colours: Mapping[str, str],
    hatches: Mapping[str, str] = MappingProxyType({}),
) -> Figure:
    """England with every body filled by its category, and London enlarged beside it.

    `shapes` from `boundaries(as_at)`; `bodies` the footprint of the same date (`body_code`, `body_name`, `area_code`,
    `region_name`); `category` by body code; `colours` the fill of each category, in the order of the key, and `hatches` what
    tells apart those of one colour. Area borders are dark and heavy, borders of bodies within an area grey and thin. Raises `InputError` naming bodies without a shape
    or a category.
    """
    joined = _categorised(shapes, bodies, category, colours)
    with theme():
        figure = Figure(figsize=(WIDTH, 4.2))
        axes = figure.add_axes((0, 0, 1, 1))
        england = _simplified(joined, ENGLAND_M)
        left, bottom, right, top = england.total_bounds
        _category_map(axes, england, colours, (BODY_BORDER, AREA_BORDER * 0.6), hatches)
        _blank(axes, (left - 150_000, bottom - 5_000, right + 5_000, top + 5_000))
        london = joined[joined["region_name"] == organisations.LONDON]
        if len(london):
            inset = figure.add_axes((0.02, 0.30, 0.36, 0.30))
            closer = _simplified(london, ENGLAND_M / 5)
            _category_map(inset, closer, colours, (BODY_BORDER, AREA_BORDER), hatches)
            _blank(inset, tuple(closer.total_bounds))
            inset.text(0, 1.02, organisations.LONDON, transform=inset.transAxes, va="bottom")
        _key(axes, {name: colour for name, colour in colours.items() if (joined["category"] == name).any()}, hatches)
    return figure


def small_multiples(footprints: pd.DataFrame, colours: Mapping[str, str]) -> Figure:
    """The same map on several dates, one small panel each.

    `footprints` has the bodies of every date (`as_at`, `body_code`, `body_name`, `area_code`, `category`), such as
    `alignment.lineage` with a category; `colours` the fill of each category. Shapes are of the date, or the next held.
    """
    dates = sorted(footprints["as_at"].unique())
    rows = -(-len(dates) // 2)
    with theme():
        figure = Figure(figsize=(WIDTH, 2.75 * rows))
        for number, date in enumerate(dates):
            row, column = divmod(number, 2)
            axes = figure.add_axes((column / 2, 1 - (row + 1) / rows, 0.48, 0.9 / rows))
            bodies = footprints[footprints["as_at"] == date]
            shapes = boundaries(drawn_on(date))
            joined = _simplified(_with_shapes(shapes, bodies), 8000)
            _category_map(axes, joined, colours, (0.25, 0.8), {})
            _blank(axes, tuple(joined.total_bounds))
            axes.text(0, 1.0, f"{date:%B %Y}: {len(bodies)} bodies", transform=axes.transAxes, va="bottom")
        _key(figure, colours)
    return figure


def hex_map(
    cells: gpd.GeoDataFrame, bodies: pd.DataFrame, category: pd.Series, colours: Mapping[str, str], counts: pd.Series
) -> Figure:
    """England with a hexagon for each body of the layout's date, so that small and crowded bodies are seen as well as large.

    `cells` from `hexes`; `bodies`, `category` and `colours` as in `national_map`; `counts` a number to print on each
    area, by area code. Borders as on the map: heavy for areas, thin for bodies; none inside a merged body.
    """
    drawn = bodies[bodies["body_code"].isin(cells["body_code"])]
    joined = _categorised(cells, drawn, category, colours)
    merged = joined.dissolve("body_code", as_index=False, sort=True)
    with theme():
        figure = Figure(figsize=(WIDTH, 5.4))
        axes = figure.add_axes((0, 0, 1, 1))
        _category_map(axes, merged, colours, (0.6, 1.8), {})
        left, bottom, right, top = merged.total_bounds
        _blank(axes, (left - 1, bottom - 1, right + 1, top + 1))
        axes.set_aspect(1 / np.sqrt(3))
        dark = {
            code for code, group in merged.groupby("area_code") if colours[group["category"].iloc[0]] in PALETTE[::2]
        }
        for code, group in joined.groupby("area_code"):
            centre = _middle_cell(group)
            axes.text(
                centre.x, centre.y, f"{counts[code]}", ha="center", va="center", color="white" if code in dark else INK
            )
        _key(axes, {name: colour for name, colour in colours.items() if (joined["category"] == name).any()})
    return figure


def _middle_cell(cells: gpd.GeoDataFrame) -> shapely.Point:
    """The centre of the cell nearest to the middle of a group."""
    centres = cells.geometry.centroid
    middle = shapely.Point(centres.x.mean(), centres.y.mean())
    return centres.loc[centres.distance(middle).idxmin()]


def _key(above: Axes | Figure, colours: Mapping[str, str], hatches: Mapping[str, str] = MappingProxyType({})) -> None:
    """What each fill means, above the picture."""
    handles = [
        Patch(facecolor=colour, edgecolor=GREY, linewidth=BODY_BORDER, hatch=hatches.get(name), label=name)
        for name, colour in colours.items()
    ]
    above.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, handlelength=1.4, handleheight=1.2
    )


def area_map(
    shapes: gpd.GeoDataFrame,
    bodies: pd.DataFrame,
    area: str,
    groups: Sequence[Sequence[str]],
    notes: Mapping[str, str],
) -> Figure:
    """One area as a plan would have it, with each of its bodies named, its neighbours in grey.

    `shapes` from `boundaries(as_at)`; `bodies` the whole footprint of that date; `area` an ODS code; `groups` the plan, lists of
    codes: merged bodies are coloured, named by their members and outlined, and the others pale; `notes` a last line under a
    name, by the first code of each group, such as its population. Where there is no room for names, the bodies are numbered,
    in the order of the groups (see `display.NARROW`). Raises `InputError` for an unknown area or a body without a shape.
    """
    own_codes = organisations.within_area(bodies, area)["body_code"]
    joined = _with_shapes(shapes, bodies)
    own = joined[joined["body_code"].isin(own_codes)]
    frame = _frame(own.total_bounds)
    near = joined[joined.intersects(frame)]
    tolerance = np.sqrt(frame.area) / 220
    near = _simplified(near, tolerance)
    near["geometry"] = near.geometry.intersection(frame)
    own = near[near["body_code"].isin(own_codes)]
    named = _as_planned(own, groups)
    with theme():
        figure = Figure(figsize=(WITH_NAMES, 4.6))
        axes = figure.add_axes((0, 0, 1, 1))
        _fill(axes, near.geometry[~near["body_code"].isin(own_codes)], PALE)
        for fill, same in named.groupby("colour", sort=False):
            _fill(axes, same.geometry, str(fill))
        of_bodies, of_area = _lines(near)
        inside = shapely.union_all(own.geometry.to_numpy())
        _draw_lines(axes, of_bodies.difference(inside), "white", 0.8)
        _draw_lines(axes, of_bodies.intersection(inside), "white", 1.0)
        _draw_lines(axes, of_area.difference(frame.boundary).difference(inside.boundary), "white", 1.6)
        between = shapely.union_all(named.geometry.boundary.to_numpy())
        _draw_lines(axes, shapely.line_merge(between.difference(frame.boundary)), INK, 1.2)
        _draw_lines(axes, inside.boundary.difference(frame.boundary), INK, 2.2)
        left, bottom, right, top = frame.bounds
        margin = (right - left) * 0.42
        _blank(axes, (left - margin, bottom, right + margin, top))
        _name_beside(_over(axes, axes.axis(), WIDE), named, frame, notes)
        _number(_over(axes, (left, right, bottom, top), NARROW), named)
    return figure


def _over(axes: Axes, bounds: tuple[float, float, float, float], form: str) -> Axes:
    """Axes laid over a part (left, right, bottom, top) of a map, for what is shown in one `form` of the picture only."""
    axes.apply_aspect()
    left, right, bottom, top = bounds
    corners = axes.transData + axes.figure.transFigure.inverted()
    (x0, y0), (x1, y1) = corners.transform([(left, bottom), (right, top)])
    over = axes.figure.add_axes((x0, y0, x1 - x0, y1 - y0), gid=form, facecolor="none")
    over.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    over.spines[:].set_visible(False)
    return over


def _number(axes: Axes, named: gpd.GeoDataFrame) -> None:
    """Each body's place in the list of names on it, where a phone has no room for the names."""
    for number, shape in enumerate(named.geometry, start=1):
        x, y = shapely.maximum_inscribed_circle(max(shapely.get_parts(shape), key=shapely.area)).coords[0][:2]
        axes.plot(x, y, "o", markersize=13, color="white", markeredgecolor=INK, markeredgewidth=0.6)
        axes.text(x, y, str(number), ha="center", va="center_baseline", fontsize=9.5, fontweight="bold")


UNCHANGED = "#D5E0EA"
"""The fill of a body that a plan leaves as it is."""


def _as_planned(own: gpd.GeoDataFrame, groups: Sequence[Sequence[str]]) -> gpd.GeoDataFrame:
    """One row for each body of a plan: `body_code` (the first of its members), `body_name` (all of them), shape, `colour`."""
    shape, name = own.set_index("body_code").geometry, own.set_index("body_code")["body_name"].map(wording.short_name)
    several = [group for group in groups if len(group) > 1]
    rows = [
        {
            "body_code": group[0],
            "body_name": " + ".join(name[list(group)]),
            "colour": PALETTE[several.index(group) % len(PALETTE)] if group in several else UNCHANGED,
            "geometry": shapely.union_all(shape[list(group)].to_numpy()),
        }
        for group in groups
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=own.crs)


def _frame(bounds: np.ndarray) -> shapely.Polygon:
    """A box round the area with a margin, no flatter and no narrower than the picture has room for."""
    left, bottom, right, top = bounds
    side = max(right - left, (top - bottom) * 0.9) * 1.14
    height = max(top - bottom, side / 1.15 * 0.9) * 1.08
    x, y = (left + right) / 2, (bottom + top) / 2
    return shapely.box(x - side / 2, y - height / 2, x + side / 2, y + height / 2)


def _name_beside(axes: Axes, own: gpd.GeoDataFrame, frame: shapely.Polygon, notes: Mapping[str, str]) -> None:
    """Names in a column on either side, each with a line to its body: they never overlap, however small the bodies."""
    left, bottom, right, top = frame.bounds
    points = own.geometry.representative_point()
    texts = [
        "\n".join(filter(None, [textwrap.fill(wording.short_name(name), 22), notes.get(code, "")]))
        for code, name in zip(own["body_code"], own["body_name"], strict=True)
    ]
    placed = own.assign(x=points.x, y=points.y, text=texts).sort_values("x")
    placed["lines"] = placed["text"].str.count("\n") + 2  # and one between
    # As many lines on either side, so that long names have room.
    split = int((placed["lines"].cumsum() <= placed["lines"].sum() / 2).sum()) if len(placed) > 1 else 0
    for side, column in (("left", placed.iloc[:split]), ("right", placed.iloc[split:])):
        column = column.sort_values("y")
        middle = (column["lines"].cumsum() - column["lines"] / 2) / max(column["lines"].sum(), 1)
        heights = bottom + (top - bottom) * middle
        edge, align = (right, "left") if side == "right" else (left, "right")
        towards = (right - left) * (0.03 if side == "right" else -0.03)
        for body, height in zip(column.itertuples(), heights, strict=True):
            for colour, width in (("white", 2.2), (INK, 0.7)):
                axes.plot([body.x, edge, edge + towards * 0.6], [body.y, height, height], color=colour, linewidth=width)
            axes.plot(
                [body.x], [body.y], marker="o", markersize=3.5, color=INK, markeredgecolor="white", markeredgewidth=0.6
            )
            axes.text(edge + towards, height, body.text, ha=align, va="center", fontsize=8.5, linespacing=1.15)


def merged(
    shapes: gpd.GeoDataFrame, bodies: pd.DataFrame, groups: Sequence[Sequence[str]]
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Shapes and footprint as if each group of bodies were one body, for `national_map`.

    A group takes the code of its first member. Bodies in no group stay as they are.
    """
    head = {code: group[0] for group in groups for code in group}
    joined = shapes.assign(body_code=shapes["body_code"].replace(head)).dissolve("body_code", as_index=False)
    return joined, bodies[bodies["body_code"].map(lambda code: head.get(code, code) == code)].copy()
