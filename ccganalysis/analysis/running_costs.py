"""Running cost allowances: the published rule, three models of later years, the limit, and the gap to it.

An allowance is a price list (a rate per head), not a cost: nothing here regresses it on size. Allowances after
2013/14 are modelled unless the official figures are in `data/raw/allowance_official.csv`; every figure carries its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..data import organisations
from ..data.tables import Day, Tables
from ..errors import DataError, Fault, InputError, row_number, unknown

BASELINE_YEAR = "2017/18"
TARGET_YEAR = "2020/21"
BASELINE_DATE = pd.Timestamp("2017-04-01")
PUBLISHED_DATE = pd.Timestamp("2013-04-01")
PUBLISHED_RATE_GBP = 25.0
PUBLISHED_ROUNDING_GBP = 5_000.5
"""2013/14 allowances are printed in £ million with two decimals, so each is within £5,000 of the rule."""

MODELS = ("carried", "per_head_registered", "per_head_adjusted")
DEFINITIONS = ("cash", "real", "observed_cash")
EVERYONE = "England"
TARGET_ASKED = 0.20
"""The share asked for in November 2018."""
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


def national_arithmetic(national: pd.DataFrame, target: float) -> pd.DataFrame:
    """What the cut is of, and why £320 million is not CCGs' alone: `measure`, `value_gbp`, `kind`, `source`."""
    series = national_series(national).set_index("financial_year")
    total = series["allowance_gbp"][BASELINE_YEAR]
    asked = national.loc[national["measure"] == "saving asked for against 2017/18"].iloc[0]
    rows = [
        (
            "Total allowance of CCGs in 2017/18",
            total,
            series.loc[BASELINE_YEAR, "kind"],
            series.loc[BASELINE_YEAR, "source"],
        ),
        (f"{target:.0%} of that total", target * total, "derived", "arithmetic"),
        (
            "Saving named in the letter of November 2018, CCGs together with national bodies",
            asked["value"] * 1e6,
            asked["kind"],
            asked["source"],
        ),
        ("So the national bodies' part is at least", asked["value"] * 1e6 - target * total, "derived", "arithmetic"),
    ]
    return pd.DataFrame(rows, columns=["measure", "value_gbp", "kind", "source"])


# --- allowances by body ---


def allowances(tables: Tables, as_at: Day, model: str) -> pd.DataFrame:
    """The 2017/18 baseline of every body of a footprint: predecessors summed, splits weighted by residents.

    `tables` holds the processed tables `bodies`, `successors`, `allowance_2013_14`, `national_running_costs` and
    `allowance_official` (which may be empty). Columns: `body_code`, `baseline_gbp` (whole pounds that sum to the
    national total), `adjusted_population` (people, modelled), `allowance_kind`.
    """
    base = _baseline_bodies(tables, model)
    successors, amounts = tables["successors"], ["baseline_gbp", "adjusted_population"]
    carried = organisations.to_footprint(base, successors, BASELINE_DATE, as_at, amounts)
    mapping = organisations.followed(successors, BASELINE_DATE, as_at)
    published = base.set_index("body_code")["allowance_kind"].eq("published")
    all_published = mapping["body_code"].map(published).dropna().astype(bool).groupby(mapping["successor_code"]).all()
    frame = carried.assign(
        baseline_gbp=whole_pounds(carried["baseline_gbp"]),
        allowance_kind=all_published.map({True: "published", False: "modelled"}).reindex(carried.index),
    )
    return frame.reset_index()


def _baseline_bodies(tables: Tables, model: str) -> pd.DataFrame:
    """The 207 bodies of April 2017 with `baseline_gbp` of 2017/18, `adjusted_population` and `allowance_kind`."""
    if model not in MODELS:
        raise InputError(unknown("allowance_model", model, MODELS))
    bodies = organisations.footprint(tables["bodies"], BASELINE_DATE).set_index("body_code")
    published = organisations.to_footprint(
        tables["allowance_2013_14"],
        tables["successors"],
        PUBLISHED_DATE,
        BASELINE_DATE,
        ["allowance_gbp", "registered_population", "adjusted_population"],
    )
    registered = bodies["registered_population"].astype("float64")
    adjusted = registered * published["adjusted_population"] / published["registered_population"]
    basis = {"carried": published["allowance_gbp"], "per_head_registered": registered, "per_head_adjusted": adjusted}
    weight = basis[model].reindex(bodies.index)
    series = national_series(tables["national_running_costs"]).set_index("financial_year")
    baseline = weight / weight.sum() * series["allowance_gbp"][BASELINE_YEAR]
    kind = pd.Series("modelled", index=bodies.index)

    official = _official_baseline(tables, bodies.index)
    if len(official):
        # The rest share what the national total leaves, so that a partly official table still sums to it.
        rest = baseline.index.difference(official.index)
        left = series["allowance_gbp"][BASELINE_YEAR] - official.sum()
        if len(rest):
            baseline[rest] = weight[rest] / weight[rest].sum() * max(left, 0)
        baseline[official.index] = official
        kind[official.index] = "published"
    frame = pd.DataFrame({"baseline_gbp": baseline, "adjusted_population": adjusted, "allowance_kind": kind})
    return frame.rename_axis("body_code").reset_index()


def _official_baseline(tables: Tables, codes: pd.Index) -> pd.Series:
    """The official allowance of 2017/18 of the bodies of April 2017 that have one, £ by code.

    NHS England set five years' allowances on the bodies of 2016: those that had merged by April 2017 are summed to their
    successor, if all of its members have a figure.
    """
    table = tables["allowance_official"]
    official = table[table["financial_year"] == BASELINE_YEAR].set_index("body_code")["allowance_gbp"]
    current, ended = official[official.index.isin(codes)], official[~official.index.isin(codes)]
    if ended.empty:
        return current
    moves = organisations.followed(tables["successors"], PUBLISHED_DATE, BASELINE_DATE)
    if strange := sorted(set(ended.index) - set(moves["body_code"])):
        raise InputError(
            f"allowance_official.csv: not in force in {BASELINE_YEAR} or before: {', '.join(strange)}. "
            "Check the codes and the year."
        )
    moves = moves[~moves["body_code"].isin(codes)]
    whole = moves["body_code"].isin(ended.index).groupby(moves["successor_code"]).transform("all")
    carried = moves[whole].assign(allowance_gbp=moves["body_code"].map(ended) * moves["share_of_people_to_successor"])
    summed_up = carried.groupby("successor_code")["allowance_gbp"].sum()
    found: pd.Series = pd.concat([current, summed_up[~summed_up.index.isin(current.index)]])
    return found


def whole_pounds(values: pd.Series) -> pd.Series:
    """Amounts rounded to whole pounds so that they still add to the rounded total (largest remainders round up)."""
    floor: pd.Series = np.floor(values)
    short = round(values.sum()) - int(floor.sum())
    up = (values - floor).sort_values(ascending=False, kind="stable").index[:short]
    floor[up] += 1
    return floor.astype("int64")


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


def definitions(target: float) -> tuple[str, ...]:
    """The readings of the cut that a target has: `observed_cash` is of the 20% that was asked, and of no other."""
    return DEFINITIONS if np.isclose(target, TARGET_ASKED) else tuple(d for d in DEFINITIONS if d != "observed_cash")


def cuts(
    tables: Tables, target: float, price_uplift: str = AS_DEFLATOR, price_pressure: str = AS_UPLIFT
) -> dict[str, Cut]:
    """The readings of the cut, by name: `cash`, `real` and, for the 20% that was asked, `observed_cash`.

    `cash`: the target in pounds, at the prices of the baseline year; pay and prices are not counted. `real`: the target
    after a rise in prices (`price_uplift`: the GDP deflator's, or a share such as "0.06"), where costs have risen by
    `price_pressure` (as much, or a share; "0" where pay and prices are absorbed elsewhere). `observed_cash`: the fall
    in allowances that four local papers show (`national_running_costs`); they are of the 20%, so with another target
    that reading is left out.
    """
    rise = uplift(tables["gdp_deflator"], price_uplift)
    pressure = rise if price_pressure == AS_UPLIFT else float(price_pressure)
    found = {
        "cash": Cut("cash", target, target, 0.0, 0.0),
        "real": Cut("real", target, 1 - (1 - target) * (1 + rise), rise, pressure),
    }
    if "observed_cash" in definitions(target):
        national = tables["national_running_costs"]
        observed = national["measure"].str.startswith("cash cut in published allowances")
        fall = float(national.loc[observed, "value"].iloc[0]) / 100
        found["observed_cash"] = Cut("observed_cash", target, fall, 0.0, 0.0)
    return found


def check_definition(definition: str, target: float) -> None:
    """Raise `InputError` where the target has no such reading."""
    if definition not in definitions(target):
        raise InputError(
            f"reduction_definition = {definition!r} goes with saving_target = {TARGET_ASKED:.2f} only: the local papers "
            f"are of the 20% that was asked for. With {target} choose {' or '.join(definitions(target))}."
        )


def uplift(deflator: pd.DataFrame, price_uplift: str = AS_DEFLATOR) -> float:
    """The rise in prices from 2017/18 to 2020/21: the GDP deflator's, or the stated one."""
    if price_uplift != AS_DEFLATOR:
        return float(price_uplift)
    index = deflator.set_index("financial_year")["gdp_deflator_index"]
    return float(index[TARGET_YEAR] / index[BASELINE_YEAR] - 1)


def limits(baseline: pd.DataFrame, bodies: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """Baseline, limit and gap of every body of a footprint, in whole pounds, with £ per head of three populations.

    `baseline` is from `allowances`, `bodies` one footprint. `cost_gbp` is the baseline at the prices of the day,
    `allowance_fall_gbp` what the allowance loses in cash, `gap_gbp` what has to be released. Rates are per registered
    person and per resident of the footprint's date, and per ONS-adjusted registered person (modelled).
    """
    return with_limits(bodies.merge(baseline, on="body_code", validate="one_to_one"), cut)


def with_limits(frame: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """`limits` of bodies that have their baseline already: cost, limit, gap and rates for another cut."""
    baseline = frame["baseline_gbp"].astype("float64")
    return _with_rates(
        frame.assign(
            cost_gbp=whole_pounds(baseline * (1 + cut.price_pressure)),
            limit_gbp=whole_pounds(baseline * (1 - cut.allowance_fall)),
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
    totals = grouped[amounts].sum()
    totals.insert(len(keys), "body_count", grouped.size()["size"])
    totals["allowance_kind"] = grouped["allowance_kind"].agg(
        lambda kinds: "published" if (kinds == "published").all() else "modelled"
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
    return pd.concat([england, parts])[columns].reset_index(drop=True)


def body_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Limits of a few bodies with their sum as the first row: the columns a reader wants, largest first."""
    columns = ["registered_population", *AMOUNTS]
    summed_up = [*columns, "cost_gbp", "residents", "adjusted_population"]
    total = _with_rates(pd.DataFrame({name: [frame[name].sum()] for name in summed_up}))
    total = total.assign(body_name="All bodies", allowance_kind=frame["allowance_kind"].iloc[0])
    chosen = ["body_name", *columns, *(f"baseline_gbp_per_{whom}" for whom in PER_HEAD.values()), "allowance_kind"]
    parts = frame[chosen].sort_values("baseline_gbp", ascending=False)
    table = pd.concat([total[chosen], parts], ignore_index=True)
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


def models_compared(tables: Tables, as_at: Day) -> pd.DataFrame:
    """Each body's baseline under the three models: `body_code`, `carried_gbp`, `per_head_registered_gbp`, ..."""
    columns = {
        f"{model}_gbp": allowances(tables, as_at, model).set_index("body_code")["baseline_gbp"] for model in MODELS
    }
    return pd.DataFrame(columns).reset_index()


# --- validation against local figures ---


def validation(tables: Tables) -> pd.DataFrame:
    """The modelled 2017/18 baseline beside the running costs and allowances that councils and the press reported.

    One row per observation and model: `bodies`, `period`, `reported_gbp`, `allowance_model`, `modelled_gbp`,
    `error_share`. Only whole running costs or allowances of CCGs are compared; reported savings are not levels.
    """
    observed = tables["running_cost_observations"]
    levels = observed["measure"].isin(["running cost allowance", "running costs", "running costs before"])
    observed = observed[levels & (observed["unit"] == "£")]
    rows = []
    for model in MODELS:
        base = _baseline_bodies(tables, model).set_index("body_code")["baseline_gbp"]
        row: Any
        for row in observed.itertuples():
            modelled = _level(base, row.body_codes.split(), tables["successors"])
            rows.append((row.bodies, row.period, row.value, model, modelled, modelled / row.value - 1, row.source))
    columns = ["bodies", "period", "reported_gbp", "allowance_model", "modelled_gbp", "error_share", "source"]
    return pd.DataFrame(rows, columns=columns)


def _level(base: pd.Series, codes: list[str], successors: pd.DataFrame) -> float:
    """The modelled baseline of the bodies named, which may have opened or closed on either side of April 2017."""
    missing = [code for code in codes if code not in base.index]
    if not missing:
        return float(base[codes].sum())
    onward = organisations.followed(successors, PUBLISHED_DATE, BASELINE_DATE)
    onward = onward[onward["body_code"].isin(codes)]
    heirs = onward["successor_code"].unique()
    if set(heirs) - set(base.index) or len(onward) < len(codes):
        raise InputError(f"running_cost_observations.csv: no 2017/18 baseline for {', '.join(missing)}.")
    return float(base[heirs].sum())
