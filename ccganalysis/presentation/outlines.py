"""Shapes as paths of SVG, for a page to colour: short, and without the libraries that draw pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

WIDTH, HEIGHT = 480, 440
"""Units of the drawing of an area, at most; the page scales it."""

FINEST = 1.2
"""Units: corners flatter than this are left out, and so are islands smaller than this squared."""


def path(points: np.ndarray, closed: bool = True) -> str:
    """A ring, or a line, as SVG: moves relative to the last point, to a tenth of a unit."""
    tenths = np.rint(points * 10).astype(int)
    steps = np.diff(tenths, axis=0)[: -1 if closed else None]
    moves = [f"{dx / 10:g} {dy / 10:g}" for dx, dy in steps if dx or dy]
    return f"M{tenths[0][0] / 10:g} {tenths[0][1] / 10:g}l{' '.join(moves)}{'z' if closed else ''}"


def of_bodies(shapes: gpd.GeoDataFrame, codes: Sequence[str]) -> dict[str, Any]:
    """Some bodies as a drawing: `width`, `height`, `bodies` in the order of `codes` and `borders` between them.

    `shapes` is from `maps.boundaries`. Each body has a `path` and `x`, `y`, where its label stands; each border the two
    bodies it is `between` (by position) and its `path`: left out of a drawing, it joins them. `coast` is all round them.
    """
    own = shapes.set_index("body_code").geometry.loc[list(codes)]
    left, bottom, right, top = own.total_bounds
    scale = min(WIDTH / (right - left), HEIGHT / (top - bottom))
    plain = shapely.coverage_simplify(own.to_numpy(), FINEST / scale)
    drawn = [_kept(shapely.transform(one, lambda at: (at - (left, top)) * (scale, -scale))) for one in plain]
    labels = [
        shapely.maximum_inscribed_circle(max(shapely.get_parts(one), key=shapely.area), 1).coords[0] for one in drawn
    ]
    borders = []
    for first, one in enumerate(drawn):
        for second in range(first + 1, len(drawn)):
            common = _lines(shapely.intersection(one.boundary, drawn[second].boundary))
            if common:
                borders.append({"between": [first, second], "path": common})
    return {
        "width": round((right - left) * scale),
        "height": round((top - bottom) * scale),
        "bodies": [
            {"path": _rings(one), "x": round(x, 1), "y": round(y, 1)} for one, (x, y) in zip(drawn, labels, strict=True)
        ],
        "borders": borders,
        "coast": _rings(shapely.union_all(drawn)),
    }


def _kept(shape: shapely.Geometry) -> shapely.Geometry:
    """A body without its smallest islands."""
    parts = shapely.get_parts(shape)
    largest = max(part.area for part in parts)
    return shapely.multipolygons([part for part in parts if part.area > min(largest / 2, 4 * FINEST**2)])


def _rings(shape: shapely.Geometry) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return "".join(path(np.asarray(ring.coords)) for ring in rings)


def _lines(shape: shapely.Geometry) -> str:
    lines = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.LineString)]
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines))) if lines else []
    return "".join(path(np.asarray(line.coords), closed=False) for line in merged)
