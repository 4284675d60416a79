"""The map of England that leads from the site's first page to each area: inline SVG, small, with a link a shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..data import ingest
from ..data.organisations import LONDON
from ..presentation import outlines
from ..presentation.verdicts import VERDICTS

WIDTH = 460
"""Units of the drawing; the page scales it."""

TOLERANCE_M = 1_200
"""One unit is about 1.4 km, so no corner left out could be seen."""

CLOSER, INSET_TOP = 3.4, 190
"""London is drawn so much larger, to the left of the north-west coast, this far down: its parts are too small to point at."""

KINDS = tuple(VERDICTS.values())
"""The kinds of verdict in words, in the order of the key; the last fill is for areas without a report in the run."""


NO_REPORT = "no report in this run"


def area_map(bodies: pd.DataFrame, verdicts: Mapping[str, tuple[str, int]]) -> dict[str, object]:
    """What the page draws of one footprint (`as_at`, `body_code`, `area_code`, `region_name`).

    `verdicts` has the kind of verdict in words and the number of bodies that the leading plan leaves, by area: the fill, and
    what is printed on each shape, as colour never tells alone. Areas without one have the number of bodies they have.

    Gives `width`, `height`, `shapes` (a list of `area_code`, `path`, `x`, `y`, `count`, `step` and `told`; those of London enlarged), `behind` (London in its place: `path` and `step`), `inset` (where the words about London stand, None
    without it) and `legend`.
    """
    shapes = gpd.read_file(ingest.boundaries_path(bodies["as_at"].iloc[0]))[["body_code", "geometry"]]
    joined = shapes.merge(bodies, on="body_code")
    dissolved = joined.dissolve("area_code", aggfunc={"body_code": "count"})
    dissolved["geometry"] = shapely.coverage_simplify(dissolved.geometry.to_numpy(), TOLERANCE_M)
    left, bottom, right, top = dissolved.total_bounds
    scale = WIDTH / (right - left)
    in_london = (joined["region_name"] == LONDON).groupby(joined["area_code"]).all().reindex(dissolved.index)
    drawn = _drawn(dissolved[~in_london], verdicts, (left, top), scale, (0, 0), TOLERANCE_M)
    behind, inset = [], None
    if in_london.any():
        behind = _drawn(dissolved[in_london], verdicts, (left, top), scale, (0, 0), TOLERANCE_M)
        own = joined[joined["area_code"].isin(dissolved.index[in_london])]
        closer = own.dissolve("area_code", aggfunc={"body_code": "count"})
        closer["geometry"] = shapely.coverage_simplify(closer.geometry.to_numpy(), TOLERANCE_M / CLOSER)
        corner = closer.total_bounds[0], closer.total_bounds[3]
        drawn += _drawn(closer, verdicts, corner, scale * CLOSER, (0, INSET_TOP), TOLERANCE_M / CLOSER)
        inset = {"x": 0, "y": INSET_TOP - 8, "words": f"{LONDON}, enlarged"}
    used = sorted({shape["step"] for shape in drawn})
    legend = [{"step": n, "words": (*KINDS, NO_REPORT)[n]} for n in used]
    return {
        "width": WIDTH,
        "height": round((top - bottom) * scale),
        "shapes": drawn,
        "behind": behind,
        "inset": inset,
        "legend": legend,
    }


def _drawn(
    area: gpd.GeoDataFrame,
    verdicts: Mapping[str, tuple[str, int]],
    corner: tuple[float, float],
    scale: float,
    offset: tuple[float, float],
    smallest_m: float,
) -> list[dict[str, Any]]:
    """The shapes of some areas, `corner` (its left and top, in metres) put at `offset` of the drawing.

    Parts smaller than a square of twice `smallest_m` are left out, unless there is no other.
    """
    drawn = []
    for code, count, shape in zip(area.index, area["body_code"], area.geometry, strict=True):
        parts = [part for part in shapely.get_parts(shape) if part.area > 4 * smallest_m**2] or [shape]
        rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
        path = "".join(outlines.path((np.asarray(ring.coords) - corner) * (scale, -scale) + offset) for ring in rings)
        kind, left = verdicts.get(str(code), (NO_REPORT, int(count)))
        label = shapely.maximum_inscribed_circle(max(parts, key=shapely.area), smallest_m).coords[0]
        drawn.append(
            {
                "area_code": code,
                "path": path,
                "x": round(float(label[0] - corner[0]) * scale + offset[0], 1),
                "y": round(float(corner[1] - label[1]) * scale + offset[1], 1),
                "count": left,
                "step": (*KINDS, NO_REPORT).index(kind),
                "told": kind,
            }
        )
    return drawn
