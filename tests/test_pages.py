"""Where pages stand in a run's folder, by hand."""

import pytest

from ccganalysis import pages

STAND = [
    # page, its era's folder, its area, the way up, its workbook
    ("02_running_costs", "", "", "", "workbooks/national.xlsx"),
    ("area/Y60", "", "Y60", "../", "workbooks/area/Y60.xlsx"),
    ("ccg/06_backtest", "ccg/", "", "../", "workbooks/ccg/national.xlsx"),
    ("ccg/area/QGH", "ccg/", "QGH", "../../", "workbooks/ccg/area/QGH.xlsx"),
]


@pytest.mark.parametrize(("page", "folder", "area", "up", "workbook"), STAND)
def test_where_a_page_stands(page, folder, area, up, workbook):
    assert pages.folder_of(page) == folder and pages.area_of(page) == area
    assert pages.up(page) == up and pages.workbook_of(page) == workbook


def test_the_first_page_is_of_the_era_at_the_top():
    assert pages.folders_of(["ccg/area/QGH", "area/Y60", "ccg/06_backtest"]) == ["", "ccg/"]
    assert pages.folders_of(["ccg/06_backtest"]) == ["ccg/"]
    assert pages.folders_of([]) == [""]
