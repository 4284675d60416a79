"""Rules between tables, and the published totals that the data must add up to.

`cross_check` names every file, row and column that breaks a rule; `quality` compares the whole with what publishers
printed. Both look at typed tables whose columns have been checked one by one (see `schemas.validate`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from .. import wording
from ..errors import DataError, Fault, nearest, row_number
from . import compared, organisations
from .columns import (
    ALL_STAFF,
    BORDER_MEASURES,
    CRITERION_OUTCOMES,
    HAD_ALREADY,
    MERGER_QUANTITIES,
    PART_OF_SPENT,
    RELEASED,
    SPENT,
    WITHHELD_DAYS,
)
from .eras import FILE, Era
from .tables import Tables

LOOK = "look at"
"""What `quality` says of a figure that may be right or wrong."""
PUBLISHED_ALLOWANCE_2013_14_GBP = 1_345_200_000
PUBLISHED_STAFF = {"2017-09-30": (198, 16_984), "2018-06-30": (185, 17_704)}
"""Bodies with staff of their own, and their full-time equivalents, in the publication of both dates."""
MONTHS_OF_ICBS = pd.date_range("2023-01-31", "2025-12-31", freq="ME")


def of_their_era(tables: Tables, declared: Sequence[Era]) -> list[Fault]:
    """Every footprint declared has its bodies, every body its footprint, codes are of the shapes of their era, and criteria
    of an era that there is and declares what they are measured by.
    """
    footprints, faults = tables["footprints"], []
    undeclared = footprints[~footprints["as_at"].isin([date for era in declared for date in era.dates])]
    for as_at, rows in undeclared.groupby("as_at"):
        faults.append(
            Fault(
                "footprints.csv",
                f"no era has the footprint {as_at:%Y-%m-%d}",
                row_number(rows.index[0]),
                "as_at",
                f"{as_at:%Y-%m-%d}",
                f"Add the date to the footprints of its era in {FILE}, or correct it.",
            )
        )
    names = [era.name for era in declared]
    criteria = tables["criteria"]
    for index in criteria.index[~criteria["era"].isin(names)]:
        strange = criteria.loc[index, "era"]
        remedy = f"The nearest one is {nearest(strange, names)!r}."
        faults.append(Fault("criteria.csv", f"{FILE} declares no such era", row_number(index), "era", strange, remedy))
    for era in declared:
        mine = criteria[(criteria["era"] == era.name) & criteria["measured_by"].isin(BORDER_MEASURES)]
        for index in mine.index if era.borders is None else ():
            rule = f"needs [{era.name}.borders] in {FILE}, where nothing is asked of borders and size"
            measure = mine.loc[index, "measured_by"]
            faults.append(Fault("criteria.csv", rule, row_number(index), "measured_by", measure))
        for date in era.dates:
            rows = footprints[footprints["as_at"] == date]
            if rows.empty:
                remedy = f"Add its bodies, or take the date out of {FILE}."
                faults.append(Fault("footprints.csv", f"there are no bodies of {date:%d %B %Y}", remedy=remedy))
            for column, pattern in (("body_code", era.codes.body), ("area_code", era.codes.area)):
                for index in rows.index[~rows[column].str.fullmatch(pattern)]:
                    rule = f"must look like {pattern}, the codes of [{era.name}] in {FILE}"
                    faults.append(Fault("footprints.csv", rule, row_number(index), column, rows.loc[index, column]))
    return faults


def cross_check(tables: Tables) -> list[Fault]:
    """Everything in the raw tables, and in those joined from them, that breaks a rule between tables."""
    rules = (
        codes_on_their_date,
        codes_ever_in_force,
        one_area_each,
        bodies_complete,
        shares_whole,
        levers_in_order,
        levers_whole,
        criteria_measured,
        evidence_of_criteria,
        units,
        years_of_bodies,
        staff_groups_add_up,
        prescribing_measures_known,
        compared.contradictions,
    )
    return [fault for rule in rules for fault in rule(tables)]


def codes_on_their_date(tables: Tables) -> Iterable[Fault]:
    """A table about the bodies of a date names bodies that were in force on it."""
    footprints = tables["footprints"]
    known, dates = pd.MultiIndex.from_frame(footprints[["as_at", "body_code"]]), footprints["as_at"].unique()
    for name in ("local_authority_overlap", "resident_population", "deprivation", "water_pairs", "adjacency"):
        frame = tables[name]
        for column in [column for column in ("body_code", "body_code_a", "body_code_b") if column in frame]:
            pairs = pd.MultiIndex.from_frame(frame[["as_at", column]])
            for index in frame.index[frame["as_at"].isin(dates) & ~pairs.isin(known)]:
                row = frame.loc[index]
                yield Fault(
                    f"{name}.csv",
                    f"no body with this code was in force on {row['as_at']:%d %B %Y}",
                    row_number(index),
                    column,
                    row[column],
                    "Correct the code or the date; footprints.csv lists the bodies.",
                )


def codes_ever_in_force(tables: Tables) -> Iterable[Fault]:
    """A table that goes by code alone names bodies that the register knows."""
    known = set(tables["body_register"]["body_code"])
    columns = {
        "footprints": ["body_code"],
        "water_links": ["body_code_a", "body_code_b"],
        "allowance_official": ["body_code"],
        "outturn": ["body_code"],
        "staff": ["body_code"],
        "managers": ["body_code"],
        "staff_breaks": ["body_code"],
        "prescribing": ["body_code"],
        "clusters": ["body_code"],
        "icb_allowance": ["icb_code"],
        "icb_registered_population": ["icb_code"],
        "acute_trust_catchments": ["host_icb_code", "icb_code"],
        "patient_flows": ["host_icb_code", "icb_code"],
    }
    for name, column in ((name, column) for name, its in columns.items() for column in its):
        told = "body_register.csv lists them all."
        yield from _unknown(f"{name}.csv", "no body ever had this code", tables[name][column], known, told)


def _unknown(file: str, rule: str, values: pd.Series, known: Collection[str], remedy: str = "") -> Iterable[Fault]:
    """A fault for each value of a column that is not a known one, with the nearest for those that will be shown."""
    strange = values[~values.isin(known)]
    hints = {value: nearest(value, sorted(known)) for value in strange.unique()[: DataError.shown]}
    for index, value in zip(strange.index, strange, strict=True):
        hint = f"The nearest one is {hints[value]!r}. " if value in hints else ""
        yield Fault(file, rule, row_number(index), str(values.name), value, f"{hint}{remedy}".strip())


def one_area_each(tables: Tables) -> Iterable[Fault]:
    """An area has one name and one GSS code on a date."""
    footprints = tables["footprints"]
    for column in ("area_name", "area_gss_code"):
        first = footprints.groupby(["as_at", "area_code"])[column].transform("first")
        for index in footprints.index[footprints[column] != first]:
            yield Fault(
                "footprints.csv",
                f"differs from the other rows of {footprints.loc[index, 'area_code']} on that date",
                row_number(index),
                column,
                footprints.loc[index, column],
                f"The first row has {first[index]!r}.",
            )


ORIGIN = {
    "registered_population": "registered_population.csv",
    "residents": "resident_population.csv",
    "practices": "practices.csv",
    "imd_average_score": "deprivation.csv",
    "area_km2": "centroids.csv",
}


def bodies_complete(tables: Tables) -> Iterable[Fault]:
    """Every body in force has people, residents, practices, deprivation and a place."""
    bodies = tables["bodies"]
    for column, file in ORIGIN.items():
        for row in bodies[bodies[column].isna()].itertuples():
            yield Fault(
                file,
                f"there is no {column} for {row.body_code} ({row.body_name}) on {row.as_at:%d %B %Y}",
                remedy="Add the row.",
            )


def shares_whole(tables: Tables) -> Iterable[Fault]:
    """A body's shares of residents by authority sum to 1."""
    overlap = tables["local_authority_overlap"]
    totals = overlap.groupby(["as_at", "body_code"])["share_of_body_residents"].sum()
    wrong = totals[(totals - 1).abs() > 0.001]
    for (as_at, code), total in zip(wrong.index, wrong, strict=True):
        rows = map(row_number, overlap.index[(overlap["as_at"] == as_at) & (overlap["body_code"] == code)])
        yield Fault(
            "local_authority_overlap.csv",
            f"the shares of {code} on {as_at:%d %B %Y} sum to {total:.4f}, not 1 (rows {', '.join(map(str, rows))})",
            column="share_of_body_residents",
        )


def levers_in_order(tables: Tables) -> Iterable[Fault]:
    """Low is not above central, nor central above high."""
    levers = tables["levers"]
    wrong = levers[(levers["low"] > levers["central"]) | (levers["central"] > levers["high"])]
    row: Any
    for row in wrong.itertuples():
        yield Fault(
            "levers.csv",
            "low, central and high must not fall",
            row_number(row.Index),
            "central",
            f"{row.low:g}, {row.central:g}, {row.high:g}",
            "Put the three values in rising order.",
        )


WHOLE = (
    *({one} for one in RELEASED),
    *({one, PART_OF_SPENT} for one in SPENT),
    {"per body removed", HAD_ALREADY},
)
"""The formulas that the rows of one lever may have between them."""


def levers_whole(tables: Tables) -> Iterable[Fault]:
    """The rows of each lever make one formula, and the two quantities of a merger are there under their names."""
    levers = tables["levers"]
    names = levers["lever"].drop_duplicates()
    for name, rows in levers.groupby("lever", sort=False):
        formulas = rows["formula"].tolist()
        if len(formulas) != len(set(formulas)) or set(formulas) not in WHOLE:
            other = nearest(name, names[names != name])
            yield Fault(
                "levers.csv",
                f"the rows of this lever make no whole formula: {'; '.join(formulas)}",
                row_number(rows.index[0]),
                "lever",
                str(name),
                f"The nearest other lever is {other!r}: spell the name alike in every row. A lever has one row "
                f"({'; '.join(RELEASED)}), or one ({'; '.join(SPENT)}) and one {PART_OF_SPENT!r}, or 'per body removed' "
                f"and {HAD_ALREADY!r}.",
            )
    held = dict(zip(levers["quantity"], levers["formula"], strict=True))
    for quantity, formula in MERGER_QUANTITIES.items():
        spelt = nearest(quantity, held)
        if held.get(quantity) != formula:
            yield Fault(
                "levers.csv",
                f"the test of a merger needs the quantity {quantity!r} as {formula!r}",
                row_number(list(held).index(spelt)),
                "formula" if spelt == quantity else "quantity",
                held[spelt] if spelt == quantity else str(spelt),
                "Restore the row; set its values to 0 to leave it out.",
            )


def criteria_measured(tables: Tables) -> Iterable[Fault]:
    """A criterion has a measure unless it is a judgement."""
    criteria = tables["criteria"]
    wrong = criteria[(criteria["judged"] == "judgement") != criteria["measured_by"].isna()]
    row: Any
    for row in wrong.itertuples():
        yield Fault(
            "criteria.csv",
            "a judgement has nothing to measure it by, and every other criterion has",
            row_number(row.Index),
            "measured_by",
            "" if pd.isna(row.measured_by) else row.measured_by,
            f"{row.criterion} is given as {row.judged!r} in the column judged: correct one of the two.",
        )


def evidence_of_criteria(tables: Tables) -> Iterable[Fault]:
    """Evidence is about a criterion and bodies that there are, and decides in words the scorecard knows."""
    evidence, known = tables["criteria_evidence"], set(tables["body_register"]["body_code"])
    ids = tables["criteria"]["criterion"].tolist()
    row: Any
    for row in evidence.itertuples():
        found: list[tuple[str, str, Collection[str]]]
        found = [("criterion", row.criterion, ids), ("outcome", row.outcome, CRITERION_OUTCOMES)]
        found += [("body_codes", code, known) for code in row.body_codes.split()]
        for column, value, valid in found:
            if value not in valid:
                rule = "no body ever had this code" if column == "body_codes" else f"there is no such {column}"
                remedy = f"The nearest is {nearest(value, sorted(valid))!r}."
                yield Fault("criteria_evidence.csv", rule, row_number(row.Index), column, value, remedy)


def years_of_bodies(tables: Tables) -> Iterable[Fault]:
    """Allowances and outturns are of years in which their body was in force."""
    terms = organisations.terms(tables["body_register"])
    for name in ("allowance_official", "outturn"):
        yield from in_force_in_their_year(tables[name], terms, name, f"{name}.csv")


def in_force_in_their_year(
    frame: pd.DataFrame, terms: Mapping[str, tuple[pd.Timestamp, pd.Timestamp]], name: str, file: str
) -> Iterable[Fault]:
    """Rows of a year before their body came into force; of `outturn` also one after its end, or not begun yet.

    An allowance may be published for a year that its body did not live to see: it is its successor's.
    """
    outside = organisations.outside_term(frame, terms)
    for index in frame.index[outside["before"]]:
        yield _not_in_force(frame, index, file, "came into force after that year")
    if name == "outturn":
        begins = pd.to_datetime(frame["financial_year"].str[:4] + "-04-01", format="%Y-%m-%d", errors="coerce")
        to_come = begins > pd.Timestamp.today()
        for index in frame.index[outside["after"]]:
            yield _not_in_force(frame, index, file, "had ended before that year")
        for index in frame.index[to_come & ~outside["after"]]:
            yield _not_in_force(frame, index, file, "cannot have spent in a year to come")


def _not_in_force(frame: pd.DataFrame, index: Any, file: str, rule: str) -> Fault:
    year = str(frame.loc[index, "financial_year"])
    return Fault(file, f"{frame.loc[index, 'body_code']} {rule}", row_number(index), "financial_year", year)


PLAUSIBLE_GBP_PER_HEAD = (1.0, 200.0)
"""Running costs per registered person have been £13 to £50; beyond these the unit is wrong, not the body."""


def units(tables: Tables) -> Iterable[Fault]:
    """Money is in pounds: a figure in £ thousand or £ million is far from any rate per registered person."""
    for name in ("allowance_official", "outturn"):
        yield from in_pounds(tables[name], tables, f"{name}.csv")


def in_pounds(frame: pd.DataFrame, tables: Tables, file: str) -> Iterable[Fault]:
    """The rows of a table of amounts (the column that ends in `_gbp`) that are implausible per registered person."""
    of_icbs = tables["icb_registered_population"].rename(columns={"icb_code": "body_code"})
    lists = pd.concat([tables["registered_population"], of_icbs])
    column = next(name for name in map(str, frame) if name.endswith("_gbp"))
    rate = frame[column] / frame["body_code"].map(lists.groupby("body_code")["registered_population"].median())
    low, high = PLAUSIBLE_GBP_PER_HEAD
    for index in frame.index[(rate < low) | (rate > high)]:
        yield Fault(
            file,
            f"£{rate[index]:,.3f} a registered person is no running cost: the unit looks wrong",
            row_number(index),
            column,
            f"{frame.loc[index, column]:.10g}",
            "Give pounds, not thousands or millions, in every row.",
        )


ROUNDED_FTE = 0.005
"""Full-time equivalents are printed to two decimals or three."""


def staff_groups_add_up(tables: Tables) -> Iterable[Fault]:
    """Where staff are given by group, the groups sum to all staff, but for rounding and what the withheld ones can hold."""
    staff = tables["staff"]
    key = ["date", "body_code"]
    whole = staff["staff_group"] == ALL_STAFF
    totals = staff[whole].reset_index(names="row").set_index(key)[["row", "staff_fte"]]
    parts = staff[~whole].groupby(key)["staff_fte"].agg(sum="sum", count="size", given="count")
    joined = parts.join(totals, how="left")
    short = joined["staff_fte"] - joined["sum"]
    room = ROUNDED_FTE * (joined["count"] + 1) + 1e-9
    withheld = WITHHELD_DAYS / joined.index.get_level_values("date").day
    most = withheld * (joined["count"] - joined["given"]) + room
    # A total that is withheld itself is as small as a group that is.
    fits = short.between(-room, most) | (
        joined["row"].notna() & joined["staff_fte"].isna() & (joined["sum"] <= withheld)
    )
    row: Any
    for row in joined[~fits].reset_index().itertuples():
        about = f"{row.body_code} on {row.date:%d %B %Y}"
        if pd.isna(row.row):
            yield Fault(
                "staff.csv",
                f"{about} has staff groups and no total of them",
                column="staff_group",
                remedy=f"Add the row {ALL_STAFF!r}.",
            )
            continue
        rows = staff.index[(staff["date"] == row.date) & (staff["body_code"] == row.body_code) & ~whole]
        yield Fault(
            "staff.csv",
            f"the {row.given} staff groups given for {about} sum to {row.sum:,.2f}, and all staff to {row.staff_fte:,.2f} "
            f"(groups in rows {', '.join(str(row_number(index)) for index in rows)})",
            row_number(int(row.row)),
            "staff_fte",
            f"{row.staff_fte:.10g}",
            f"Correct the group or the total; a group left blank can hold up to {WITHHELD_DAYS / row.date.day:.1f}.",
        )


def prescribing_measures_known(tables: Tables) -> Iterable[Fault]:
    """Every prescribing measure has its title."""
    measures, known = tables["prescribing"]["measure"], set(tables["prescribing_measures"]["measure"])
    yield from _unknown("prescribing.csv", "prescribing_measures.csv has no such measure", measures, known)


def quality(tables: Tables, declared: Sequence[Era]) -> pd.DataFrame:
    """The checks of published totals and of consistency, one row each: expected, found, passed, source."""
    rows: list[tuple[str, str, str, bool, str]] = []

    def check(name: str, expected: object, found: object, source: str, passed: bool | None = None) -> None:
        one, other = (f"{value:,}" if isinstance(value, int) else str(value) for value in (expected, found))
        rows.append((name, one, other, expected == found if passed is None else passed, source))

    everyone = tables["bodies"]
    for era in declared:
        printed = era.published
        for day, count in printed.bodies.items():
            there = everyone["as_at"] == pd.Timestamp(day)
            check(f"Bodies in force on {wording.date(day)}", count, int(there.sum()), "footprints.csv")
        for day, count in printed.areas.items():
            there = everyone.loc[everyone["as_at"] == pd.Timestamp(day), "area_code"]
            check(f"Areas on {wording.date(day)}", count, there.nunique(), "footprints.csv")
        for day, count in printed.merged.items():
            merged = organisations.only_mergers(tables["mergers"])["effective_date"] == pd.Timestamp(day)
            check(f"Bodies that went into mergers on {wording.date(day)}", count, int(merged.sum()), "mergers.csv")
        for day, count in printed.registered_people.items():
            people = int(everyone.loc[everyone["as_at"] == pd.Timestamp(day), "registered_population"].sum())
            listed = era.counted.lists.get(day, day)
            lists = tables["registered_population"]
            lists = lists[lists["date"] == pd.Timestamp(listed)]
            # An official file added for that date counts practices a little differently from the monthly extract held.
            room = 0.005 * count if lists["source_id"].str.startswith("NHSD-").all() else 0
            passed = abs(people - count) <= room
            of = wording.date(day) if listed == day else f"{wording.date(listed)}, on the bodies of {wording.date(day)}"
            check(f"Registered people, {of}", count, people, "registered_population.csv", passed)
        for name, count, found, file, room in _of_era(tables, era):
            check(name, count, found, file, abs(found - count) <= room)
    allowance = tables["allowance_2013_14"]
    total = float(allowance["allowance_gbp"].sum())
    check(
        "Allowances of 2013/14, sum of 211 bodies",
        "£1,345.2 million",
        f"£{total / 1e6:,.1f} million",
        "allowance_2013_14.csv",
        abs(total - PUBLISHED_ALLOWANCE_2013_14_GBP) < 50_000,
    )
    # The publisher rounds to £10,000, so each allowance is within £5,000 of £25.00 a head.
    at_rate = (allowance["allowance_gbp"] - 25 * allowance["adjusted_population"]).abs() <= 5_000.5
    check(
        "Bodies at £25.00 per ONS-adjusted head in 2013/14, to rounding",
        len(allowance),
        int(at_rate.sum()),
        "allowance_2013_14.csv",
    )
    independent = tables["gp_payments"].query("financial_year == '2018/19'").set_index("body_code")
    in_2018 = everyone[everyone["as_at"] == pd.Timestamp("2018-04-01")].set_index("body_code")
    ratio = independent["registered_population"] / in_2018["registered_population"]
    far = int(((ratio - 1).abs() > 0.05).sum())
    check(
        "Bodies whose list is within 5% of NHS Payments 2018/19",
        "at least 190 of 195",
        f"{len(ratio) - far} of 195",
        "gp_payments.csv",
        far <= 5,
    )
    staff = tables["staff"][tables["staff"]["staff_group"] == ALL_STAFF]
    for counted, (count, published) in PUBLISHED_STAFF.items():
        held = staff[staff["date"] == pd.Timestamp(counted)]
        check(f"Bodies with staff of their own, {wording.date(counted)}", count, len(held), "staff.csv")
        check(
            f"Their staff, full-time equivalents, {wording.date(counted)}",
            published,
            round(float(held["staff_fte"].sum())),
            "staff.csv",
        )
    monthly = staff[staff["date"].isin(MONTHS_OF_ICBS)].groupby("date")["body_code"].nunique()
    icbs = len(tables["icb_allowance"])
    check(
        "Months from January 2023 to December 2025 with the staff of every ICB",
        len(MONTHS_OF_ICBS),
        int((monthly == icbs).sum()),
        "staff.csv",
    )
    check("Bodies whose managers in two publications agree, 30 September 2017", *_managers(tables), "managers.csv")
    shares = tables["successors"].groupby(["from_date", "body_code", "as_at"])["share_of_people_to_successor"].sum()
    check(
        "Bodies whose successors' shares do not sum to 1",
        0,
        int(((shares - 1).abs() > 1e-9).sum()),
        "body_register.csv",
    )
    for era in declared:
        if era.published.land_km2 is None:
            continue
        least, most = era.published.land_km2
        for date in era.dates:
            km2 = float(everyone.loc[everyone["as_at"] == date, "area_km2"].sum())
            name, expected = f"Land in the footprint of {wording.date(date)}, km²", f"{least:,.0f} to {most:,.0f}"
            check(name, expected, f"{km2:,.0f}", "centroids.csv", least <= km2 <= most)
    frame = pd.DataFrame(rows, columns=["check", "expected", "found", "passed", "source"])
    frame = frame.assign(passed=frame["passed"].map({True: "yes", False: "no"}))
    return pd.concat([frame, _to_look_at(tables)], ignore_index=True)


def _to_look_at(tables: Tables) -> pd.DataFrame:
    """Figures far from those beside them, a row of `quality` for each kind: they may be right, so none is refused."""
    rows = [
        (kind, "none", wording.listed(found, 5) or "none", LOOK if found else "yes", "data/raw")
        for kind, found in compared.outliers(tables).items()
    ]
    return pd.DataFrame(rows, columns=["check", "expected", "found", "passed", "source"])


def _of_era(tables: Tables, era: Era) -> Iterable[tuple[str, int, int, str, float]]:
    """The other totals that an era declares: what is checked, expected, found, in which file, and how far they may differ."""
    printed, bodies, authorities = era.published, tables["bodies"], tables["authorities"]
    for day, count in printed.residents.items():
        there = bodies["as_at"] == pd.Timestamp(day)
        yield (
            f"Residents, {wording.date(day)}",
            count,
            int(bodies.loc[there, "residents"].sum()),
            "resident_population.csv",
            0,
        )
    for day, count in printed.rook_pairs.items():
        rook = (tables["links"]["as_at"] == pd.Timestamp(day)) & (tables["links"]["link"] == "rook")
        yield f"Neighbours by land on {wording.date(day)}, pairs", count, int(rook.sum()), "adjacency.csv", 0
    strategic = tables["strategic_authorities"].set_index("authority_code")["strategic_name"]
    tiers = {
        "Upper-tier": (printed.upper_tier_split, authorities["upper_tier_code"], "local_authority_overlap.csv"),
        "Strategic": (
            printed.strategic_split,
            authorities["authority_code"].map(strategic),
            "strategic_authorities.csv",
        ),
    }
    for tier, (counts, authority, file) in tiers.items():
        for day, count in counts.items():
            there = authorities["as_at"] == pd.Timestamp(day)
            within = authorities.loc[there, "body_code"].groupby(authority[there]).nunique()
            name = f"{tier} authorities in more than one body on {wording.date(day)}"
            yield name, count, int((within > 1).sum()), file, 0
    staff = tables["staff"][tables["staff"]["staff_group"] == ALL_STAFF]
    for day, count in printed.staff_fte.items():
        there = staff["date"] == pd.Timestamp(day)
        fte = round(float(staff.loc[there, "staff_fte"].sum()))
        # A month that is published anew differs a little.
        yield f"Staff, full-time equivalents, {wording.date(day)}", count, fte, "staff.csv", 0.005 * count
    for year, total in printed.allowances_gbp.items():
        each = tables["icb_allowance"][f"allowance_{year.replace('/', '_')}_gbp"]
        # Printed in £ thousand with decimals, and held in pounds: each allowance is within 50p.
        name = f"Running cost allowances of {year}, £, to rounding"
        yield name, total, round(float(each.sum())), "icb_allowance.csv", 0.5 * len(each)


def _managers(tables: Tables) -> tuple[int, int]:
    """Bodies in both tables of managers on 30 September 2017, and those with the same figure in both, to rounding."""
    day, staff = pd.Timestamp("2017-09-30"), tables["staff"]
    groups = staff[(staff["date"] == day) & staff["staff_group"].isin(["Managers", "Senior managers"])]
    one = groups.groupby("body_code")["staff_fte"].sum()
    other = tables["managers"].query("date == @day").set_index("body_code")["managers_fte"]
    both = one.index.intersection(other.index)
    return len(both), int(((one - other)[both].abs() <= 0.01).sum())
