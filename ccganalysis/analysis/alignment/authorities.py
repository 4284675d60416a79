"""Do the borders of bodies and areas fit local authorities?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from ... import wording
from ...data import organisations
from ...errors import InputError
from ..coterminosity import fit

_TIERS = {"upper_tier": "upper_tier_code", "lower_tier": "authority_code"}


def coterminosity(authorities: pd.DataFrame, membership: Mapping[str, str] | pd.Series) -> pd.DataFrame:
    """How well do the borders of units (bodies, merged bodies, areas) agree with those of local authorities?

    `authorities` is one footprint's rows of the table of that name (`body_code`, `authority_code`, `upper_tier_code`,
    `residents`); `membership` gives the unit of each body: itself, its area or a merged body. One row per unit, indexed
    by unit: `residents`, and for each tier (`upper_tier_`, `lower_tier_`) `..._count` (authorities it reaches),
    `..._whole` (wholly inside it), `..._split` (partly outside it) and `share_in_whole_..._authorities`: the share of
    the unit's residents who live in authorities wholly inside it. One moved street makes an authority
    split, so there is a measure without that cliff: `share_of_..._authority_together`, the share of the residents of
    their own authority whom the unit's residents have with them in the unit, on average. Bodies that `membership`
    leaves out are outside every unit: an authority they share with a unit is split. Raises `InputError` for a body in
    `membership` that `authorities` does not have.
    """
    unit = pd.Series(membership)
    _check_known(unit.index, authorities)
    units = np.unique(unit.to_numpy())
    members = units[:, None] == unit.to_numpy()
    columns: dict[str, np.ndarray] = {}
    for tier, code in _TIERS.items():
        everybody = authorities.pivot_table(index="body_code", columns=code, values="residents", aggfunc="sum")
        everybody = everybody.fillna(0)
        found = fit(members, everybody.loc[unit.index].to_numpy(), everybody.sum().to_numpy())
        columns |= {
            "residents": found.residents,
            f"{tier}_count": found.whole + found.split,
            f"{tier}_whole": found.whole,
            f"{tier}_split": found.split,
            f"share_in_whole_{tier}_authorities": found.share_in_whole,
            f"share_of_{tier}_authority_together": found.share_together,
        }
    name = unit.index.name if unit.name is None else unit.name
    return pd.DataFrame(columns, index=pd.Index(units, name=name))


def authority_shares(authorities: pd.DataFrame, bodies: pd.DataFrame, tier: str = "upper_tier") -> pd.DataFrame:
    """How are the residents of some bodies (of one area, say) divided between authorities, and the other way round?

    `authorities` is one footprint's rows; `bodies` those wanted (`body_code`, `body_name`); `tier` as in
    `split_authorities`. One row per body and authority: `body_code`, `body_name`, `authority_code`, `authority_name`,
    `residents`, `share_of_body_residents`, `share_of_authority_residents` (of all residents of the authority). Raises
    `InputError` for a body that `authorities` does not have.
    """
    code, name = _TIERS[tier], "upper_tier_name" if tier == "upper_tier" else "authority_name"
    _check_known(bodies["body_code"], authorities)
    parts = authorities.groupby(["body_code", code, name], as_index=False)[["residents"]].sum()
    parts["share_of_body_residents"] = parts["residents"] / parts.groupby("body_code")["residents"].transform("sum")
    parts["share_of_authority_residents"] = parts["residents"] / parts.groupby(code)["residents"].transform("sum")
    parts = bodies[["body_code", "body_name"]].merge(parts[parts["residents"] > 0], on="body_code")
    parts = parts.rename(columns={code: "authority_code", name: "authority_name"})
    columns = ["body_code", "body_name", "authority_code", "authority_name", "residents"]
    return parts[[*columns, "share_of_body_residents", "share_of_authority_residents"]]


def merger_coterminosity(merged: pd.DataFrame, authorities: pd.DataFrame) -> pd.DataFrame:
    """What did each merger do to coterminosity with upper-tier authorities?

    `merged` is the table `mergers`, `authorities` all footprints. One row per merger: `successor_name`,
    `successor_code`, `effective_date`, `share_whole_before` and `together_before` (the members' mean, weighted by
    residents, on the footprint before; blank where none is held), `share_whole_after`, `together_after`,
    `share_whole_change`, `upper_tier_split_after`. Residents of mid-2019 throughout, so only borders change.
    """
    dates = sorted(authorities["as_at"].unique())
    each = {}
    for date in dates:
        then = authorities[authorities["as_at"] == date]
        each[date] = coterminosity(then, pd.Series({code: code for code in then["body_code"].unique()}))
    measures = ["share_in_whole_upper_tier_authorities", "share_of_upper_tier_authority_together"]
    rows = []
    in_reach = organisations.only_mergers(merged[merged["effective_date"].isin(dates)])
    for (day, code), members in in_reach.groupby(["effective_date", "successor_code"]):
        earlier = [date for date in dates if date < day]
        after = each[day].loc[str(code)]
        before = pd.Series(np.nan, index=measures)
        if earlier:
            own = each[earlier[-1]].loc[members["predecessor_code"]]
            before = own[measures].mul(own["residents"], axis=0).sum() / own["residents"].sum()
        rows.append(
            {
                "successor_name": members["successor_name"].iloc[0],
                "successor_code": code,
                "effective_date": day,
                "share_whole_before": before[measures[0]],
                "share_whole_after": after[measures[0]],
                "share_whole_change": after[measures[0]] - before[measures[0]],
                "together_before": before[measures[1]],
                "together_after": after[measures[1]],
                "upper_tier_split_after": int(each[day]["upper_tier_split"][str(code)]),
            }
        )
    return pd.DataFrame(rows).sort_values(["effective_date", "successor_name"], ignore_index=True)


def _check_known(codes: Iterable[str], authorities: pd.DataFrame) -> None:
    missing = sorted(set(codes) - set(authorities["body_code"]))
    if missing:
        raise InputError(
            f"No residents by local authority for: {wording.listed(missing)}. Check the codes and the date."
        )


def split_authorities(
    authorities: pd.DataFrame, membership: Mapping[str, str] | pd.Series, tier: str = "upper_tier"
) -> pd.DataFrame:
    """Which authorities are divided between units, and how many of their residents are outside the main one?

    Arguments as `coterminosity`; `tier` is `upper_tier` or `lower_tier`. One row per authority in more than one unit:
    `authority_code`, `authority_name`, `unit_count`, `units` (largest first), `residents`, `residents_outside`,
    `share_outside` (of the authority's residents, outside the unit that has most). Most residents outside first.
    """
    code = _TIERS[tier]
    name = "upper_tier_name" if tier == "upper_tier" else "authority_name"
    parts = authorities.assign(unit=authorities["body_code"].map(pd.Series(membership)))
    parts = parts.groupby([code, name, "unit"])["residents"].sum().reset_index()
    parts = parts[parts["residents"] > 0].sort_values("residents", ascending=False)
    frame = parts.groupby([code, name], as_index=False).agg(
        unit_count=("unit", "size"), units=("unit", list), residents=("residents", "sum"), largest=("residents", "max")
    )
    frame["units"] = frame["units"].str.join("; ")
    frame["residents_outside"] = frame["residents"] - frame["largest"]
    frame["share_outside"] = frame["residents_outside"] / frame["residents"]
    frame = frame[frame["unit_count"] > 1].drop(columns="largest")
    frame = frame.rename(columns={code: "authority_code", name: "authority_name"})
    return frame.sort_values("residents_outside", ascending=False, ignore_index=True)


def most_authorities(authorities: pd.DataFrame, bodies: pd.DataFrame) -> str:
    """The code of the area whose bodies reach most upper-tier authorities, one counted once for each body it is in."""
    reached = authorities.drop_duplicates(["body_code", "upper_tier_code"])["body_code"]
    return str(reached.map(bodies.set_index("body_code")["area_code"]).value_counts().idxmax())


def fit_of_bodies(authorities: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """`coterminosity` of each body of a footprint, with its name."""
    codes = bodies.set_index("body_code")
    return coterminosity(authorities, codes.index.to_series()).join(codes["body_name"]).reset_index()


def fit_of_area(authorities: pd.DataFrame, bodies: pd.DataFrame) -> pd.DataFrame:
    """`coterminosity` of each area of a footprint, with its name."""
    found = coterminosity(authorities, bodies.set_index("body_code")["area_code"])
    return found.join(bodies.drop_duplicates("area_code").set_index("area_code")["area_name"]).reset_index()


def least_fitting_first(per_area: pd.DataFrame) -> pd.DataFrame:
    """`fit_of_area` for a table, the share of an authority's residents held together in ascending order."""
    columns = ["area_name", "residents", "upper_tier_whole", "upper_tier_split"]
    columns += ["share_in_whole_upper_tier_authorities", "share_of_upper_tier_authority_together", "lower_tier_split"]
    return per_area.sort_values("share_of_upper_tier_authority_together")[columns]
