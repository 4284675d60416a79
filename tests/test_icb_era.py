"""The era of integrated care boards: what its rows add up to, what follows from them, and the words its pages say."""

import json
import re
from collections import Counter, defaultdict
from fractions import Fraction
from functools import cache

import oracle
import pandas as pd
import pytest
import sentences
from ccg import ERA as CCGS

from ccganalysis import parameters, wording
from ccganalysis.analysis import candidates, criteria, levers, running_costs, staff
from ccganalysis.data import eras, ingest, organisations
from ccganalysis.data.columns import COLUMNS, label
from ccganalysis.data.datapackage import project_root
from ccganalysis.errors import DataError, InputError

DATES = ("2024-04-01", "2026-04-01")
REGIONS = {"Y56", "Y58", "Y59", "Y60", "Y61", "Y62", "Y63"}
DIVIDED = {"QJG", "QM7", "QNQ"}
"""Suffolk and North East Essex, Hertfordshire and West Essex, Frimley."""


@pytest.fixture(scope="module")
def era():
    return ingest.era("2026-04-01")


@pytest.fixture(scope="module")
def icbs(era):
    return ingest.Tables(era)


def bodies(tables, date):
    return organisations.footprint(tables["bodies"], date).set_index("body_code")


# --- what the rows add up to, from the files themselves ---


@cache
def shares() -> dict[str, dict[str, Fraction]]:
    """The share of the residents of each ICB of 2024 that each of 2026 took over."""
    residents = {row["body_code"]: int(row["residents"]) for row in _residents("2024-04-01")}
    moved = {
        (row["from_code"], row["to_code"]): Fraction(int(row["residents_moved"]), residents[row["from_code"]])
        for row in oracle.rows("boundary_changes")
        if row["effective_date"] == "2026-04-01"
    }
    main = {
        row["predecessor_code"]: row["successor_code"]
        for row in oracle.rows("mergers")
        if row["effective_date"] == "2026-04-01"
    }
    found = {}
    for code in residents:
        parts = {to: share for (one, to), share in moved.items() if one == code}
        found[code] = {main.get(code, code): 1 - sum(parts.values(), Fraction(0)), **parts}
    return found


def _residents(date):
    return [row for row in oracle.on("resident_population", date) if row["mid_year"] == "2020"]


def test_bodies_and_regions():
    for date, count in zip(DATES, (42, 36), strict=True):
        areas = oracle.areas(date)
        assert set(areas) == REGIONS and sum(map(len, areas.values())) == count


def test_12_gave_way_to_six():
    before, after = ({row["body_code"] for row in oracle.on("footprints", date)} for date in DATES)
    register = {row["body_code"]: row for row in oracle.rows("body_register")}
    assert len(before - after) == 12 and len(after - before) == 6
    assert {register[code]["close_date"] for code in before - after} == {"2026-03-31"}
    assert {register[code]["open_date"] for code in after - before} == {"2026-04-01"}
    assert {register[code]["open_date"] for code in before} == {"2022-07-01"}


def test_residents_divide_and_add_up_again():
    divided = {code: sorted(map(float, parts.values())) for code, parts in shares().items() if len(parts) > 1}
    assert set(divided) == DIVIDED
    assert divided["QJG"] == pytest.approx([0.3490, 0.6510], abs=5e-5)
    assert divided["QM7"] == pytest.approx([0.2098, 0.7902], abs=5e-5)
    assert divided["QNQ"] == pytest.approx([0.2064, 0.2244, 0.5692], abs=5e-5)
    before, after = ({row["body_code"]: int(row["residents"]) for row in _residents(date)} for date in DATES)
    assert sum(before.values()) == sum(after.values()) == 56_550_138
    carried = defaultdict(Fraction)
    for code, parts in shares().items():
        for heir, share in parts.items():
            carried[heir] += share * before[code]
    assert carried == after


def test_small_areas_divide_and_add_up_again():
    before, after = (
        {row["body_code"]: int(row["lsoa_count"]) for row in oracle.on("footprints", date)} for date in DATES
    )
    assert sum(before.values()) == sum(after.values()) == 32_844
    gained = Counter()
    for row in oracle.rows("mergers"):
        if row["effective_date"] == "2026-04-01":
            gained[row["successor_code"]] += int(row["lsoas_to_successor"])
    for row in oracle.rows("boundary_changes"):
        if row["effective_date"] == "2026-04-01":
            gained[row["to_code"]] += int(row["lsoas_moved"])
    assert {code: count + (before["QRL"] if code == "QRL" else 0) for code, count in gained.items()} == {
        code: after[code] for code in gained
    }


def test_registered_people_are_those_of_april_2025(icbs):
    lists = {
        row["icb_code"]: int(row["registered_population"])
        for row in oracle.rows("icb_registered_population")
        if row["date"] == "2025-04-01"
    }
    first, last = (bodies(icbs, date) for date in DATES)
    assert first["registered_population"].to_dict() == lists
    assert sum(lists.values()) == last["registered_population"].sum() == 63_768_543
    assert set(pd.concat([first, last])["registered_on"]) == {pd.Timestamp("2025-04-01")}
    carried = defaultdict(Fraction)
    for code, parts in shares().items():
        for heir, share in parts.items():
            carried[heir] += share * lists[code]
    assert all(abs(last.loc[code, "registered_population"] - people) < 1 for code, people in carried.items())
    heirs = {heir for code in DIVIDED for heir in shares()[code]}
    kinds = last["registered_population_kind"]
    assert set(kinds.index[kinds == "modelled"]) == heirs and set(first["registered_population_kind"]) == {"published"}
    assert first["practices"].sum() == last["practices"].sum()


def test_allowances_are_those_published(icbs, era):
    printed = {row["icb_code"]: int(row["allowance_2025_26_gbp"]) for row in oracle.rows("icb_allowance")}
    assert abs(sum(printed.values()) - 873_991_618) < 0.5 * 42
    for date in DATES:
        found = running_costs.allowances(icbs, date, "", era).set_index("body_code")
        assert found["baseline_gbp"].sum() == sum(printed.values())
        divided = {"D7T5G", "S1Y5D", "T6Y0W", "QRL", "S9B9J", "S0E4D"} if date == DATES[1] else set()
        assert set(found.index[found["allowance_kind"] == "derived"]) == divided
        assert set(found["allowance_kind"]) <= {"published", "derived"}
    # Essex: all of Mid and South Essex, and by residents parts of two others (in £ thousand, as its source has it).
    assert found.loc["D7T5G", "baseline_gbp"] == pytest.approx(1e3 * (18_430.936 + 5_319.158 + 4_918.692), abs=2_000)
    limits = running_costs.limits(found.reset_index(), bodies(icbs, DATES[1]).reset_index(), *_cash(icbs, era))
    assert set(running_costs.summed(limits, "area_name")["allowance_kind"]) == {"published"}
    assert limits["gap_gbp"].sum() == pytest.approx(sum(printed.values()) / 2, abs=1)


def _cash(tables, era):
    cuts = running_costs.cuts(tables, era.money.target, era.money)
    assert list(cuts) == ["cash"] and cuts["cash"].release == 0.5
    return cuts.values()


def test_staff_are_of_the_icbs_in_force(icbs):
    assert round(staff.measured(icbs, "2025-04-30")["staff_fte"].sum()) == 23_741
    december = staff.measured(icbs, "2025-12-31")
    assert len(december) == 42 and round(december["staff_fte"].sum()) == 22_823


@pytest.mark.parametrize(("date", "councils", "strategic", "pairs"), [(DATES[0], 10, 10, 100), (DATES[1], 5, 7, 83)])
def test_authorities_and_neighbours(date, councils, strategic, pairs):
    assert sum(len(living) > 1 for living in oracle.authorities(date).values()) == councils
    of = {row["authority_code"]: row["strategic_name"] for row in oracle.rows("strategic_authorities")}
    within = defaultdict(set)
    for row in oracle.on("local_authority_overlap", date):
        if row["authority_code"] in of:
            within[of[row["authority_code"]]].add(row["body_code"])
    assert len(within) == 22 and sum(len(codes) > 1 for codes in within.values()) == strategic
    links = oracle.links(date)
    everyone = {code for codes in oracle.areas(date).values() for code in codes}
    assert len(links) == pairs and oracle.connected(frozenset(everyone), links)


def test_catchments_and_flows():
    by_trust, codes = defaultdict(float), {row["body_code"] for row in oracle.on("footprints", DATES[0])}
    attended = {}
    for row in oracle.rows("acute_trust_catchments"):
        by_trust[row["trust_code"]] += float(row["share_of_trust_admissions"])
        attended[row["trust_code"]] = float(row["major_attendances"] or 0)
        assert {row["icb_code"], row["host_icb_code"]} <= codes
    assert len(by_trust) == 138 and max(by_trust.values()) < 1 + 1e-6
    assert sum(attended.values()) == 16_396_174  # as published for England
    shares_of = defaultdict(float)
    for row in oracle.rows("patient_flows"):
        shares_of[row["icb_code"]] += float(row["share_of_icb_admissions"])
        assert row["kind"] == "modelled"
    assert set(shares_of) == codes and all(abs(total - 1) < 0.002 for total in shares_of.values())


def test_clusters_are_leadership_teams(icbs, era):
    """26 teams for the 42; on the 36, merged ones are one body each, and Essex, joined by parts of two, is by itself."""
    clusters = Counter(row["cluster_name"] for row in oracle.rows("clusters"))
    shared = {row["body_code"]: row["group_code"] for row in oracle.on("shared_leadership", DATES[0])}
    assert len(clusters) == 26 and shared == {row["body_code"]: row["cluster_name"] for row in oracle.rows("clusters")}
    groups = {
        date: levers.officer_groups(
            icbs["shared_leadership"], icbs["successors"], bodies(icbs, date).reset_index(), era.leadership
        )
        for date in DATES
    }
    assert [found.nunique() for found in groups.values()] == [26, 26]
    last = groups[DATES[1]]
    assert last["D7T5G"] == "D7T5G" and last["QHL"] == last["QUA"] and (last == last["S1Y5D"]).sum() == 1


# --- what follows ---


def _sets_and_plans(codes: list[str], pairs: set[frozenset[str]]) -> tuple[int, int]:
    """Connected sets of some bodies, and divisions of them into such sets: every subset tried, plans counted by bits."""
    place = {code: number for number, code in enumerate(sorted(codes))}
    near = [0] * len(codes)
    for pair in pairs:
        if pair <= set(codes):
            one, other = (place[code] for code in pair)
            near[one] |= 1 << other
            near[other] |= 1 << one

    def joined(group: int) -> bool:
        reached, edge = group & -group, group & -group
        while edge:
            around = 0
            for number in range(len(codes)):
                if edge >> number & 1:
                    around |= near[number]
            edge = around & group & ~reached
            reached |= edge
        return reached == group

    sets = [group for group in range(1, 1 << len(codes)) if joined(group)]
    with_lowest = defaultdict(list)
    for group in sets:
        with_lowest[group & -group].append(group)

    @cache
    def plans(left: int) -> int:
        return 1 if not left else sum(plans(left ^ one) for one in with_lowest[left & -left] if one & left == one)

    return len(sets), plans((1 << len(codes)) - 1)


@pytest.mark.parametrize(("date", "sets", "plans"), [(DATES[0], 1_240, 22_546), (DATES[1], 1_155, 22_364)])
def test_every_connected_set_and_plan_of_every_region(icbs, era, date, sets, plans):
    setting = candidates.prepare(icbs, date, "", 0.5, 1_000, 1, era)
    pairs, found = organisations.neighbours(icbs["links"], date), {}
    for region, codes in oracle.areas(date).items():
        area = candidates.area_plans(setting, pairs, region)
        found[region] = (len(area.sets), len(area.plans))
        assert found[region] == _sets_and_plans(codes, oracle.links(date)), region
    assert tuple(map(sum, zip(*found.values(), strict=True))) == (sets, plans)


def test_what_came_about(icbs, era):
    first, last = (bodies(icbs, date).reset_index() for date in DATES)
    came = candidates.came_about(first, icbs["successors"], era.hindsight)
    assert came.to_dict() == {code: max(parts, key=parts.get) for code, parts in shares().items()}
    # Nothing is known of what comes after the last footprint.
    assert candidates.came_about(last, icbs["successors"], era.hindsight) is None


def test_the_rules_of_2025_are_measured(icbs):
    row = pd.Series({"bodies": "A; B", "body_codes": "QHL QUA", "body_count": 2, "authorities_split": 0})
    row = pd.concat([row, pd.Series({"registered_population": 1_500_000, "officer_count": 1, "released_share": 0.02})])
    row = pd.concat([row, pd.Series({"meets_floor": "yes", "meets_guideline": "no", "strategic_split": 1})])
    row = pd.concat([row, pd.Series({"acute_trusts_least": 1, "acute_trusts_most": 3})])
    card = criteria.scorecard(row, icbs["criteria"], icbs["criteria_evidence"], 0.5).set_index("criterion")["status"]
    assert card.to_dict() == {
        **{"F1": "met", "F2": "met", "F3": "not met", "F4": "proxy only", "F5": "not met"},
        **{"F6": "proxy only", "F7": "not met", "F8": "proxy only"},
    }


def test_what_is_run_for_the_era_unless_asked():
    told = parameters.check_all({"as_at": "2026-04-01"})
    report, merged = told["area_report"], told["04_merger_candidates"]
    assert (report["area"], report["saving_target"], report["reduction_definition"]) == ("Y60", 0.5, "cash")
    assert merged["number_of_bodies"] == 26 and told["06_backtest"]["era"] == "ccg"
    with pytest.raises(InputError, match="'real' is no reading of the cut of March 2025"):
        parameters.check_all({"as_at": "2026-04-01", "reduction_definition": "real"})


def test_the_era_of_a_day():
    assert ingest.era_on("2025-12-31").name == ingest.era_on("2024-04-01").name == "icb"
    assert ingest.era_on("2018-06-30").name == ingest.era_on("2024-03-31").name == "ccg"
    with pytest.raises(InputError, match="2016-01-01"):
        ingest.era_on("2016-01-01")


def test_people_counted_for_a_footprint_that_there_is_not(tmp_path):
    text = (project_root() / "data" / "raw" / eras.FILE).read_text(encoding="utf-8")
    wrong = text.replace("lists = { 2024-04-01 =", "lists = { 2023-04-01 =")
    assert wrong != text
    (tmp_path / eras.FILE).write_text(wrong, encoding="utf-8")
    with pytest.raises(DataError, match=r"\[icb\] counted is of none of the era's footprints.*2023-04-01"):
        eras.read(tmp_path / eras.FILE)


# --- words ---

DATED = ("01_ingest", "02_running_costs", "03_alignment", "04_merger_candidates", "05_national_report")
"""The notebooks that are about the era of a date; the back-test and the effects are of CCGs, and say so."""

EVIDENCE = ("merger_evidence cell", "levers cell", "checks cell")
"""Tables that quote what was said of other bodies, or check the data of all eras."""

OF_CCGS = r"\bCCGs?\b|\bICSs?\b|\bSTPs?\b|accountable officer|integrated care system|2017/18|2020/21|November 2018|mid-2019|14\.38"
OF_ICBS = r"leadership team|2025/26|2026/27|[Hh]alf of the allowance|March 2025 asked|NHS region|mid-2020|October 2025"


@pytest.fixture(scope="module")
def pages():
    """Every page about a date of the ICBs, each region's among them, and some of the CCGs', with the words of its era."""
    found = defaultdict(list)
    with sentences.recording():
        for date in (*DATES, "2018-04-01"):
            era = ingest.era(date)
            target, areas = era.money.target, sorted(oracle.areas(date))
            for notebook in DATED:
                fields = parameters.NOTEBOOKS[notebook].model_fields
                given = {"as_at": date, "saving_target": target, "draws": 1_000}
                given["number_of_bodies"] = era.number_of_bodies or 106
                given = {name: value for name, value in given.items() if name in fields}
                found[date].append((era, sentences.page(notebook, **given)))
            for area in areas if era.name != CCGS.name else ("QGH", "QOP"):
                given = {"as_at": date, "area": area, "saving_target": target, "draws": 1_000}
                found[date].append((era, sentences.page("area_report", **given)))
    return found


def _texts(era, page):
    """What a reader of a page is told, the headings of its tables included."""
    yield from ((part, text) for part, text in page.texts if part not in EVIDENCE)
    for name, frame in page.tables.items():
        yield from (
            (f"{name} heading", wording.spoken(label(column), era.spoken)) for column in frame if column in COLUMNS
        )


@pytest.mark.parametrize("date", DATES)
def test_no_page_of_the_icbs_says_what_is_of_ccgs(pages, date):
    assert len(pages[date]) == len(DATED) + 7
    said = [
        (str(page), part, text)
        for era, page in pages[date]
        for part, text in _texts(era, page)
        if re.search(OF_CCGS, text)
    ]
    assert not said, said[:5]


def test_no_page_of_the_ccgs_says_what_is_of_icbs(pages):
    said = [
        (str(page), part, text)
        for era, page in pages["2018-04-01"]
        for part, text in _texts(era, page)
        if re.search(OF_ICBS, text) and not part.startswith("staff_by_size_later")
    ]
    assert not said, said[:5]


@pytest.mark.parametrize("date", DATES)
def test_pages_of_the_icbs_are_whole(pages, date):
    """Regions are spoken of as they are; nothing is missing, empty, or a word that was never filled in."""
    for era, page in pages[date]:
        for part, text in _texts(era, page):
            assert not re.search(r"\{|\bnan\b|\ban leader|\(\)|\b1 regions\b", text), (str(page), part, text)
            assert not re.search(r"\b(of|in) (Midlands|South|North (West\b(?! London)|East\b(?! London)))", text) or (
                "cell" in part or "alt" in part
            ), (str(page), part, text)
        assert all(len(frame) for frame in page.tables.values()), str(page)
    about = {page.notebook: page for _, page in pages[date]}
    assert "regions" in about["03_alignment"].part("finding") and "£437.0 million" in about["02_running_costs"].part(
        "finding"
    )
    assert "lists of 1 April 2025" in about["01_ingest"].part("finding")


@pytest.mark.parametrize("notebook", [*DATED, "area_report"])
def test_what_is_written_in_a_notebook_is_of_no_era(notebook):
    """Its words stand on the pages of all."""
    cells = json.loads((project_root() / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert not re.search(rf"{OF_CCGS}|\bICBs?\b|\b20%|leadership team", text)
