"""How far the evidence carries: the counts behind the answers to a referee, each recomputed from the tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..data import organisations
from ..data.eras import Era
from ..data.tables import Day, Tables
from ..errors import InputError
from . import alignment, leadership, running_costs
from .backtest import HELD_OUT, roc_area

SAME_OFFICER = "same_officer"


def counts(tables: Tables, era: Era) -> dict[str, float]:
    """Every number that the page on trust names, by name; `tables` are those of an era that can be looked back on.

    `_share` is between 0 and 1, `_gbp` in £, everything else counts. A body has merged if the register passes most of its
    people to another by the footprint that the era looks back from. Raises `InputError` where there is none.
    """
    first, last = looked_back_on(era)
    priced = merger_prices(tables["merger_saving_evidence"])
    local = running_costs.validation(tables, era)
    attempts = tables["merger_attempts"]["outcome"].str.startswith("never merged")
    bodies = organisations.footprint(tables["bodies"], first)
    merged = alignment.mergers(tables["mergers"], tables["bodies"])
    pairs = across_borders(organisations.neighbours(tables["links"], first), bodies)
    areas = tables["bodies"].groupby("as_at")["area_code"].nunique()
    money, national = era.money, tables["national_running_costs"]
    total, part, asked, rest = running_costs.national_arithmetic(national, money.target, money)["value_gbp"]
    found = research(tables["shared_leadership"], tables["successors"], bodies, last).set_index("researched")
    # The back-test looks back a year, so it has no use for what was formed on the first footprint's own date.
    seen = merged[merged["effective_date"] > areas.index[0]]
    early = seen["effective_date"].isin(era.chosen_on)
    return {
        "body_count": len(bodies),
        "merged_count": int(found["merged_count"].sum()),
        "unmerged_count": len(bodies) - int(found["merged_count"].sum()),
        "researched_count": int(found["body_count"]["yes"]),
        "researched_merged_count": int(found["merged_count"]["yes"]),
        "unresearched_count": int(found["body_count"]["no"]),
        "unresearched_merged_count": int(found["merged_count"]["no"]),
        **priced,
        "compared_count": len(local),
        "compared_above_count": int((local["error_share"] > 0).sum()),
        "observed_count": len(local) // local["allowance_model"].nunique(),
        "attempt_count": len(attempts),
        "never_merged_count": int(attempts.sum()),
        "formed_early_count": int(early.sum()),
        "formed_later_count": int((~early).sum()),
        "formed_area_count": seen["area_code"].nunique(),
        "crossing_merger_count": int((merged["effect"] == "crossed").sum()),
        "area_count_first": int(areas.iloc[0]),
        "area_count": int(areas[first]),
        **pairs,
        **cumbria(tables, era),
        "national_total_gbp": total,
        "national_part_gbp": part,
        "letter_gbp": asked,
        "other_bodies_gbp": rest,
    }


def looked_back_on(era: Era) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The footprint on which officers are recorded, and the one looked back from: what happened, happened between them.

    Raises `InputError` for an era without the one or the other.
    """
    if era.leadership is None or era.hindsight is None or not era.can_be_looked_back_on:
        raise InputError(
            f"eras.toml gives [{era.name}] no officers, models or decisions, or nothing to look back from."
        )
    return era.leadership.date, era.hindsight.date


def merger_prices(evidence: pd.DataFrame) -> dict[str, int]:
    """How many prices there are for a merger alone, and how firm they are; `evidence` is `merger_saving_evidence`.

    `priced_count` prices, of which `priced_press_count` are reported (quoted by the press or a plan, not audited) and
    `priced_rejected_count` belong to a merger that was rejected.
    """
    alone = evidence[evidence["scope"] == "merger alone"]
    return {
        "priced_count": len(alone),
        "priced_press_count": int((alone["kind"] == "reported").sum()),
        "priced_rejected_count": int(alone["note"].fillna("").str.contains("rejected").sum()),
    }


def research(shared: pd.DataFrame, successors: pd.DataFrame, bodies: pd.DataFrame, last: Day) -> pd.DataFrame:
    """Were shared officers looked for more where bodies later merged?

    `shared` and `successors` are the tables `shared_leadership` and `successors`, `bodies` the footprint they are recorded
    on. Two rows, `researched` yes and no: `body_count`, and `merged_count`, those that were no longer the body they had
    been by the date `last`. A body is researched where a source says anything of it, "no" included.
    """
    known = leadership.by_body(shared, bodies).set_index("body_code")["sharing"] != "unknown"
    heir = organisations.main_successor(successors, bodies["as_at"].iloc[0], last).reindex(known.index)
    merged = heir != heir.index
    frame = pd.DataFrame({"researched": known.map({True: "yes", False: "no"}), "merged": merged})
    grouped = frame.groupby("researched")["merged"].agg(body_count="size", merged_count="sum")
    return grouped.reindex(["yes", "no"], fill_value=0).reset_index()


def within_researched(
    pairs: pd.DataFrame, shared: pd.DataFrame, successors: pd.DataFrame, recorded: Day
) -> pd.DataFrame:
    """Does a shared officer still tell pairs that merge from those that do not, among researched bodies only?

    `pairs` as `backtest.pairs`, with the rows held out; `shared` is of the footprint `recorded`. Two rows by `pairs_of` (all bodies, researched bodies):
    `pair_count`, `together_count` and `roc_area` (0.5 is chance). A body formed meanwhile is researched if most people of a
    researched one went to it.
    """
    held = pairs[pairs["sample"] == HELD_OUT]
    firm = sorted(set(shared.loc[shared["sharing"] != "unknown", "body_code"]))
    both = pd.Series(False, index=held.index)
    for _, group in held.groupby("effective_date"):
        day = group["effective_date"].iloc[0]
        known = organisations.main_successor(successors, recorded, day - pd.DateOffset(years=1)).loc[firm]
        both[group.index] = group[["body_code_a", "body_code_b"]].isin(set(known)).all(axis=1)
    rows = []
    for name, chosen in (("all bodies", held), ("researched bodies", held[both])):
        together = chosen["together"].to_numpy()
        roc = roc_area(together, chosen[SAME_OFFICER].to_numpy())
        rows.append((name, len(chosen), int(together.sum()), roc))
    return pd.DataFrame(rows, columns=["pairs_of", "pair_count", "together_count", "roc_area"])


def across_borders(pairs: Sequence[tuple[str, str]], bodies: pd.DataFrame) -> dict[str, int]:
    """How many pairs of neighbours the borders of the areas keep apart: `pair_count` in all, `pair_across_count` of them.

    `pairs` as `organisations.neighbours`, `bodies` the footprint.
    """
    area = bodies.set_index("body_code")["area_code"]
    return {"pair_count": len(pairs), "pair_across_count": sum(area[one] != area[other] for one, other in pairs)}


def cumbria(tables: Tables, era: Era) -> dict[str, float]:
    """What the divided county of Cumbria rests on: the residents, and the allowance of 2013/14, that went with the south.

    On 1 April 2017 the south of NHS Cumbria CCG joined NHS Morecambe Bay CCG. `cumbria_residents_moved` and
    `cumbria_share_moved` from the small areas, `cumbria_allowance_moved_gbp` the share of the published allowance.
    """
    changes = tables["boundary_changes"]
    move = changes[(changes["from_code"] == "01H") & (changes["to_code"] == "01K")].iloc[0]
    path = organisations.followed(tables["successors"], era.first_date, era.money.baseline_date)
    shares = path.set_index(["body_code", "successor_code"])["share_of_people_to_successor"]
    share = float(shares.loc[("01H", "01K")])
    allowance = tables["allowance_2013_14"].set_index("body_code")["allowance_gbp"]["01H"]
    return {
        "cumbria_residents_moved": int(move["residents_moved"]),
        "cumbria_share_moved": share,
        "cumbria_allowance_moved_gbp": share * float(allowance),
    }
