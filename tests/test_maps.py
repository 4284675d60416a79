"""Maps: what is drawn, in which colour, how large, and what is said when a body has no shape."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from ccg import ERA

from ccganalysis.analysis import alignment
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import InputError
from ccganalysis.presentation import display, maps, outlines
from ccganalysis.presentation.charts import PALE, PALETTE

AS_AT = "2018-04-01"
COLOURS = {"equals": PALETTE[0], "within": PALE}


@pytest.fixture(scope="module")
def bodies() -> pd.DataFrame:
    return organisations.footprint(ingest.load("bodies"), AS_AT)


@pytest.fixture(scope="module")
def state(bodies) -> pd.Series:
    return alignment.bodies_state(bodies).set_index("body_code")["state"]


@pytest.mark.parametrize("area", ["QHM", "QYG", "QRV", "QVV", "QRL"])
def test_a_map_of_one_area_names_its_bodies_and_is_small(bodies, area):
    groups = [[code] for code in organisations.within_area(bodies, area)["body_code"]]
    svg = display.to_svg(maps.area_map(maps.boundaries(AS_AT), bodies, area, groups, {}))
    assert len(svg) < 60_000
    words = "".join(part.split("<")[0] for part in svg.split(">"))
    for name in organisations.within_area(bodies, area)["body_name"]:
        assert name.removeprefix("NHS ").split()[0] in words


def test_the_national_map_is_small_and_repeatable(bodies, state):
    first, second = (
        display.to_svg(maps.national_map(maps.boundaries(AS_AT), bodies, state, COLOURS)) for _ in range(2)
    )
    assert first == second and len(first) < 130_000


def test_borders_have_clearly_different_weights():
    assert maps.AREA_BORDER >= 3 * maps.BODY_BORDER


def test_a_body_without_a_shape_is_named(bodies, state):
    shapes = maps.boundaries(AS_AT)
    short = shapes[shapes["body_code"] != "11J"]
    with pytest.raises(InputError, match=r"11J \(NHS Dorset CCG\)"):
        maps.national_map(short, bodies, state, COLOURS)
    with pytest.raises(InputError, match="11J"):
        maps.area_map(short, bodies, "QVV", [["11J"]], {})


def test_a_body_without_a_category_is_named(bodies, state):
    with pytest.raises(InputError, match="11J"):
        maps.national_map(maps.boundaries(AS_AT), bodies, state.drop("11J"), COLOURS)


def test_an_unknown_category_is_named(bodies, state):
    with pytest.raises(InputError, match="crosses"):
        maps.national_map(maps.boundaries(AS_AT), bodies, state.replace({"equals": "crosses"}), COLOURS)


def test_a_date_without_boundaries():
    with pytest.raises(InputError, match="2017, 2018, 2019, 2020, 2021"):
        maps.boundaries("2016-04-01")


@pytest.mark.parametrize("as_at", ["2017-04-01", "2018-04-01", "2019-04-01", "2020-04-01", "2021-04-01"])
def test_each_hexagon_goes_to_a_body_of_the_date(as_at):
    now = organisations.footprint(ingest.load("bodies"), as_at)
    cells = maps.hexes(now, ingest.load("successors"), ERA)
    assert len(cells) == 195 and set(cells["body_code"]) <= set(now["body_code"])
    assert set(now.set_index("body_code").loc[cells["body_code"], "area_code"]) == set(now["area_code"])
    if now["as_at"].iloc[0].year >= 2018:
        assert set(cells["body_code"]) == set(now["body_code"])


def test_hexagons_fit_without_gaps_or_overlaps():
    now = organisations.footprint(ingest.load("bodies"), AS_AT)
    cells = maps.hexes(now, ingest.load("successors"), ERA)
    assert shapely.union_all(cells.geometry.to_numpy()).area == pytest.approx(cells.area.sum())


def test_every_border_is_drawn_once():
    # Two squares side by side in ICS A, a third in B: one border inside A; A and B share one line.
    squares = gpd.GeoDataFrame({"area_code": ["A", "A", "B"]}, geometry=[shapely.box(x, 0, x + 1, 1) for x in range(3)])
    of_bodies, of_area = maps._lines(squares)
    assert of_bodies.length == 1
    # Round A 2 + 2 + 1 + 1, round B three sides more.
    assert of_area.length == 9


def test_an_outline_has_a_border_for_each_two_bodies_that_share_a_line():
    # Two squares side by side, a third that touches only a corner, one far away.
    boxes = [shapely.box(x, y, x + 1000, y + 1000) for x, y in ((0, 0), (1000, 0), (2000, 1000), (4000, 0))]
    shapes = gpd.GeoDataFrame({"body_code": list("ABCD")}, geometry=boxes)
    drawn = outlines.of_bodies(shapes, ["B", "A", "C", "D"])
    assert [border["between"] for border in drawn["borders"]] == [[0, 1]]
    # 5,000 m are 480 units wide: the border is a line of 96 units at 96 from the left.
    assert (drawn["width"], drawn["height"]) == (480, 192)
    assert drawn["borders"][0]["path"] in ("M96 192l0 -96", "M96 96l0 96")
    assert [round(body["x"]) for body in drawn["bodies"]] == [144, 48, 240, 432]
