"""What bodies employ, and what that says of size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from ... import wording
from ...analysis import staff
from ...analysis.scale import Elasticity
from .style import GREY, INK, PALETTE, SMALL, labels_above, new_figure, pounds_axis, theme

MARKS = {
    staff.OWN: ("o", PALETTE[0], "staff of its own"),
    staff.HOST: ("D", PALETTE[3], "host of others"),
    staff.ELSEWHERE: ("x", GREY, "staff employed elsewhere"),
    staff.BROKEN: ("s", PALETTE[2], "break declared"),
}
"""Marker, colour and words of each `staff_state`."""

CLOSE, BESIDE = 0.035, 1.3
"""Names of hosts would touch that are nearer than this share of the axis upwards, and this many times the people across."""

PEOPLE = (50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000)


def staff_by_size(frame: pd.DataFrame, found: Elasticity) -> Figure:
    """FTE per 100,000 people against registered people (`staff.measured` or `pooled`), with the fitted curve and its band.

    Bodies without a figure stand on the axis; hosts are named.
    """
    shown = frame.assign(rate=frame["staff_per_100000"].fillna(0))
    low, high = shown["registered_population"].min() * 0.9, shown["registered_population"].max() * 1.1
    people = np.geomspace(low, high, 60)
    line, bottom, top = found.per_100000(people)
    with theme():
        figure, axes = new_figure(4.2)
        axes.fill_between(people, bottom, top, color=PALETTE[1], alpha=0.25, linewidth=0)
        axes.plot(people, line, color=PALETTE[1])
        for state, (marker, colour, words) in MARKS.items():
            mine = shown[shown["staff_state"] == state]
            if len(mine):
                axes.scatter(
                    mine["registered_population"],
                    mine["rate"],
                    marker=marker,
                    color=colour,
                    s=22,
                    linewidth=1,
                    zorder=3,
                    clip_on=False,
                    label=f"{wording.sentence(words)} ({len(mine)})",
                )
        hosts = shown[shown["staff_state"] == staff.HOST]
        for row in hosts.itertuples():
            # A name goes to the left where another host stands close on the right.
            larger = hosts["registered_population"] / row.registered_population
            near = (hosts["rate"] - row.rate).abs() < CLOSE * hosts["rate"].max()
            side = "right" if (near & (larger > 1) & (larger < BESIDE)).any() else "left"
            words = f"\u00a0\u00a0{wording.short_name(row.body_name)}\u00a0\u00a0"
            axes.text(row.registered_population, row.rate, words, ha=side, va="center", fontsize=SMALL)
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(0)
        axes.set_xticks([size for size in PEOPLE if low <= size <= high])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("Registered people (each step to the right multiplies)")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)
        return figure


def elasticities(frame: pd.DataFrame) -> Figure:
    """Elasticities with their 95% intervals, one line each (`label`, `adjusted`, `scale.elasticities`), against 1.

    Those adjusted are hollow, below the same without.
    """
    with theme():
        labels = list(frame["label"].drop_duplicates())
        figure, axes = new_figure(0.56 * len(labels) + 1.0)
        rows = np.arange(len(labels))
        axes.vlines(np.ones(len(rows)), rows - 0.24, rows + 0.24, color=INK, linewidth=1)
        for adjusted, shift, words in (("no", -0.13, "People alone"), ("yes", 0.13, "Adjusted")):
            mine = frame[frame["adjusted"] == adjusted]
            places = mine["label"].map(labels.index) + shift
            axes.hlines(places, mine["elasticity_low"], mine["elasticity_high"], color=GREY, linewidth=2)
            axes.scatter(
                mine["elasticity"],
                places,
                s=26,
                facecolor=PALETTE[0] if adjusted == "no" else "white",
                edgecolor=PALETTE[0],
                zorder=3,
                label=words,
            )
        labels_above(axes, labels, 0.28)
        axes.set_xlabel("Elasticity; at 1, as many staff per head at any size")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)
        return figure


def routes(frame: pd.DataFrame) -> Figure:
    """Released a year by each route (`route`, `released_low_gbp` and so on): a point on a line from low to high, and nought.

    Prices quoted are squares, what is made of staff points.
    """
    with theme():
        figure, axes = new_figure(0.5 * len(frame) + 0.7)
        labels = []
        for place, row in enumerate(frame.itertuples()):
            quoted = row.kind == "reported"
            colour = PALETTE[0] if quoted else PALETTE[1]
            axes.hlines(place, row.released_low_gbp, row.released_high_gbp, color=colour, linewidth=2)
            axes.plot(row.released_central_gbp, place, "s" if quoted else "o", color=colour, markersize=7)
            words = f"{wording.gbp(row.released_low_gbp)} to {wording.gbp(row.released_high_gbp)}"
            labels.append(f"{row.route}: {words}")
            axes.vlines(0, place - 0.16, place + 0.16, color=INK, linewidth=1)  # no longer: it would cross the labels
        labels_above(axes, labels, 0.16)
        axes.margins(x=0.04)
        pounds_axis(axes.xaxis)
        axes.set_xlabel("£ a year released (left of nought: more cost)")
        return figure


def posts_paid(frame: pd.DataFrame, before: str, by: str) -> Figure:
    """Staff of each `place` on two days (`staff_fte_before`, `staff_fte`; in words `before` and `by`) against the posts that the cap
    pays for: a bar from `posts_paid_low` to `posts_paid_high`, a line at `posts_paid`.
    """
    with theme():
        shown = frame
        figure, axes = new_figure(0.46 * len(shown) + 1.2)
        places = np.arange(len(shown))
        width = shown["posts_paid_high"] - shown["posts_paid_low"]
        axes.barh(
            places, width, left=shown["posts_paid_low"], height=0.3, color=PALETTE[1], label="Posts the cap pays for"
        )
        axes.vlines(shown["posts_paid"], places - 0.15, places + 0.15, color=INK, linewidth=1.2)
        for name, mark, fill, words in (("staff_fte_before", "o", "white", before), ("staff_fte", "D", PALETTE[0], by)):
            axes.scatter(
                shown[name],
                places,
                marker=mark,
                facecolor=fill,
                edgecolor=PALETTE[0],
                s=30,
                zorder=3,
                label=f"Staff, {words}",
            )
        most = shown[["staff_fte_before", "staff_fte", "posts_paid_high"]].max(axis=1)
        counts = [f"{abs(over):,.0f} {'too many' if over >= 0.5 else 'more paid for'}" for over in shown["posts_over"]]
        labels_above(axes, [f"{name}: {told}" for name, told in zip(shown["place"], counts, strict=True)], 0.2)
        axes.set_xlim(0, most.max() * 1.04)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("Full-time equivalents")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=1)
        return figure
