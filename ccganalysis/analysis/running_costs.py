"""Running cost allowances: the published rule, three models of later years, the limit, and the gap to it.

An allowance is a price list (a rate per head), not a cost: nothing here regresses it on size. The baseline year, the cut
and how allowances may be modelled are those of the era (`eras.Money`); where it has no model, and wherever
`data/raw/allowance_official.csv` has a figure, allowances are as published. Every figure carries its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..data import organisations
from ..data.eras import Era, Money
from ..data.tables import Day, Tables
from ..errors import DataError, Fault, InputError, row_number, unknown

PUBLISHED_RATE_GBP = 25.0
PUBLISHED_ROUNDING_GBP = 5_000.5
"""2013/14 allowances are printed in £ million with two decimals, so each is within £5,000 of the rule."""

MODELS = ("carried", "per_head_registered", "per_head_adjusted")
CASH, REAL, OBSERVED = DEFINITIONS = ("cash", "real", "observed_cash")
EVERYONE = "England"
AS_DEFLATOR, AS_UPLIFT = "gdp_deflator", "as_uplift"
"""Prices rise as the GDP deflator does; costs rise as those prices do."""


# --- the published rule ---


def published_rule(allowance_2013_14: pd.DataFrame) -> pd.DataFrame:
    """The 2013/14 allowances against £25.00 per ONS-adjusted registered head: one row per body.

    Adds `allowance_at_rate_gbp` and `difference_gbp`. Raises `DataError` naming the rows where the difference is more
    than the publisher's rounding, for then either the file or the rule the models rest on is wrong.
    """
    frame = allowance_2013_14.assign(
        allowance_at_rate_gbp=PUBLISHED_RATE_GBP * allowance_2013_14["adjusted_population"]
    )
    frame["difference_gbp"] = frame["allowance_gbp"] - frame["allowance_at_rate_gbp"]
    off = frame[frame["difference_gbp"].abs() > PUBLISHED_ROUNDING_GBP]
    if len(off):
        raise DataError(
            [
                Fault(
                    "allowance_2013_14.csv",
                    f"{row.body_name} is £{row.difference_gbp:,.0f} from £25.00 a head, more than rounding explains",
                    row_number(row.Index),
                    "allowance_gbp",
                    f"{row.allowance_gbp:.0f}",
                )
                for row in off.itertuples()
            ]
        )
    return frame


def rule_summary(rule: pd.DataFrame) -> dict[str, float]:
    """How well the rule holds: bodies, people and £ in all, bodies within `PUBLISHED_ROUNDING_GBP` and the largest
    difference; `rule` as `published_rule`.
    """
    allowance, adjusted = rule["allowance_gbp"].sum(), rule["adjusted_population"].sum()
    return {
        "body_count": len(rule),
        "allowance_gbp": allowance,
        "adjusted_population": adjusted,
        "allowance_gbp_per_head": allowance / adjusted,
        "on_the_rule_count": int((rule["difference_gbp"].abs() <= PUBLISHED_ROUNDING_GBP).sum()),
        "largest_difference_gbp": rule["difference_gbp"].abs().max(),
    }


def national_series(national: pd.DataFrame) -> pd.DataFrame:
    """CCGs' total running cost allowance, 2013/14 to 2018/19: `financial_year`, `allowance_gbp`, `kind`, `source`, `note`.

    Totals that no one printed are marked: 2016/17 and 2017/18 are assumed flat in cash between the derived total of
    2015/16 and the NAO's "currently" of December 2018.
    """
    totals = national[national["measure"].isin(["CCG running cost allowance total", "CCG running cost funding"])]
    # 2013/14 has both NHS England's exact sum and the NAO's rounded figure; the exact one is used.
    totals = totals.drop_duplicates("financial_year").sort_values("financial_year")
    totals = totals[totals["financial_year"] <= "2018/19"]
    frame = totals.assign(allowance_gbp=totals["value"] * 1e6)[
        ["financial_year", "allowance_gbp", "kind", "source", "note"]
    ]
    latest = frame[frame["financial_year"] == "2018/19"].iloc[0]
    flat = pd.DataFrame(
        {
            "financial_year": ["2016/17", "2017/18"],
            "allowance_gbp": latest["allowance_gbp"],
            "kind": "assumed",
            "source": f"flat in cash to {latest['source']}",
            "note": "no total was published that could be read; 2015/16 and 2018/19 agree to 0.1%",
        }
    )
    return pd.concat([frame, flat]).sort_values("financial_year", ignore_index=True)


def national_arithmetic(national: pd.DataFrame, target: float, money: Money) -> pd.DataFrame:
    """What the cut is of, and why £320 million is not CCGs' alone: `value_gbp`, `kind`, `source`.

    Rows by name: `total` (the allowance of the baseline year), `part` (the target's share of it), `letter` (what the
    letter of November 2018 names, national bodies included), `others` (the least that these have to release).
    """
    series = national_series(national).set_index("financial_year")
    total = series["allowance_gbp"][money.baseline_year]
    asked = national.loc[national["measure"] == "saving asked for against 2017/18"].iloc[0]
    letter, derived = asked["value"] * 1e6, ("derived", "arithmetic")
    rows = {
        "total": (total, *series.loc[money.baseline_year, ["kind", "source"]]),
        "part": (target * total, *derived),
        "letter": (letter, asked["kind"], asked["source"]),
        "others": (letter - target * total, *derived),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value_gbp", "kind", "source"])


# --- allowances by body ---


def allowances(tables: Tables, as_at: Day, model: str, era: Era) -> pd.DataFrame:
    """The baseline of every body of a footprint: predecessors summed, splits weighted by residents.

    `tables` holds the processed tables `bodies`, `successors` and `allowance_official`, and those that the era's models
    need: `allowance_2013_14`, `national_running_costs`. Columns: `body_code`, `baseline_gbp` (whole pounds that sum to
    the national total), `adjusted_population` (people, modelled; missing where nothing is modelled), `allowance_kind`.
    Raises `InputError` for a model that the era does not have, and for bodies without an allowance where it has none.
    """
    day = era.money.baseline_date
    base = _baseline_bodies(tables, model, era) if era.money.models else _published_bodies(tables, era)
    successors, amounts = tables["successors"], ["baseline_gbp", "adjusted_population"]
    carried = organisations.to_footprint(base, successors, day, as_at, amounts)
    mapping = organisations.followed(successors, day, as_at)
    kinds = base.set_index("body_code")["allowance_kind"]
    # What was published for a body that was divided is split by residents.
    each = mapping["body_code"].map(kinds)
    each = each.mask(each.eq("published") & mapping["share_of_people_to_successor"].lt(1), "derived").dropna()
    frame = carried.assign(
        baseline_gbp=organisations.whole(carried["baseline_gbp"]),
        allowance_kind=each.groupby(mapping["successor_code"]).agg(_weakest).reindex(carried.index),
    )
    return frame.reset_index()


def _weakest(kinds: pd.Series) -> str:
    return next(kind for kind in ("modelled", "derived", "published") if (kinds == kind).any())


def _published_bodies(tables: Tables, era: Era) -> pd.DataFrame:
    """The bodies of the baseline footprint with their published `baseline_gbp`, where nothing is modelled."""
    money = era.money
    codes = pd.Index(organisations.footprint(tables["bodies"], money.baseline_date)["body_code"])
    official = _official_baseline(tables, codes, era)
    if missing := sorted(set(codes) - set(official.index)):
        raise InputError(
            f"allowance_official.csv has no allowance of {money.baseline_year} for {', '.join(missing)}: all are needed, "
            f"as eras.toml names no model for [{era.name}]."
        )
    frame = pd.DataFrame({"baseline_gbp": official[codes], "adjusted_population": np.nan})
    return frame.assign(allowance_kind="published").rename_axis("body_code").reset_index()


def _baseline_bodies(tables: Tables, model: str, era: Era) -> pd.DataFrame:
    """The bodies of the baseline footprint with `baseline_gbp`, `adjusted_population` and `allowance_kind`."""
    money = era.money
    if model not in money.models:
        raise InputError(unknown("allowance_model", model, money.models))
    bodies = organisations.footprint(tables["bodies"], money.baseline_date).set_index("body_code")
    published = organisations.to_footprint(
        tables["allowance_2013_14"],
        tables["successors"],
        era.first_date,
        money.baseline_date,
        ["allowance_gbp", "registered_population", "adjusted_population"],
    )
    registered = bodies["registered_population"].astype("float64")
    adjusted = registered * published["adjusted_population"] / published["registered_population"]
    basis = {"carried": published["allowance_gbp"], "per_head_registered": registered, "per_head_adjusted": adjusted}
    weight = basis[model].reindex(bodies.index)
    series = national_series(tables["national_running_costs"]).set_index("financial_year")
    baseline = weight / weight.sum() * series["allowance_gbp"][money.baseline_year]
    kind = pd.Series("modelled", index=bodies.index)

    official = _official_baseline(tables, bodies.index, era)
    if len(official):
        # The rest share what the national total leaves, so that a partly official table still sums to it.
        rest = baseline.index.difference(official.index)
        left = series["allowance_gbp"][money.baseline_year] - official.sum()
        if len(rest):
            baseline[rest] = weight[rest] / weight[rest].sum() * max(left, 0)
        baseline[official.index] = official
        kind[official.index] = "published"
    frame = pd.DataFrame({"baseline_gbp": baseline, "adjusted_population": adjusted, "allowance_kind": kind})
    return frame.rename_axis("body_code").reset_index()


def _official_baseline(tables: Tables, codes: pd.Index, era: Era) -> pd.Series:
    """The official allowance of the baseline year of the bodies of the baseline footprint that have one, £ by code.

    An allowance may be set on bodies of before (NHS England set five years' on those of 2016): those that had merged by
    the baseline footprint are summed to their successor, if all of its members have a figure.
    """
    table, year = tables["allowance_official"], era.money.baseline_year
    official = table[table["financial_year"] == year].set_index("body_code")["allowance_gbp"]
    current, ended = official[official.index.isin(codes)], official[~official.index.isin(codes)]
    if ended.empty:
        return current
    moves = organisations.followed(tables["successors"], era.first_date, era.money.baseline_date)
    if strange := sorted(set(ended.index) - set(moves["body_code"])):
        raise InputError(
            f"allowance_official.csv: not in force in {year} or before: {', '.join(strange)}. "
            "Check the codes and the year."
        )
    moves = moves[~moves["body_code"].isin(codes)]
    whole = moves["body_code"].isin(ended.index).groupby(moves["successor_code"]).transform("all")
    carried = moves[whole].assign(allowance_gbp=moves["body_code"].map(ended) * moves["share_of_people_to_successor"])
    summed_up = carried.groupby("successor_code")["allowance_gbp"].sum()
    found: pd.Series = pd.concat([current, summed_up[~summed_up.index.isin(current.index)]])
    return found


# --- limit and gap ---


@dataclass(frozen=True)
class Cut:
    """One reading of the cut: what it takes from the allowance, and what has to be released, as shares of the baseline.

    The two differ where costs rise meanwhile: with the allowance down by c in cash and costs up by p, a body has to
    release p + c of what it spent before. In real terms c = 1 - (1 - target) x (1 + u); with costs up by u as well,
    p + c = target x (1 + u): the target, at the prices of the day.
    """

    definition: str
    target: float
    allowance_fall: float
    price_rise: float
    price_pressure: float

    @property
    def release(self) -> float:
        """What has to be released, as a share of the baseline."""
        return self.price_pressure + self.allowance_fall


def definitions(target: float, money: Money) -> tuple[str, ...]:
    """The readings of the cut that a target has: `observed_cash` is of the share that was asked, and of no other."""
    asked = np.isclose(target, money.target)
    return tuple(reading for reading in money.readings if asked or reading != OBSERVED)


def cuts(
    tables: Tables, target: float, money: Money, price_uplift: str = AS_DEFLATOR, price_pressure: str = AS_UPLIFT
) -> dict[str, Cut]:
    """The readings of the cut, by name: those of the era's `cash`, `real` and, for the share asked, `observed_cash`.

    `cash`: the target in pounds, at the prices of the baseline year; pay and prices are not counted. `real`: the target
    after a rise in prices (`price_uplift`: the GDP deflator's, or a share such as "0.06"), where costs have risen by
    `price_pressure` (as much, or a share; "0" where pay and prices are absorbed elsewhere). `observed_cash`: the fall
    in allowances that four local papers show (`national_running_costs`); they are of the 20%, so with another target
    that reading is left out.
    """
    found = {}
    for reading in definitions(target, money):
        if reading == CASH:
            found[CASH] = Cut(CASH, target, target, 0.0, 0.0)
        elif reading == REAL:
            rise = uplift(tables["gdp_deflator"], money, price_uplift)
            pressure = rise if price_pressure == AS_UPLIFT else float(price_pressure)
            found[REAL] = Cut(REAL, target, 1 - (1 - target) * (1 + rise), rise, pressure)
        else:
            national = tables["national_running_costs"]
            observed = national["measure"].str.startswith("cash cut in published allowances")
            fall = float(national.loc[observed, "value"].iloc[0]) / 100
            found[OBSERVED] = Cut(OBSERVED, target, fall, 0.0, 0.0)
    return found


def check_definition(definition: str, target: float, money: Money) -> None:
    """Raise `InputError` where the target has no such reading."""
    if definition in definitions(target, money):
        return
    choices = f"With {target} choose {' or '.join(definitions(target, money))}."
    if definition in money.readings:
        raise InputError(
            f"reduction_definition = {definition!r} goes with saving_target = {money.target:.2f} only: the local papers "
            f"are of the {money.target:.0%} that was asked for. {choices}"
        )
    raise InputError(f"reduction_definition = {definition!r} is no reading of the cut of {money.asked}. {choices}")


def uplift(deflator: pd.DataFrame, money: Money, price_uplift: str = AS_DEFLATOR) -> float:
    """The rise in prices from the baseline year to the target year: the GDP deflator's, or the stated one."""
    if price_uplift != AS_DEFLATOR:
        return float(price_uplift)
    index = deflator.set_index("financial_year")["gdp_deflator_index"]
    if missing := [year for year in (money.baseline_year, money.target_year) if year not in index]:
        raise InputError(
            f"gdp_deflator.csv has no {' or '.join(missing)}: give price_uplift as a share, such as 0.06, or add the year."
        )
    return float(index[money.target_year] / index[money.baseline_year] - 1)


def limits(baseline: pd.DataFrame, bodies: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """Baseline, limit and gap of every body of a footprint, in whole pounds, with £ per head of three populations.

    `baseline` is from `allowances`, `bodies` one footprint. `cost_gbp` is the baseline at the prices of the day,
    `allowance_fall_gbp` what the allowance loses in cash, `gap_gbp` what has to be released. Rates are per registered
    person and per resident of the footprint's date, and per ONS-adjusted registered person (modelled).
    """
    return with_limits(organisations.beside(bodies, baseline, "allowance"), cut)


def with_limits(frame: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """`limits` of bodies that have their baseline already: cost, limit, gap and rates for another cut."""
    baseline = frame["baseline_gbp"].astype("float64")
    return _with_rates(
        frame.assign(
            cost_gbp=organisations.whole(baseline * (1 + cut.price_pressure)),
            limit_gbp=organisations.whole(baseline * (1 - cut.allowance_fall)),
        )
    )


def summed(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """`limits` added up by `area_name`, `region_name` or `England`: bodies, people, £, rates and kinds."""
    keys = {"area_name": ["area_code", "area_name"], "region_name": ["region_code", "region_name"]}.get(by)
    if by == EVERYONE:
        frame, keys = frame.assign(region_name=EVERYONE), ["region_name"]
    if keys is None:
        raise InputError(unknown("grouping", by, ["area_name", "region_name", EVERYONE]))
    amounts = ["registered_population", "residents", "adjusted_population", "baseline_gbp", "cost_gbp", "limit_gbp"]
    grouped = frame.groupby(keys, as_index=False)
    totals = grouped[amounts].sum(min_count=1)
    totals.insert(len(keys), "body_count", grouped.size()["size"])
    totals["allowance_kind"] = grouped["allowance_kind"].agg(
        # What was split between bodies adds up again.
        lambda kinds: "modelled" if (kinds == "modelled").any() else "published"
    )["allowance_kind"]
    return _with_rates(totals)


def _with_rates(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(
        allowance_fall_gbp=frame["baseline_gbp"] - frame["limit_gbp"], gap_gbp=frame["cost_gbp"] - frame["limit_gbp"]
    )
    for population in ("registered_population", "residents", "adjusted_population"):
        frame[f"baseline_gbp_per_{PER_HEAD[population]}"] = frame["baseline_gbp"] / frame[population]
    return frame


def limit_table(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """`summed` by area or region with England as the last row: the columns a reader wants, largest gap first."""
    place = "region_name" if by == "region_name" else "area_name"
    parts = summed(frame, by).sort_values("gap_gbp", ascending=False)
    england = summed(frame, EVERYONE).rename(columns={"region_name": place})
    columns = [
        place,
        "body_count",
        "registered_population",
        *AMOUNTS,
        *(f"baseline_gbp_per_{whom}" for whom in PER_HEAD.values()),
        "allowance_kind",
    ]
    # Where nothing is modelled there are no adjusted people, and no rate of them.
    return pd.concat([england, parts])[columns].dropna(axis="columns", how="all").reset_index(drop=True)


def body_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Limits of a few bodies with their sum as the first row: the columns a reader wants, largest first."""
    columns = ["registered_population", *AMOUNTS]
    summed_up = [*columns, "cost_gbp", "residents", "adjusted_population"]
    total = _with_rates(pd.DataFrame({name: [frame[name].sum(min_count=1)] for name in summed_up}))
    total = total.assign(body_name="All bodies", allowance_kind=frame["allowance_kind"].iloc[0])
    chosen = ["body_name", *columns, *(f"baseline_gbp_per_{whom}" for whom in PER_HEAD.values()), "allowance_kind"]
    parts = frame[chosen].sort_values("baseline_gbp", ascending=False)
    table = pd.concat([total[chosen], parts], ignore_index=True).dropna(axis="columns", how="all")
    return table.astype({name: "int64" for name in columns})


AMOUNTS = ["baseline_gbp", "limit_gbp", "allowance_fall_gbp", "gap_gbp"]
"""What a reader is told of a place: what it had, may spend, loses, and has to release."""

PER_HEAD = {
    "registered_population": "registered_person",
    "residents": "resident",
    "adjusted_population": "adjusted_person",
}


def definitions_compared(readings: dict[str, Cut], total_gbp: float) -> pd.DataFrame:
    """What each reading of the cut (`cuts`) asks of a baseline: `reduction_definition`, `allowance_fall_share`,
    `limit_gbp`, `allowance_fall_gbp`, `release_share`, `gap_gbp` (what has to be released).
    """
    rows = []
    for name, one in readings.items():
        limit, cost = round(total_gbp * (1 - one.allowance_fall)), round(total_gbp * (1 + one.price_pressure))
        rows.append((name, one.allowance_fall, limit, round(total_gbp) - limit, one.release, cost - limit))
    columns = ["reduction_definition", "allowance_fall_share", "limit_gbp", "allowance_fall_gbp", "release_share"]
    return pd.DataFrame(rows, columns=[*columns, "gap_gbp"])


def models_compared(tables: Tables, as_at: Day, era: Era) -> pd.DataFrame:
    """Each body's baseline under the era's models: `body_code`, `carried_gbp`, `per_head_registered_gbp`, ..."""
    columns = {
        f"{model}_gbp": allowances(tables, as_at, model, era).set_index("body_code")["baseline_gbp"]
        for model in era.money.models
    }
    return pd.DataFrame(columns).reset_index()


# --- validation against local figures ---


def validation(tables: Tables, era: Era) -> pd.DataFrame:
    """The modelled baseline beside the running costs and allowances that councils and the press reported.

    One row per observation and model: `bodies`, `period`, `reported_gbp`, `allowance_model`, `modelled_gbp`,
    `error_share`. Only whole running costs or allowances of CCGs are compared; reported savings are not levels.
    """
    observed = tables["running_cost_observations"]
    levels = observed["measure"].isin(["running cost allowance", "running costs", "running costs before"])
    observed = observed[levels & (observed["unit"] == "£")]
    rows = []
    for model in era.money.models:
        base = _baseline_bodies(tables, model, era).set_index("body_code")["baseline_gbp"]
        row: Any
        for row in observed.itertuples():
            modelled = _level(base, row.body_codes.split(), tables["successors"], era)
            rows.append((row.bodies, row.period, row.value, model, modelled, modelled / row.value - 1, row.source))
    columns = ["bodies", "period", "reported_gbp", "allowance_model", "modelled_gbp", "error_share", "source"]
    return pd.DataFrame(rows, columns=columns)


def _level(base: pd.Series, codes: list[str], successors: pd.DataFrame, era: Era) -> float:
    """The modelled baseline of the bodies named, which may have opened or closed on either side of its footprint."""
    missing = [code for code in codes if code not in base.index]
    if not missing:
        return float(base[codes].sum())
    onward = organisations.followed(successors, era.first_date, era.money.baseline_date)
    onward = onward[onward["body_code"].isin(codes)]
    heirs = onward["successor_code"].unique()
    if set(heirs) - set(base.index) or len(onward) < len(codes):
        raise InputError(
            f"running_cost_observations.csv: no {era.money.baseline_year} baseline for {', '.join(missing)}."
        )
    return float(base[heirs].sum())
