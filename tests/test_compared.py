"""What two sources say of the same thing, body by body: an altered figure is named by its row, and noticed at all."""

import pandas as pd
import pytest
from ccg import ERA
from test_official_store import run, state

from ccganalysis.data import checks, compared, datapackage, ingest
from ccganalysis.errors import InputError


@pytest.fixture(scope="module")
def held() -> dict[str, pd.DataFrame]:
    """Every raw table and those joined from them; copied before a test alters one."""
    tables = ingest.read_raw(datapackage.project_root() / "data" / "raw")
    return tables | ingest.join(tables, ingest.all_eras())


def altered(held: dict[str, pd.DataFrame], name: str, where: dict, column: str, by) -> tuple[dict, int]:
    """The tables with one figure changed, and the row of its file."""
    frame = held[name].copy()
    chosen = (
        frame[list(where)]
        == pd.Series({key: pd.Timestamp(one) if key in ("as_at", "date") else one for key, one in where.items()})
    ).all(axis=1)
    (index,) = frame.index[chosen]
    frame[column] = frame[column].astype("float64")
    frame.loc[index, column] = by(frame.loc[index, column])
    return held | {name: frame.astype({column: held[name][column].dtype})}, index + 2


def test_nothing_that_is_held_contradicts_or_stands_out(held):
    assert list(compared.contradictions(held)) == []
    assert set(map(len, compared.outliers(held).values())) == {0}


@pytest.mark.parametrize("as_at", ["2017-04-01", "2018-04-01", "2021-04-01"])
@pytest.mark.parametrize("mid_year", [2017, 2019, 2020])
def test_nine_hundred_residents_more_are_noticed(held, as_at, mid_year):
    where = {"as_at": as_at, "mid_year": mid_year, "body_code": "00T"}
    tables, row = altered(held, "resident_population", where, "residents", lambda people: people + 900)
    faults = list(compared.contradictions(tables))
    rows = {fault.row for fault in faults if fault.file == "resident_population.csv"}
    # On the first footprint it is the later ones, made of the same people, that no longer agree.
    assert row in rows or (as_at == "2017-04-01" and rows)
    assert all("00T" in str(fault) for fault in faults)


@pytest.mark.parametrize("as_at", ["2017-04-01", "2018-04-01", "2020-04-01"])
@pytest.mark.parametrize("by", [5, -0.01])
def test_a_score_of_deprivation_that_its_other_footprints_do_not_bear_out(held, as_at, by):
    where = {"as_at": as_at, "body_code": "15F" if as_at != "2017-04-01" else "02P"}
    tables, _ = altered(held, "deprivation", where, "imd_average_score", lambda score: score + by)
    faults = list(compared.contradictions(tables))
    assert faults and {fault.file for fault in faults} == {"deprivation.csv"}


def test_an_icbs_list_is_that_of_its_places(held):
    where = {"date": "2024-04-01", "body_code": "00L"}
    tables, _ = altered(held, "registered_population", where, "registered_population", lambda people: people + 900)
    (fault,) = compared.contradictions(tables)
    assert fault.file == "icb_registered_population.csv" and "of QHM have" in str(fault)


@pytest.mark.parametrize("times", [0.8, 1.3, 10])
def test_a_list_far_from_payments_is_named(held, times):
    where = {"date": "2018-04-01", "body_code": "15F"}
    tables, row = altered(held, "registered_population", where, "registered_population", lambda people: people * times)
    (fault,) = (fault for fault in compared.contradictions(tables) if fault.file == "registered_population.csv")
    assert fault.row == row and "15F has " in str(fault) and "At most 15%" in str(fault)


def by_rank(frame: pd.DataFrame, column: str, code: str = "body_code") -> int:
    """Each body's figure times its place in the order of codes, summed: what a move between two bodies changes."""
    return sum(place * int(figure) for place, figure in enumerate(frame.sort_values(code)[column], start=1))


class TestFiguresAreAsReceived:
    """No second source counts these to the person, so what was received is written down here once more.

    The list of January 2021 and the allowances were worked out from the publishers' own files. Whoever corrects a figure
    corrects it here too, and says why in CHANGELOG.md.
    """

    LISTS = {
        "2013-04-01": 6_338_576_593,
        "2014-04-01": 6_394_835_093,
        "2014-10-01": 6_436_092_688,
        "2015-04-01": 6_391_036_221,
        "2016-01-01": 6_452_450_926,
        "2017-04-01": 6_498_490_544,
        "2018-04-01": 6_457_587_802,
        "2019-04-01": 6_476_441_846,
        "2020-04-01": 5_162_185_470,
        "2021-01-01": 5_174_358_461,
        "2021-04-01": 4_274_144_046,
        "2022-05-01": 4_344_580_934,
        "2022-07-01": 4_348_670_764,
        "2023-04-01": 4_397_117_490,
        "2024-04-01": 4_461_261_561,
        "2025-04-01": 4_500_933_079,
        "2025-12-01": 4_513_503_469,
    }
    PAYMENTS = {
        "2014/15": 6_371_820_605,
        "2015/16": 6_387_210_290,
        "2016/17": 6_542_163_197,
        "2017/18": 6_554_973_555,
        "2018/19": 6_446_249_013,
        "2019/20": 6_468_917_500,
        "2020/21": 5_118_367_483,
        "2021/22": 4_327_843_122,
        "2022/23": 4_375_914_243,
    }

    @pytest.mark.parametrize("date", LISTS)
    def test_lists(self, held, date):
        lists = held["registered_population"]
        of_date = lists[(lists["date"] == date) & ~lists["body_code"].str.startswith("Q")]
        assert by_rank(of_date, "registered_population") == self.LISTS[date]
        moved = of_date["registered_population"] + of_date["body_code"].map({"00L": 900, "00N": -900}).fillna(0)
        assert by_rank(of_date.assign(moved=moved), "moved") != self.LISTS[date]

    @pytest.mark.parametrize("year", PAYMENTS)
    def test_payments(self, held, year):
        payments = held["gp_payments"]
        assert by_rank(payments[payments["financial_year"] == year], "registered_population") == self.PAYMENTS[year]

    def test_allowances(self, held):
        assert by_rank(held["allowance_2013_14"], "allowance_gbp") == 152_134_210_000
        assert by_rank(held["icb_allowance"], "allowance_2023_24_gbp", "icb_code") == 23_751_787_000
        assert by_rank(held["icb_allowance"], "allowance_2024_25_gbp", "icb_code") == 19_467_411_000


def looked_at(tables) -> str:
    return "; ".join(found for kind in compared.outliers(tables).values() for found in kind)


def test_ten_times_the_people_of_the_year_before_are_to_be_looked_at(held):
    where = {"financial_year": "2018/19", "body_code": "02P"}
    tables, row = altered(held, "gp_payments", where, "registered_population", lambda people: people * 10)
    assert f"gp_payments.csv row {row}: 02P, 2018/19, 9.9 times" in looked_at(tables)


def test_a_deflator_ten_times_its_neighbours_is_to_be_looked_at(held):
    tables, row = altered(
        held, "gdp_deflator", {"financial_year": "2018/19"}, "gdp_deflator_index", lambda index: index * 10
    )
    assert f"gdp_deflator.csv row {row}: 2018/19, 10 times" in looked_at(tables)


def test_an_icbs_allowance_that_did_not_fall_like_the_others_is_to_be_looked_at(held):
    tables, row = altered(held, "icb_allowance", {"icb_code": "QOP"}, "allowance_2024_25_gbp", lambda gbp: gbp * 1.02)
    assert f"icb_allowance.csv row {row}: QOP, allowance_2024_25_gbp" in looked_at(tables)


def official(rows) -> pd.DataFrame:
    columns = ["body_code", "financial_year", "allowance_gbp"]
    return pd.DataFrame(rows, columns=columns).assign(kind="published", source="x")


def test_an_allowance_doubled_is_to_be_looked_at(held):
    people = held["gp_payments"].query("financial_year == '2018/19'").set_index("body_code")["registered_population"]
    rows = [(code, year, 22.0 * people[code]) for code in people.index for year in ("2017/18", "2018/19")]
    tables = held | {"allowance_official": official(rows)}
    assert looked_at(tables) == ""
    code, year, gbp = rows[7]
    rows[7] = code, year, gbp * 2
    said = looked_at(held | {"allowance_official": official(rows)})
    assert f"row 9: {code}, {year}, 2 times" in said and f"row 9: {code}, {year}, £4" in said


def test_what_is_to_be_looked_at_is_a_row_of_quality_and_stops_nothing(held):
    tables, _ = altered(
        held, "gdp_deflator", {"financial_year": "2018/19"}, "gdp_deflator_index", lambda index: index * 10
    )
    quality = checks.quality(tables, (ERA,)).set_index("check")
    row = quality[quality["passed"] == checks.LOOK]
    assert (
        len(row) == 1 and "gdp_deflator.csv row" in row["found"].iloc[0] and not ingest.failures(quality.reset_index())
    )


class TestAccept:
    def test_what_would_fail_is_said_and_nothing_is_recorded(self, home):
        raw = home / "data" / "raw"
        path = raw / "resident_population.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(",2019,106803,", ",2019,107703,", 1), encoding="utf-8")
        before = state(raw)
        done = run("accept", path.name)
        assert isinstance(done.exception, InputError) and state(raw) == before
        assert "Nothing was accepted, for with it `ccganalysis check` would fail:" in str(done.exception)
        assert "resident_population.csv, row " in str(done.exception)
        assert [found.name for found in raw.parent.iterdir()] == ["raw"]

    def test_what_is_to_be_looked_at_is_said_and_accepted(self, home):
        path = home / "data" / "raw" / "gdp_deflator.csv"
        index = next(line.split(",")[5] for line in path.read_text().splitlines() if line.startswith("2015/16"))
        path.write_text(
            path.read_text(encoding="utf-8").replace(f",{index},", f",{float(index) * 10},"), encoding="utf-8"
        )
        done = run("accept", path.name)
        assert done.exit_code == 0 and "gdp_deflator.csv: accepted" in done.output
        assert "look at: Price indices" in done.output and "2015/16, 10 times" in done.output

    def test_outlines_cut_short_are_not_accepted(self, home):
        name = "boundaries_2018.geojson"
        path = home / "data" / "raw" / name
        path.write_bytes(path.read_bytes()[:-500])
        assert f"{name}: cannot be read: damaged or cut short" in str(run("accept", name).exception)

    def test_two_edits_that_need_each_other_can_be_accepted_one_after_the_other(self, home):
        raw = home / "data" / "raw"
        for name in ("levers.csv", "gdp_deflator.csv"):
            (raw / name).write_text((raw / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
        assert "levers.csv: accepted" in run("accept", "levers.csv").output
        assert [fault.file for fault in datapackage.verify(raw)] == ["gdp_deflator.csv"]
