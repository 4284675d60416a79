"""Footprints, successors and neighbours against published counts and small cases worked by hand."""

import numpy as np
import pandas as pd
import pytest
from ccg import ERA

from ccganalysis.data import organisations
from ccganalysis.errors import InputError


@pytest.fixture(scope="session")
def tables(tables):
    """The project's tables with the successors worked out now, not read from where an earlier run put them."""
    raw = ("body_register", "mergers", "boundary_changes", "local_authority_overlap")
    read = {name: tables[name] for name in ("authorities", "bodies", "links", "water_links")}
    return read | {"successors": organisations.successors(*(tables[name] for name in raw), ERA.begins, ERA.dates)}


@pytest.mark.parametrize(
    ("year", "count", "systems"), [(2017, 207, 44), (2018, 195, 42), (2019, 191, 42), (2020, 135, 42), (2021, 106, 42)]
)
def test_bodies_and_areas_in_force(tables, year, count, systems):
    bodies = organisations.footprint(tables["bodies"], f"{year}-04-01")
    assert (len(bodies), bodies["area_code"].nunique()) == (count, systems)


def test_registered_people_of_april_2018(bodies_2018):
    assert bodies_2018["registered_population"].sum() == 59_037_140
    assert (bodies_2018["registered_population_kind"] == "modelled").sum() == 12


def test_residents_of_england_mid_2019(tables):
    """ONS mid-2019: 56,286,961 people in England, however the bodies are drawn."""
    authorities = tables["authorities"]
    assert set(authorities.groupby("as_at")["residents"].sum()) == {56_286_961}


def test_an_unknown_date_lists_those_held(tables):
    with pytest.raises(InputError, match="2017-04-01, 2018-04-01, 2019-04-01, 2020-04-01, 2021-04-01"):
        organisations.footprint(tables["bodies"], "2016-04-01")


def test_an_unknown_area_names_the_nearest(bodies_2018):
    with pytest.raises(InputError, match="nearest valid one is 'QGH'"):
        organisations.within_area(bodies_2018, "QGH1")
    with pytest.raises(InputError, match="nearest valid one is 'QOP'"):
        organisations.within_area(bodies_2018, "greater manchester")


FIRST = "2013-04-01"


def shares(tables, code: str, from_date: str, as_at: str) -> dict[str, float]:
    found = organisations.followed(tables["successors"], from_date, as_at)
    found = found[found["body_code"] == code]
    return dict(zip(found["successor_code"], found["share_of_people_to_successor"], strict=True))


@pytest.mark.parametrize(
    ("members", "from_date", "as_at", "successor"),
    [
        (["00W", "01M", "01N"], FIRST, "2017-04-01", "14L"),  # Manchester
        (["13P", "04X", "05P"], "2017-04-01", "2018-04-01", "15E"),  # Birmingham and Solihull
        (["02V", "03C", "03G"], "2017-04-01", "2018-04-01", "15F"),  # Leeds
        (["11H", "11T", "12A"], "2017-04-01", "2018-04-01", "15C"),  # Bristol, North Somerset, South Gloucestershire
        (["00F", "00G", "00H"], FIRST, "2021-04-01", "13T"),  # Newcastle Gateshead, merged in 2015
    ],
)
def test_whole_mergers(tables, members, from_date, as_at, successor):
    for code in members:
        assert shares(tables, code, from_date, as_at) == {successor: 1.0}


def residents(tables, code: str, as_at: str) -> int:
    authorities = tables["authorities"]
    chosen = (authorities["as_at"] == pd.Timestamp(as_at)) & (authorities["body_code"] == code)
    return int(authorities.loc[chosen, "residents"].sum())


def test_cumbria_was_split_by_residents(tables):
    """117 of 324 small areas, 186,658 residents, went from Cumbria to Morecambe Bay on 1 April 2017."""
    moved = 186_658 / (residents(tables, "01H", "2017-04-01") + 186_658)
    assert shares(tables, "01H", FIRST, "2017-04-01") == pytest.approx({"01H": 1 - moved, "01K": moved}, abs=1e-9)


def test_what_had_happened_by_the_first_date_does_not_happen_again(tables):
    """Counted on 1 April 2017, North Cumbria's people are those it kept: none of them move by 2018."""
    assert shares(tables, "01H", "2017-04-01", "2018-04-01") == {"01H": 1.0}
    gave = 19_970 / residents(tables, "01K", "2017-04-01")  # ten small areas to Fylde and Wyre in April 2018
    assert shares(tables, "01K", "2017-04-01", "2018-04-01") == pytest.approx({"01K": 1 - gave, "02M": gave}, abs=1e-9)


def test_shares_agree_with_the_residents_of_both_footprints(tables):
    """Residents of mid-2019 carried from any footprint to any later one are those counted there by ONS lookups."""
    dates = sorted(tables["bodies"]["as_at"].unique())
    for number, start in enumerate(dates):
        for end in dates[number + 1 :]:
            authorities = tables["authorities"]
            early, late = (
                authorities[authorities["as_at"] == day].groupby("body_code")["residents"].sum() for day in (start, end)
            )
            carried = organisations.to_footprint(early.reset_index(), tables["successors"], start, end, ["residents"])
            assert (carried["residents"] - late).abs().max() < 1, (start, end)


def test_coastal_west_sussex_was_not_carried_over_whole(tables):
    assert shares(tables, "09G", "2019-04-01", "2020-04-01") == pytest.approx(
        {"70F": 0.986648, "92A": 0.013352}, abs=1e-6
    )


def test_every_body_goes_somewhere_whole(tables):
    successors = tables["successors"]
    total = successors.groupby(["from_date", "body_code", "as_at"])["share_of_people_to_successor"].sum()
    assert (total - 1).abs().max() < 1e-9
    alive = tables["bodies"].groupby("as_at")["body_code"].agg(set)
    for (start, end), rows in successors.groupby(["from_date", "as_at"]):
        assert set(rows["successor_code"]) == alive[end]
        if start in alive:
            assert set(rows["body_code"]) == alive[start]


def test_211_bodies_at_the_start(tables):
    assert organisations.followed(tables["successors"], FIRST, "2017-04-01")["body_code"].nunique() == 211


DAY, LATER = pd.Timestamp("2017-04-01"), pd.Timestamp("2018-04-01")
SPLIT = pd.DataFrame(
    [(DAY, "A", LATER, "X", 1.0), (DAY, "B", LATER, "X", 0.25), (DAY, "B", LATER, "Y", 0.75)],
    columns=["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"],
)


def test_amounts_are_carried_and_nothing_is_lost():
    values = pd.DataFrame({"body_code": ["A", "B"], "allowance_gbp": [100.0, 80.0]})
    carried = organisations.to_footprint(values, SPLIT, DAY, LATER, ["allowance_gbp"])
    assert carried["allowance_gbp"].to_dict() == {"X": 120.0, "Y": 60.0}


def test_the_main_successor_has_most_people():
    assert organisations.main_successor(SPLIT, DAY, LATER).to_dict() == {"A": "X", "B": "Y"}


def test_a_code_not_in_force_is_named(tables):
    values = pd.DataFrame({"body_code": ["00C", "ZZZ"], "allowance_gbp": [1.0, 1.0]})
    with pytest.raises(InputError, match="ZZZ"):
        organisations.to_footprint(values, tables["successors"], "2017-04-01", "2018-04-01", ["allowance_gbp"])


def test_dates_the_wrong_way_round_are_refused(tables):
    with pytest.raises(InputError, match="must not be earlier"):
        organisations.followed(tables["successors"], "2019-04-01", "2018-04-01")


@pytest.mark.parametrize(("year", "rook"), [(2017, 519), (2018, 486), (2019, 476), (2020, 329), (2021, 256)])
def test_rook_pairs(tables, year, rook):
    assert len(organisations.neighbours(tables["links"], f"{year}-04-01")) == rook


def test_water_links(tables):
    links, listed = tables["links"], tables["water_links"]
    none = set(organisations.neighbours(links, "2018-04-01"))
    near = set(organisations.neighbours(links, "2018-04-01", "1"))
    named = set(organisations.neighbours(links, "2018-04-01", "listed", listed))
    assert none < near and none < named
    assert ("12F", "99A") in named - none  # Wirral and Liverpool, by the Mersey tunnels
    assert not any("10L" in pair for pair in none)  # the Isle of Wight has no land border


def test_adjacency_from_the_boundaries_themselves(tables):
    """Rook contiguity computed afresh from the project's own boundaries is the table, for one footprint."""
    import geopandas as gpd
    import shapely

    from ccganalysis.data import ingest

    shapes = gpd.read_file(ingest.boundaries_path(pd.Timestamp("2021-04-01"))).set_index("body_code").geometry
    first, second = shapely.STRtree(shapes.values).query(shapes.values, predicate="intersects")
    edge = shapely.length(shapely.intersection(shapes.values[first], shapes.values[second]))
    pairs = {
        tuple(sorted(shapes.index[[a, b]])) for a, b in zip(first[edge > 0], second[edge > 0], strict=True) if a != b
    }
    assert np.isin(len(pairs), [256])
    assert pairs == set(organisations.neighbours(tables["links"], "2021-04-01"))


# --- where everybody went, by hand ---


def day(year: int) -> pd.Timestamp:
    return pd.Timestamp(f"{year}-04-01")


def small_country() -> dict[str, pd.DataFrame]:
    """A and B merged before the first footprint; E gave people away on its day, C as it merged, M and N a year later."""
    opened = {code: 2013 for code in "ABCEFGKL"} | {"M": 2015, "H": 2017, "N": 2018, "Z": 2019}
    closed = {"A": 2015, "B": 2015, "F": 2017, "G": 2017, "C": 2018, "E": 2018, "H": 2019, "L": 2019}
    close_date = {code: day(year) - pd.Timedelta(days=1) for code, year in closed.items()} | {"K": day(2018)}
    register = [(code, day(year), close_date.get(code, pd.NaT)) for code, year in opened.items()]
    register += [("W", pd.Timestamp("2017-10-01"), pd.NaT)]
    merged = {"A": "M", "B": "M", "F": "H", "G": "H", "C": "N", "E": "N", "H": "Z", "L": "Z"}
    mergers = [("CCG merger", day(closed[code]), code, heir) for code, heir in merged.items()]
    mergers += [("CCG to ICB", pd.Timestamp("2022-07-01"), code, "QZZ") for code in "MNZ"]
    changes = [(2017, "E", "M", 10), (2017, "E", "C", 20), (2018, "C", "M", 20), (2018, "W", "M", 3)]
    changes += [(2019, "N", "M", 34), (2019, "M", "N", 15), (2019, "M", "Z", 30)]
    # Each body is in two authorities. W opened between two footprints, so its first count is after its change. E has 70 people after it gave 30; M has 100, 150 and then 139.
    people = [(2017, "M", 60, 40), (2017, "C", 50, 30), (2017, "E", 30, 40), (2017, "H", 5, 5), (2017, "L", 1, 1)]
    people += [(2018, "M", 90, 60), (2018, "N", 100, 70), (2018, "H", 5, 5), (2018, "L", 1, 1), (2019, "M", 100, 39)]
    people += [(2019, "N", 100, 51), (2019, "Z", 20, 22), (2018, "W", 3, 3), (2019, "W", 3, 3)]
    return {
        "register": pd.DataFrame(register, columns=["body_code", "open_date", "close_date"]),
        "mergers": pd.DataFrame(mergers, columns=["event", "effective_date", "predecessor_code", "successor_code"]),
        "boundary_changes": pd.DataFrame(
            [(day(year), *change) for year, *change in changes],
            columns=["effective_date", "from_code", "to_code", "residents_moved"],
        ),
        "overlap": pd.DataFrame(
            [(day(year), code, part) for year, code, *parts in people for part in parts],
            columns=["as_at", "body_code", "residents"],
        ),
        "begins": day(2013),
        "dates": [day(2019), day(2017), day(2018)],
    }


def test_successors_by_hand():
    expected = {}  # (from, to, body): what went where

    for code in "AB":
        expected |= {(2013, 2017, code): {"M": 1}, (2013, 2018, code): {"M": 1}}
        expected[2013, 2019, code] = {"M": 0.7, "N": 0.1, "Z": 0.2}  # 15 and 30 of M's 150
    expected |= {(2017, year, "M"): {"M": 1} for year in (2017, 2018)} | {(2018, 2018, "M"): {"M": 1}}
    expected |= {(year, 2019, "M"): {"M": 0.7, "N": 0.1, "Z": 0.2} for year in (2017, 2018)}
    # C: a quarter of its 80 to M, the rest into N, which gave a fifth of its 170 to M a year later.
    for start in (2013, 2017):
        expected |= {(start, 2017, "C"): {"C": 1}, (start, 2018, "C"): {"M": 0.25, "N": 0.75}}
        expected[start, 2019, "C"] = {"M": 0.25 * 0.7 + 0.75 * 0.2, "N": 0.25 * 0.1 + 0.75 * 0.8, "Z": 0.25 * 0.2}
    # E: 10 and 20 of the 100 it had before; what is counted on the day itself has gone already.
    expected[2013, 2017, "E"] = {"M": 0.1, "C": 0.2, "E": 0.7}
    expected[2013, 2018, "E"] = {"M": 0.15, "N": 0.85}
    expected[2013, 2019, "E"] = {"M": 0.15 * 0.7 + 0.85 * 0.2, "N": 0.15 * 0.1 + 0.85 * 0.8, "Z": 0.15 * 0.2}
    expected |= {(2017, 2017, "E"): {"E": 1}, (2017, 2018, "E"): {"N": 1}, (2017, 2019, "E"): {"M": 0.2, "N": 0.8}}
    expected |= {(2018, 2018, "N"): {"N": 1}, (2018, 2019, "N"): {"M": 0.2, "N": 0.8}}
    for start in (2013, 2017, 2018):
        for code in {2013: "FG", 2017: "H", 2018: "H"}[start]:
            expected |= {(start, year, code): {"H": 1} for year in (2017, 2018) if year >= start}
            expected[start, 2019, code] = {"Z": 1}
        for code, later in (("K", "K"), ("L", "Z")):  # K closed at the end of 1 April 2018, and nobody took over
            expected |= {(start, year, code): {code: 1} for year in (2017, 2018) if year >= start}
            expected[start, 2019, code] = {later: 1}
    expected |= {(2019, 2019, code): {code: 1} for code in "MNWZ"}
    expected |= {(2018, year, "W"): {"W": 1} for year in (2018, 2019)}

    found = organisations.successors(**small_country())
    got = {}
    for row in found.itertuples():
        got.setdefault((row.from_date.year, row.as_at.year, row.body_code), {})[row.successor_code] = (
            row.share_of_people_to_successor
        )
    assert got.keys() == expected.keys()
    for key, shares in expected.items():
        assert got[key] == pytest.approx(shares), key
    order = ["from_date", "body_code", "as_at", "successor_code"]
    assert found.equals(found.sort_values(order, ignore_index=True))
    # Only the division of a body is derived; it stays so however many mergers follow.
    derived = found[found["kind"] == "derived"]
    parts = found.groupby(order[:3])["successor_code"].transform("size")
    assert set(derived["body_code"]) == {"A", "B", "C", "E", "M", "N"}
    assert (found.loc[parts > 1, "kind"] == "derived").all() and (found.loc[parts == 1, "kind"] == "published").all()


def test_rows_of_one_date_or_area_are_numbered_anew():
    bodies = pd.DataFrame(
        [(DAY, "00C", "Q2", "Two", "c"), (LATER, "00B", "Q1", "One", "b"), (LATER, "00A", "Q1", "One", "a")],
        columns=["as_at", "body_code", "area_code", "area_name", "body_name"],
    )
    for found in (
        organisations.footprint(bodies, LATER),
        organisations.within_area(bodies, "Q1").sort_values("body_code", ignore_index=True),
    ):
        assert found["body_code"].to_dict() == {0: "00A", 1: "00B"}
    assert organisations.on_date(bodies, LATER)["body_code"].to_dict() == {0: "00B", 1: "00A"}
    for found in (organisations.on_date(bodies, LATER), organisations.within_area(bodies, "Q1")):
        assert list(found.columns) == list(bodies.columns) and list(found.index) == [0, 1]
    later = pd.concat([SPLIT.assign(as_at=DAY), SPLIT], ignore_index=True)
    pd.testing.assert_frame_equal(organisations.followed(later, DAY, LATER), SPLIT)


def test_a_gap_just_as_wide_as_asked_for_counts():
    links = pd.DataFrame(
        [("a", "b", "rook", np.nan), ("a", "c", "water", 1.0), ("a", "d", "water", 1.001), ("b", "c", "water", 0.2)],
        columns=["body_code_a", "body_code_b", "link", "min_gap_km"],
    ).assign(as_at=DAY)
    assert organisations.neighbours(links, DAY, "1") == [("a", "b"), ("a", "c"), ("b", "c")]
    assert organisations.neighbours(links, DAY) == [("a", "b")]


class TestBeside:
    BODIES = pd.DataFrame({"body_code": ["a", "b", "c"], "people": [1, 2, 3]})

    def test_rows_keep_the_order_of_the_bodies(self):
        found = pd.DataFrame({"body_code": ["c", "z", "a", "b"], "pounds": [30, 0, 10, 20]})
        both = organisations.beside(self.BODIES, found, "allowance")
        assert both.values.tolist() == [["a", 1, 10], ["b", 2, 20], ["c", 3, 30]]

    def test_bodies_without_a_row_are_named_and_not_dropped(self):
        found = pd.DataFrame({"body_code": ["b", "z"], "pounds": [20, 0]})
        with pytest.raises(InputError, match="There is no allowance for a, c. Check that the codes"):
            organisations.beside(self.BODIES, found, "allowance")

    def test_a_body_twice_is_no_answer(self):
        found = pd.DataFrame({"body_code": ["a", "b", "c", "c"], "pounds": [1, 2, 3, 4]})
        with pytest.raises(pd.errors.MergeError):
            organisations.beside(self.BODIES, found, "allowance")
