"""ONS boundaries of CCGs and ICBs: GeoJSON, GeoPackage or shapefile, any year the project has bodies for.

The layer is found by its columns (CCG21CD, ICB24CD and the like, in either case). Areas and neighbours are computed
from the lines as published; what is stored for maps is simplified with shared borders kept, in metres of the British
National Grid.
"""

from __future__ import annotations

import datetime
import json
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import InputError
from . import ons
from .ons import ADDRESS, PUBLISHER
from .reading import Faults, Known, Reading

if TYPE_CHECKING:
    import geopandas

LARGEST_FILE = 250_000_000
"""Bytes: ONS's full-resolution files are up to 200 MB; their generalised ones, a few, serve as well."""
MOST_POINTS = 60_000
SIMPLIFY_M = 250
GRID = "EPSG:27700"
ENGLAND_KM2 = (129_800, 131_100)
"""Land area of England clipped to the coast, 130,400 km², and room for generalised outlines."""
MOST_SHIFT_KM, MOST_AREA_CHANGE = 1.0, 0.05
"""What lines of another detail may do to a body's centre and area: generalised coasts are drawn coarsely."""
LEAST_SHARED_M = 1.0
"""Bodies that share less touch at a point only."""


def read(path: Path, known: Known, kind: str, date: datetime.date | None = None) -> Reading:
    """Boundaries as `boundaries_<year>.geojson`, with `adjacency` and the measured columns of `centroids`.

    `kind` is geojson, gpkg or shp, as `opening.kind_of` found. Raises `DataError` naming bodies without a shape,
    unknown or repeated, and `InputError` for a layer that is not one of England's commissioners.
    """
    import shapely

    layer = _open(path, kind)
    columns = [str(name) for name in layer.columns]
    found = ons.columns_of(columns)
    area = next((area for area in ("CCG", "ICB") if (area, "CD") in found), None)
    if area is None:
        raise InputError(
            f"{path.name}: the layer's columns are {', '.join(columns[:12])}; one such as CCG21CD or ICB24CD is needed."
        )
    year = ons.year_of(columns, area, path.name)
    day = date or datetime.date(year, 4, 1)
    if day.year != year:
        raise InputError(f"{path.name}: the outlines are of {year}, and --date says {day:%d %B %Y}. Leave it out.")
    faults = Faults(path.name)
    bodies = _bodies(known, day, path.name)
    names = columns[found[area, "NM"]] if (area, "NM") in found else None
    shapes = _match(layer, columns[found[area, "CD"]], names, bodies, known, faults)
    faults.stop()
    shapes = _on_the_grid(shapes, path.name)
    _in_their_place(shapes, known, pd.Timestamp(day), faults)
    faults.stop()
    outlines = shapes.geometry.values
    valid = bool(shapely.coverage_is_valid(outlines))
    stamp = pd.Timestamp(day)
    pairs = neighbours(shapes, stamp)
    km2 = shapely.area(outlines).sum() / 1e6
    total = f"{km2:,.0f} km² and {len(pairs):,} shared borders"
    reading = Reading(
        PUBLISHER,
        f"{area} boundaries, April {day.year}",
        day,
        len(shapes),
        total,
        "metres, British National Grid",
        ADDRESS,
        tables={"adjacency": pairs, "centroids": _measures(shapes, pairs, known, stamp)},
        scope={"adjacency": ("as_at",)},
        files={f"boundaries_{day.year}.geojson": _geojson(shapes, day.year)},
        checks=[f"{len(shapes)} bodies in force on {day.day} {day:%B %Y}, none missing"],
        warnings=_against_held(pairs, known, stamp),
    )
    if not valid:
        reading.warnings.append("neighbouring outlines overlap or leave gaps, so shared borders may be too short")
    return reading


def _named_as_it_is(path: Path, kind: str, folder: Path) -> Path:
    """The file under a name with its own suffix: GDAL picks its driver by name before it looks inside."""
    if path.suffix.lower() == f".{kind}":
        return path
    link = folder / f"boundaries.{kind}"
    link.symlink_to(path.resolve())
    return link


def _open(path: Path, kind: str) -> geopandas.GeoDataFrame:
    import geopandas

    if path.stat().st_size > LARGEST_FILE:
        raise InputError(
            f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB; take the generalised boundaries (BGC or "
            "BUC), which are a few MB."
        )
    if kind == "shp" and not all(path.with_suffix(end).exists() for end in (".dbf", ".shx")):
        raise InputError(
            f"{path.name}: the .dbf and .shx files of the shapefile must be beside it; or add the zip they came in."
        )
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
            warnings.simplefilter("ignore")
            layer = geopandas.read_file(_named_as_it_is(path, kind, Path(folder)))
    except Exception as error:  # GDAL's drivers raise many kinds; whatever it is, the file cannot be read
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise InputError(f"{path.name}: the boundaries cannot be read ({reason}). Download the file again.") from None
    if not isinstance(layer, geopandas.GeoDataFrame) or layer.empty:
        raise InputError(f"{path.name}: there are no outlines in the file.")
    return layer


def _bodies(known: Known, day: datetime.date, file: str) -> pd.DataFrame:
    """Code and name of the bodies in force on the date, by GSS code."""
    held = known.table("footprints")
    frame = held.loc[held["as_at"] == pd.Timestamp(day), ["body_code", "body_gss_code", "body_name"]]
    if not (known.raw / f"boundaries_{day.year}.geojson").is_file() or frame.empty:
        years = ", ".join(sorted(path.stem[-4:] for path in known.raw.glob("boundaries_*.geojson")))
        raise InputError(
            f"{file}: boundaries of April {day.year}. The project has footprints with boundaries of "
            f"April {years}; others would need residents and practices too. Nothing was added."
        )
    return frame.set_index("body_gss_code", drop=False)


def _match(
    layer: geopandas.GeoDataFrame, column: str, names: str | None, bodies: pd.DataFrame, known: Known, faults: Faults
) -> geopandas.GeoDataFrame:
    codes = layer[column].astype("str").str.strip()
    missing_shape = layer.geometry.isna() | layer.geometry.is_empty
    for place, code in enumerate(codes):
        if code not in bodies.index:
            faults.add(
                "no body with this code was in force on the date",
                place + 1,
                column,
                code,
                valid=list(bodies.index),
            )
        elif missing_shape.iloc[place]:
            faults.add("has no outline", place + 1, column, code)
        elif names:
            name = str(layer[names].iloc[place] or "")
            if wrong := known.every_name.contradict(bodies.loc[code, "body_code"], name):
                faults.add(wrong, place + 1, names, name)
    for code in sorted(set(codes[codes.duplicated()])):
        faults.add("has more than one outline", column=column, value=code)
    if missing := sorted(set(bodies.index) - set(codes)):
        faults.add(
            f"{len(missing)} of the {len(bodies)} bodies have no outline: {', '.join(missing[:12])}",
            remedy="The file may have been cut short: download it again.",
        )
    faults.stop()
    shapes = layer.geometry.rename("geometry").reset_index(drop=True).to_frame()
    for name in ("body_code", "body_gss_code", "body_name"):
        shapes[name] = codes.map(bodies[name]).to_numpy()
    return shapes.sort_values("body_code", ignore_index=True)


def _in_their_place(shapes: geopandas.GeoDataFrame, known: Known, as_at: pd.Timestamp, faults: Faults) -> None:
    """Each outline has the centre and the area that are held for its body, but for the detail of its line."""
    held = known.table("centroids")
    held = held[held["as_at"] == as_at].set_index("body_code")
    if lost := sorted(set(shapes["body_code"]) - set(held.index)):
        raise InputError(f"{faults.file}: centroids.csv has no row of {', '.join(lost[:12])} on {as_at:%d %B %Y}.")
    before = held.loc[shapes["body_code"]]
    km2, centres = shapes.area.to_numpy() / 1e6, shapes.centroid
    shift = np.hypot(centres.x.to_numpy() - before["easting"], centres.y.to_numpy() - before["northing"]) / 1_000
    change = np.abs(km2 / before["area_km2"].to_numpy() - 1)
    for code, km, of in zip(shapes["body_code"], shift, change, strict=True):
        if km > MOST_SHIFT_KM or of > MOST_AREA_CHANGE:
            faults.add(
                f"the outline of {code} has its centre {km:,.1f} km from the one held, and an area {of:.1%} apart",
                value=code,
                remedy=f"At most {MOST_SHIFT_KM:g} km and {MOST_AREA_CHANGE:.0%} are put down to the detail of the line.",
            )


def _on_the_grid(shapes: geopandas.GeoDataFrame, file: str) -> geopandas.GeoDataFrame:
    """Outlines in metres of the British National Grid, whole polygons, covering England once."""
    west, south, east, north = shapes.total_bounds
    in_degrees = -10 < west < east < 10 and 45 < south < north < 65
    # A file may not say, and GeoJSON that does not say is read as degrees, though ONS also publishes it in metres.
    if shapes.crs is None or (shapes.crs.is_geographic and not in_degrees):
        shapes = shapes.set_crs("EPSG:4326" if in_degrees else GRID, allow_override=True)
    shapes = shapes.to_crs(GRID)
    shapes["geometry"] = shapes.geometry.make_valid().force_2d()
    km2 = float(shapes.area.sum()) / 1e6
    if not ENGLAND_KM2[0] <= km2 <= ENGLAND_KM2[1]:
        raise InputError(
            f"{file}: the outlines cover {km2:,.0f} km²; England has 130,400 above high water. "
            "Take the file clipped to the coast; or its reference system may be wrong, or parts missing."
        )
    return shapes


def neighbours(shapes: geopandas.GeoDataFrame, as_at: pd.Timestamp) -> pd.DataFrame:
    """Pairs of bodies that share a border of more than a point (rook contiguity): the columns of `adjacency`.

    `shapes` has `body_code` and outlines in metres; lengths are kilometres, shares are of each body's perimeter.
    """
    import shapely

    outlines, codes = shapes.geometry.values, shapes["body_code"].to_numpy()
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    keep = codes[first] < codes[second]
    first, second = first[keep], second[keep]
    borders, perimeter = shapely.boundary(outlines), shapely.length(outlines)
    shared = shapely.length(shapely.intersection(borders[first], borders[second]))
    frame = pd.DataFrame(
        {
            "as_at": as_at,
            "body_code_a": codes[first],
            "body_code_b": codes[second],
            "shared_border_km": (shared / 1_000).round(3),
            "share_of_a_perimeter": (shared / perimeter[first]).round(4),
            "share_of_b_perimeter": (shared / perimeter[second]).round(4),
        }
    )
    long_enough: pd.DataFrame = frame[shared > LEAST_SHARED_M]
    return long_enough.sort_values(["body_code_a", "body_code_b"], ignore_index=True)


def _measures(shapes: geopandas.GeoDataFrame, pairs: pd.DataFrame, known: Known, as_at: pd.Timestamp) -> pd.DataFrame:
    """The rows of `centroids` with what an outline gives: centre, area, perimeter, neighbours."""
    held = known.table("centroids")
    held = held[held["as_at"] == as_at].set_index("body_code", drop=False)
    held = pd.DataFrame(held.loc[shapes["body_code"]])
    centres, inside = shapes.centroid, shapes.representative_point()
    degrees = centres.to_crs("EPSG:4326")
    ends = pd.concat([pairs.set_index(f"body_code_{end}")["shared_border_km"] for end in "ab"])
    shared = ends.groupby(level=0).agg(["sum", "size"]).reindex(shapes["body_code"]).fillna(0)
    return held.assign(
        easting=centres.x.round(0).to_numpy(),
        northing=centres.y.round(0).to_numpy(),
        longitude=degrees.x.round(5).to_numpy(),
        latitude=degrees.y.round(5).to_numpy(),
        inside_easting=inside.x.round(0).to_numpy(),
        inside_northing=inside.y.round(0).to_numpy(),
        area_km2=(shapes.area / 1e6).round(3).to_numpy(),
        perimeter_km=(shapes.length / 1e3).round(2).to_numpy(),
        shared_border_km=shared["sum"].round(2).to_numpy(),
        neighbour_count=shared["size"].astype("int64").to_numpy(),
    ).reset_index(drop=True)


def _geojson(shapes: geopandas.GeoDataFrame, year: int) -> str:
    """The outlines for maps: simplified together if they are finer than a map needs, in whole metres."""
    import shapely

    outlines = shapes.geometry.values
    if shapely.get_num_coordinates(outlines).sum() > MOST_POINTS:
        outlines = shapely.coverage_simplify(outlines, SIMPLIFY_M)
    whole = shapely.transform(np.asarray(outlines), np.rint)
    if shapely.is_valid(whole).all():
        outlines = whole
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {name: getattr(row, name) for name in ("body_code", "body_gss_code", "body_name")},
                "geometry": _whole_numbers(shapely.geometry.mapping(outline)),
            },
            separators=(",", ":"),
            ensure_ascii=False,
        )
        for row, outline in zip(shapes.itertuples(), outlines, strict=True)
    ]
    crs = '{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::27700"}}'
    return (
        f'{{"type":"FeatureCollection","name":"boundaries_{year}","crs":{crs},"features":['
        + ",\n".join(features)
        + "]}\n"
    )


def _whole_numbers(value: object) -> object:
    """The same geometry with 436388 for 436388.0."""
    if isinstance(value, dict):
        return {key: _whole_numbers(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_whole_numbers(part) for part in value]
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 1)
    return value


def _against_held(pairs: pd.DataFrame, known: Known, as_at: pd.Timestamp) -> list[str]:
    held = known.table("adjacency")
    held = held[held["as_at"] == as_at]
    before, now = ({*zip(frame["body_code_a"], frame["body_code_b"], strict=True)} for frame in (held, pairs))
    said = []
    if fresh := sorted(now - before):
        said.append(f"{len(fresh)} neighbours that were not: {'; '.join('-'.join(pair) for pair in fresh[:10])}")
    if gone := sorted(before - now):
        said.append(f"{len(gone)} no longer neighbours: {'; '.join('-'.join(pair) for pair in gone[:10])}")
    return said
