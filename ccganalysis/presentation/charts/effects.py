"""What happened to staff when bodies merged."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ...analysis import effects
from ...wording import date, sentence
from .style import GREY, INK, PALETTE, SMALL, new_figure, pounds_axis, theme

MARKS = ("o", "s", "^")


def _signed(share: float, _: int) -> str:
    return f"{share:+.0%}" if round(share, 4) else "0%"


def event_study(frame: pd.DataFrame) -> Figure:
    """Changes against the year before the merger, with 95% intervals, one panel for each `outcome`.

    `frame`: `outcome` (words), `controls`, `to_year`, `to_label`, `from_label`, `change_share` with `_low` and `_high`; the year
    before is the point at nought. Each kind of controls has its colour and mark; the dashed line is the merger.
    """
    with theme():
        parts = {outcome: part for outcome, part in frame.groupby("outcome", sort=False)}
        figure, panels = new_figure(2.9 * len(parts) + 1, nrows=len(parts), sharey=True, squeeze=False)
        for axes, (outcome, part) in zip(panels[:, 0], parts.items(), strict=True):
            labels = part.drop_duplicates("to_year").set_index("to_year")["to_label"].to_dict()
            labels[effects.BASE] = part["from_label"].iloc[0]
            years = sorted(map(int, labels))
            axes.axhline(0, color=INK, linewidth=0.9)
            axes.axvline((effects.BASE + effects.AFTER) / 2, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
            for place, (controls, mine) in enumerate(part.groupby("controls", sort=False)):
                shifted = mine["to_year"] + 0.16 * (place - 1)
                axes.vlines(
                    shifted, mine["change_share_low"], mine["change_share_high"], color=PALETTE[place], linewidth=1.4
                )
                axes.plot(
                    shifted,
                    mine["change_share"],
                    MARKS[place],
                    color=PALETTE[place],
                    markersize=6,
                    linestyle="none",
                    label=controls,
                )
            axes.plot(effects.BASE, 0, "D", color=INK, markersize=5)
            axes.set_xticks(years, [_in_lines(labels[year]) for year in years], fontsize=SMALL)
            axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
            axes.set_title(outcome, loc="left", fontsize=9.5)
            axes.yaxis.set_major_formatter(FuncFormatter(_signed))
        figure.legend(
            *panels[0][0].get_legend_handles_labels(),
            loc="outside upper left",
            title="Compared with bodies",
            alignment="left",
        )
        return figure


def _in_lines(label: str) -> str:
    """A date on three lines, so that five stand side by side."""
    return (
        label.replace(" to ", " to\n").replace(" ", "\n", 2) if " to " not in label else label.replace(" to ", " to\n")
    )


def leave_one_out(frame: pd.DataFrame) -> Figure:
    """Forest plot: the change with all merged bodies (top row) and without each in turn, with 95% intervals.

    `frame`: `place` (words, "with all" first), `panel` (words), `change_share` with `_low` and `_high`.
    """
    with theme():
        places = list(frame["place"].drop_duplicates())
        parts = {panel: part for panel, part in frame.groupby("panel", sort=False)}
        figure, panels = new_figure((0.27 * len(places) + 0.6) * len(parts), nrows=len(parts), squeeze=False)
        for axes, (panel, part) in zip(panels[:, 0], parts.items(), strict=True):
            rows = part["place"].map(places.index)
            axes.axvline(0, color=INK, linewidth=0.9)
            axes.axvline(part["change_share"].iloc[0], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
            axes.hlines(rows, part["change_share_low"], part["change_share_high"], color=GREY, linewidth=2)
            colours = [PALETTE[0] if row == 0 else PALETTE[1] for row in rows]
            axes.scatter(part["change_share"], rows, c=colours, s=30, zorder=3)
            axes.set_title(panel, loc="left", fontsize=9.5)
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.xaxis.set_major_formatter(FuncFormatter(_signed))
            axes.set_yticks(
                range(len(places)), [textwrap.fill(sentence(place), 26) for place in places], fontsize=SMALL
            )
            axes.set_ylim(len(places) - 0.5, -0.5)
        return figure


def power(frame: pd.DataFrame, quoted_gbp: tuple[float, float]) -> Figure:
    """How often the test finds a fall, by what the fall is in £ for each body removed, beside what was quoted.

    `frame`: `outcome` (words), `gbp_per_body_removed`, `found_share`; `quoted_gbp` the range of plans.
    """
    with theme():
        figure, axes = new_figure(3.0)
        axes.axvspan(*quoted_gbp, color=PALETTE[3], alpha=0.3, linewidth=0)
        axes.text(quoted_gbp[1], 1.03, "\u00a0quoted for mergers alone", color=INK, fontsize=SMALL, va="bottom")
        axes.axhline(effects.POWER, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        seen = frame.groupby("outcome", sort=False)
        reach = max(part.loc[part["found_share"] < 0.995, "gbp_per_body_removed"].max() for _, part in seen)
        for (outcome, part), colour, mark in zip(seen, PALETTE, MARKS, strict=False):
            axes.plot(
                part["gbp_per_body_removed"],
                part["found_share"],
                color=colour,
                marker=mark,
                markersize=4,
                label=outcome,
            )
        axes.set(xlim=(0, reach * 1.2), ylim=(0, 1.02))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        pounds_axis(axes.xaxis)
        axes.set_xlabel("Fall put in, £ a year for each body removed;\ndashed: found in four worlds of five")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left")
        return figure


def staff_by_month(frame: pd.DataFrame, events: pd.DataFrame, base: pd.Timestamp) -> Figure:
    """Staff indexed to 100 at `base`: a line for each `series` (words, with `date`, `staff_index`), events as dated lines.

    `events`: `date`, `event`; they are numbered here, and named below the chart.
    """
    with theme():
        figure, axes = new_figure(3.3)
        axes.axhline(100, color=GREY, linewidth=0.8)
        for (series, part), colour in zip(frame.groupby("series", sort=False), PALETTE, strict=False):
            axes.plot(part["date"], part["staff_index"], color=colour, linewidth=2, label=series)
        _dated(axes, events)
        axes.plot([base], [100], "D", color=INK, markersize=5)
        locator = AutoDateLocator(maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=1)
        return figure


def _dated(axes: Axes, events: pd.DataFrame) -> None:
    for number, event in enumerate(events.sort_values("date").itertuples(), start=1):
        axes.axvline(event.date, color=PALETTE[3], linewidth=1.2, linestyle=(0, (4, 3)))
        axes.text(event.date, axes.get_ylim()[1], f"\u00a0{number}", va="top", fontsize=SMALL)
    named = "; ".join(
        f"{number}: {date(row.date)}" for number, row in enumerate(events.sort_values("date").itertuples(), 1)
    )
    axes.set_xlabel(textwrap.fill(f"Dashed: {named}", 58, break_on_hyphens=False))
