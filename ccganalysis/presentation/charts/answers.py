"""The answer in a picture: how often each plan comes first, and on which weights that turns."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from ... import wording
from .style import INK, PALE, PALETTE, SMALL, labels_above, new_figure, theme

FILLS = (
    *((colour, "") for colour in PALETTE),
    ("#9FB9CF", "///"),
    ("#F3C7A6", "..."),
    ("#D5A8C4", "xxx"),
)
"""Colour and hatch of each plan in turn: no two are told apart by colour alone."""

WIDE_ENOUGH = 0.07
"""A stretch narrower than this share of the picture has no room for its number."""


def beliefs(shares: pd.DataFrame, sweeps: pd.DataFrame, rest: str) -> Figure:
    """Two panels of bars, one stretch a plan.

    `shares` has `bar` (a shape of saving), `plan` and `first_share`, which add up to 1 by bar; `sweeps` has `bar` (a criterion), `plan`,
    `from_weight` and `to_weight`. The plan called `rest` (plans without a name) is drawn pale.
    """
    names = [name for name in dict.fromkeys([*shares["plan"], *sweeps["plan"]]) if name != rest]
    fills = dict(zip(names, FILLS, strict=False)) | {rest: (PALE, "")}
    bars = shares.assign(from_weight=shares.groupby("bar", sort=False)["first_share"].cumsum() - shares["first_share"])
    bars["to_weight"] = bars["from_weight"] + bars["first_share"]
    heights = [bars["bar"].nunique(), sweeps["bar"].nunique()]
    with theme():
        figure, panels = new_figure(1.7 + 0.56 * sum(heights), nrows=2, height_ratios=heights)
        _bars(panels[0], bars, fills, "Share of all weightings in which a plan comes first")
        _bars(panels[1], sweeps, fills, "What comes first as one thing counts for more,\nthe others sharing the rest")
        panels[1].set_xlabel("Weight on it")
        used = [name for name in fills if name in {*shares["plan"], *sweeps["plan"]}]
        handles = [
            Patch(facecolor=fills[name][0], hatch=fills[name][1], edgecolor=INK, label=wording.sentence(name))
            for name in used
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=1)
        return figure


def _bars(axes: Axes, stretches: pd.DataFrame, fills: dict[str, tuple[str, str]], title: str) -> None:
    labels = list(dict.fromkeys(stretches["bar"]))
    for row in stretches.itertuples():
        colour, hatch = fills[row.plan]
        width, place = row.to_weight - row.from_weight, labels.index(row.bar)
        axes.barh(
            place, width, left=row.from_weight, height=0.5, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.8
        )
        if width >= WIDE_ENOUGH:
            dark = colour in PALETTE[:3] and not hatch
            axes.text(
                row.from_weight + width / 2,
                place,
                f"{width:.0%}",
                ha="center",
                va="center",
                color="white" if dark else INK,
                fontsize=SMALL,
                bbox=None if not hatch else {"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
    labels_above(axes, labels, 0.28)
    axes.set_xlim(0, 1)
    axes.grid(visible=False)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.set_title(title, loc="left", fontsize=9.5)
    axes.spines[:].set_visible(False)
