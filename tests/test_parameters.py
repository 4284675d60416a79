"""Parameters: typed, and every mistake is named with the nearest valid choice."""

import typing

import pytest

from ccganalysis import parameters
from ccganalysis.data import measures
from ccganalysis.errors import InputError


def test_defaults_of_every_notebook_are_valid():
    for notebook in parameters.NOTEBOOKS:
        parameters.check(notebook, {})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"ass_at": "2018-04-01"}, "nearest valid one is 'as_at'"),
        ({"as_at": "2018-4-1"}, "nearest valid one is '2018-04-01'"),
        ({"as_at": "2016-04-01"}, "nearest valid one is '2017-04-01'. Valid values: 2017-04-01, 2018-04-01"),
        ({"area": "QQOP"}, "nearest valid one is 'QOP'"),
        ({"area": 15.0}, "is a number, and area is text"),
        ({"area": 15.0}, "the nearest valid one is 'Q"),
        ({"allowance_model": "per_head"}, "nearest valid one is 'per_head_"),
        ({"saving_target": 20}, "less than 1"),
        ({"saving_target": "0.2"}, "valid number"),
        ({"water_links": "some"}, "water_links"),
        ({"price_uplift": "6%"}, "price_uplift"),
        ({"draws": 10}, "1000"),
        ({"draws": 1e4}, "draws"),
        ({"floor_people": -1}, "floor_people"),
        ({"objectives": "nonsense, foo"}, "Unknown objective 'nonsense'"),
        ({"objectives": "released, disuption"}, "nearest valid one is 'disruption'"),
        ({"objectives": "released"}, "at least two objectives"),
        ({"merge": "01F+01V", "area": "QYG"}, "'01F+01V' is not connected: no border between 01F and 01V"),
        ({"merge": "01F+01X, 01X+02D", "area": "QYG"}, "01X is named twice"),
        ({"merge": "01F+01Z", "area": "QYG"}, "merge: Unknown body code '01Z'"),
    ],
)
def test_mistakes_are_named(values, words):
    with pytest.raises(InputError) as caught:
        parameters.check("area_report", values)
    assert words in str(caught.value)


def test_all_mistakes_at_once():
    with pytest.raises(InputError) as caught:
        parameters.check("area_report", {"saving_target": 2.0, "draws": 1, "allowance_model": "x"})
    assert len(str(caught.value).splitlines()) == 3


def test_more_bodies_than_there_are():
    assert parameters.check("04_merger_candidates", {"number_of_bodies": 195})
    with pytest.raises(InputError, match="more than the 195 bodies of 2018-04-01"):
        parameters.check("04_merger_candidates", {"number_of_bodies": 196})


def test_the_choices_are_those_of_the_registries():
    """A ranking or an objective is registered once; the parameters offer just those."""
    fields = (
        parameters.NOTEBOOKS["04_merger_candidates"].model_fields | parameters.NOTEBOOKS["area_report"].model_fields
    )
    assert list(typing.get_args(fields["rank_by"].annotation)) == list(measures.RANKINGS)
    for name, registry in (("rank_by", measures.RANKINGS), ("objectives", measures.OBJECTIVES)):
        assert all(one in fields[name].description for one in registry)


def test_an_unknown_notebook():
    with pytest.raises(InputError, match="nearest valid one is '02_running_costs'"):
        parameters.check("02_running_cost", {})


def test_an_area_that_ended_is_unknown_on_a_later_footprint():
    assert parameters.check("area_report", {"area": "QVP", "as_at": "2017-04-01"}).area == "QVP"
    with pytest.raises(InputError, match="QVP"):
        parameters.check("area_report", {"area": "QVP", "as_at": "2018-04-01"})


def test_values_are_shared_out_to_the_notebooks_that_take_them():
    shared = parameters.check_all({"as_at": "2019-04-01", "area": "QOP", "seed": 7})
    assert shared["area_report"]["area"] == "QOP"
    assert all(values["as_at"] == "2019-04-01" for values in shared.values() if "as_at" in values)
    with pytest.raises(InputError, match="nearest valid one is 'seed'"):
        parameters.check_all({"sead": 7})


class TestInANotebook:
    """`from_notebook` sees the history that a kernel keeps in `In`, the running cell last."""

    CHECK = "p = parameters.from_notebook('01_ingest', globals())"

    def namespace(self, *cells: str) -> dict:
        names: dict = {}
        for cell in cells:
            exec(cell, names)
        return {**names, "In": ["", *cells, self.CHECK]}

    def test_papermills_injected_cell_is_used(self):
        found = parameters.from_notebook(
            "01_ingest", self.namespace('as_at = "2018-04-01"', '# Parameters\nas_at = "2019-04-01"')
        )
        assert found.as_at == "2019-04-01"

    def test_a_misspelt_injected_name_is_an_error(self):
        with pytest.raises(InputError, match="nearest valid one is 'as_at'"):
            parameters.from_notebook(
                "01_ingest", self.namespace('as_at = "2018-04-01"', '# Parameters\nas_ad = "2019-04-01"')
            )

    def test_running_the_cell_again_in_jupyterlab_is_no_error(self):
        names = self.namespace('as_at = "2018-04-01"')
        history = ["", *(f"x{number} = {number}" for number in range(9)), 'as_at = "2018-04-01"', self.CHECK]
        assert parameters.from_notebook("01_ingest", {**names, "In": history, "bodies": 1}).as_at == "2018-04-01"

    def test_a_misspelling_in_the_parameters_cell_later_is_an_error(self):
        names = self.namespace('as_at = "2018-04-01"')
        history = [
            "",
            "import os",
            "y = os.getcwd()",
            "z = 1 + 1",
            "w = len('a')",
            'as_at = "2018-04-01"\nasat = "2019-04-01"',
            self.CHECK,
        ]
        with pytest.raises(InputError, match="asat"):
            parameters.from_notebook("01_ingest", {**names, "In": history})

    MISSPELT, RIGHT = 'as_at = "2018-04-01"\nasat = "2019-04-01"', 'as_at = "2019-04-01"'

    def test_a_misspelling_that_was_put_right_is_past(self):
        for since in ([], ["1 + 1"], ["FLOOR = 300_000"]):
            history = ["", self.MISSPELT, self.CHECK, self.RIGHT, *since, self.CHECK]
            names = self.namespace(self.MISSPELT, self.RIGHT)
            assert parameters.from_notebook("01_ingest", {**names, "In": history}).as_at == "2019-04-01"

    @pytest.mark.parametrize("place", [1, 2, 3])
    def test_a_cell_to_try_something_in_is_no_parameters_cell(self, place):
        history = ["", self.RIGHT, self.CHECK, self.CHECK]
        history.insert(place, "FLOOR = 300_000")
        names = self.namespace(self.RIGHT, "FLOOR = 300_000")
        assert parameters.from_notebook("01_ingest", {**names, "In": history}).as_at == "2019-04-01"

    def test_the_first_cell_of_all_counts_though_no_name_in_it_is_right(self):
        with pytest.raises(InputError, match="nearest valid one is 'as_at'"):
            parameters.from_notebook("01_ingest", self.namespace('as_ad = "2019-04-01"'))
