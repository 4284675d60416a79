"""The map of England that leads from the site's first page to each ICS: inline SVG, small, with a link a shape."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..data import ingest

WIDTH = 460
"""Units of the drawing; the page scales it."""

TOLERANCE_M = 1_200
"""One unit is about 1.4 km, so no corner left out could be seen."""

STEPS = ((1, 1, "#d5e0ea"), (2, 3, "#9fb9cf"), (4, 6, "#43709c"), (7, 99, "#12436d"))
"""Bodies in an ICS, from and to, with the fill. The count is printed on each shape: colour never tells alone."""


def ics_map(bodies: pd.DataFrame) -> dict[str, object]:
    """What the page draws of one footprint (`as_at`, `body_code`, `ics_code`).

    Gives `width`, `height`, `shapes` (a list of `ics_code`, `path`, `x`, `y` and `step`, 0 to 3) and `legend`.
    """
    shapes = gpd.read_file(ingest.boundaries_path(bodies["as_at"].iloc[0]))[["body_code", "geometry"]]
    dissolved = shapes.merge(bodies, on="body_code").dissolve("ics_code", aggfunc={"body_code": "count"})
    plain = shapely.coverage_simplify(dissolved.geometry.to_numpy(), TOLERANCE_M)
    left, bottom, right, top = shapely.total_bounds(plain)
    scale = WIDTH / (right - left)
    drawn = []
    for code, count, shape in zip(dissolved.index, dissolved["body_code"], plain, strict=True):
        parts = [part for part in shapely.get_parts(shape) if part.area > 4 * TOLERANCE_M**2] or [shape]
        rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
        path = "".join(_path((np.asarray(ring.coords) - (left, top)) * (scale, -scale)) for ring in rings)
        label = shapely.maximum_inscribed_circle(max(parts, key=shapely.area), TOLERANCE_M).coords[0]
        step = next(n for n, (low, high, _) in enumerate(STEPS) if low <= count <= high)
        drawn.append(
            {
                "ics_code": code,
                "path": path,
                "x": round(float(label[0] - left) * scale, 1),
                "y": round(float(top - label[1]) * scale, 1),
                "count": int(count),
                "step": step,
            }
        )
    legend = [{"step": n, "words": _words(low, high)} for n, (low, high, _) in enumerate(STEPS)]
    return {"width": WIDTH, "height": round((top - bottom) * scale), "shapes": drawn, "legend": legend, "steps": STEPS}


def _path(points: np.ndarray) -> str:
    """One ring as SVG: moves relative to the last point, to a tenth of a unit."""
    tenths = np.rint(points * 10).astype(int)
    moves = [f"{dx / 10:g} {dy / 10:g}" for dx, dy in np.diff(tenths, axis=0)[:-1] if dx or dy]
    return f"M{tenths[0][0] / 10:g} {tenths[0][1] / 10:g}l{' '.join(moves)}z"


def _words(low: int, high: int) -> str:
    if low == high:
        return f"{low} body"
    return f"{low} to {high} bodies" if high < 99 else f"{low} or more"
