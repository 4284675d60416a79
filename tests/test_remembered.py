"""What is kept is given again only for the same question on the same tables, and to each caller as their own."""

import functools
import os

import pandas as pd
import pytest

from ccganalysis.analysis.remembered import LATEST, remembered
from ccganalysis.data import datapackage


@pytest.fixture
def asked():
    """A function that counts how often it is computed, and reads one table of two."""
    times = []

    def computed(tables, factor, *, name="people"):
        times.append(factor)
        return pd.DataFrame({"total": [tables[name]["people"].sum() * factor]})

    return functools.partial(remembered, computed), times


def tables(people=(1, 2)):
    return {"people": pd.DataFrame({"people": people}), "other": pd.DataFrame({"people": [5]})}


def test_the_same_question_of_equal_tables_is_computed_once(asked):
    total, times = asked
    assert [total(tables(), 2)["total"].item() for _ in range(3)] == [6, 6, 6]
    assert times == [2]
    assert total(tables(), 3)["total"].item() == 9 and total(tables(), 2, name="other")["total"].item() == 10
    assert times == [2, 3, 2]


def test_a_table_that_was_changed_is_computed_from_anew_even_in_place(asked):
    total, times = asked
    held = tables()
    assert total(held, 1)["total"].item() == 3
    held["people"].loc[0, "people"] = 10
    assert total(held, 1)["total"].item() == 12
    held["other"].loc[0, "people"] = 99  # not read
    assert total(held, 1)["total"].item() == 12
    assert len(times) == 2


def test_who_changes_what_they_got_changes_nobody_elses(asked):
    total, _ = asked
    for _ in range(2):
        got = total(tables(), 1)
        got.loc[0, "total"] = -1
    assert total(tables(), 1)["total"].item() == 3


def test_tables_are_read_and_so_noted_though_the_result_is_kept(asked):
    total, _ = asked
    total(tables(), 1)

    class Noted(dict):
        def __getitem__(self, name):
            seen.append(name)
            return super().__getitem__(name)

    seen = []
    assert total(Noted(tables()), 1)["total"].item() == 3 and set(seen) == {"people"}


def test_an_error_is_not_kept_and_old_results_go(asked):
    total, times = asked
    with pytest.raises(KeyError):
        total({}, 1)
    for factor in range(LATEST + 1):
        total(tables(), factor)
    total(tables(), 0)
    assert times == [1, *range(LATEST + 1), 0]


def test_a_file_is_read_again_only_when_it_is_another(tmp_path):
    path, read = tmp_path / "people.csv", []

    def reading(path):
        read.append(path.read_text())
        return read[-1]

    def settled(text):
        path.write_text(text)
        os.utime(path, ns=(10**18 + len(read), 10**18 + len(read)))

    settled("one")
    assert [datapackage.once(reading, path) for _ in range(3)] == ["one"] * 3 and read == ["one"]
    settled("two")
    assert datapackage.once(reading, path) == "two"
    path.write_text("new")  # just now: it may change again within the clock's tick
    assert datapackage.once(reading, path) == "new"
    stamp = path.stat().st_mtime_ns
    path.write_text("old")
    os.utime(path, ns=(stamp, stamp))
    assert datapackage.once(reading, path) == "old"


def test_a_changed_copy_of_a_table_leaves_the_next_as_it_is():
    from ccganalysis.data import ingest

    first = ingest.load("levers")
    was = first.copy(deep=True)
    first.loc[:, first.columns[0]] = "changed"
    assert ingest.load("levers").equals(was)


def test_what_a_report_reads_is_noted_though_its_kernel_has_it_already(tmp_path, monkeypatch):
    """A report would otherwise stand though its data changed."""
    from ccg import ERA

    from ccganalysis.analysis import candidates, routes
    from ccganalysis.data import ingest
    from ccganalysis.presentation import maps

    def noted(name):
        monkeypatch.setenv("CCGANALYSIS_READS", str(tmp_path / name))
        tables = ingest.Tables(ERA)
        setting = candidates.prepare(tables, "2018-04-01", "carried", 0.2, 100, 1, ERA)
        routes.evidence(tables, setting.bodies, ERA, permutations=99)
        maps.boundaries("2018-04-01")
        return set((tmp_path / name).read_text().splitlines())

    first = noted("first")
    assert {"raw/boundaries_2018.geojson", "processed/staff.csv", "processed/cost_observations.csv"} <= first
    assert noted("second") == first
