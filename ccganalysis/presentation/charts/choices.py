"""What could merge: the candidates of England, and one area's plans."""

from __future__ import annotations

import textwrap

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ... import wording
from .style import GREY, INK, PALETTE, SMALL, new_figure, pounds_axis, theme


def frontier(
    plans: pd.DataFrame, front: pd.DataFrame, marks: pd.DataFrame, x: str, y: str, labels: tuple[str, str]
) -> Figure:
    """All plans of an area by two measures, those on the frontier, and plans marked by name (`label` and both measures).

    Thousands of plans fall on few places: each place of an 70 x 40 grid is drawn once, so the picture stays small.
    """
    with theme():
        figure, axes = new_figure(4.0)
        cells = plans[[x, y]].astype("float64")
        span = (cells.max() - cells.min()).replace(0, 1)
        grid = ((cells - cells.min()) / span * [70, 40]).round().drop_duplicates()
        shown = cells.loc[grid.index]
        axes.scatter(shown[x], shown[y], color=GREY, s=5, zorder=1)
        line = front.sort_values([x, y])
        axes.plot(line[x], line[y], color=PALETTE[0], linewidth=1, marker="o", markersize=4, zorder=2)
        for place, row in enumerate(marks.itertuples()):
            here = (getattr(row, x), getattr(row, y))
            axes.scatter(*here, color=PALETTE[2], s=60, marker="D", zorder=3)
            right = here[0] > cells[x].min() + 0.5 * span[x]
            # Plans that lie close together are named above and below in turn.
            axes.annotate(
                _in_lines(wording.sentence(row.label)),
                here,
                xytext=(-8 if right else 8, 14 if place % 2 else -3),
                textcoords="offset points",
                zorder=4,
                ha="right" if right else "left",
                va="top",
                color=PALETTE[2],
                fontweight="bold",
                linespacing=1.1,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8},  # points would cross it
            )
        _measure_axis(axes.xaxis, x)
        _measure_axis(axes.yaxis, y)
        axes.set_xlabel(labels[0])
        axes.set_title(textwrap.fill(labels[1], 52), loc="left", fontsize=9.5)
        axes.spines["left"].set_visible(True)
        axes.margins(0.06)
        return figure


def _in_lines(label: str) -> str:
    """A label in short lines; a word of the era that opens one stays small, for it opens no sentence."""
    return textwrap.fill(label, 22).replace("\n{", "\n\u200b{")


def _measure_axis(axis: mpl.axis.Axis, column: str) -> None:
    if column.endswith("_gbp"):
        pounds_axis(axis)
    elif column.endswith("_share") or column == "size_balance":
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    else:
        unit, suffix = (1e6, "m") if max(map(abs, axis.get_view_interval())) >= 2e6 else (1, "")
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit:,.4g}{suffix}"))
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))


def national_frontier(frame: pd.DataFrame, marks: pd.DataFrame) -> Figure:
    """Least disruption and most coterminosity for each number of bodies (`body_count`, `measure`, `value`): two panels.

    `marks` (`body_count`, `measure`, `value`, `label`) are the footprints that came about.
    """
    with theme():
        measures = list(frame["measure"].unique())
        figure, panels = new_figure(5.4, nrows=len(measures), sharex=True)
        for axes, measure, colour in zip(panels, measures, PALETTE, strict=False):
            mine = frame[frame["measure"] == measure].sort_values("body_count")
            sns.lineplot(mine, x="body_count", y="value", color=colour, ax=axes, errorbar=None)
            for place, row in enumerate(marks[marks["measure"] == measure].itertuples()):
                axes.scatter(row.body_count, row.value, color=INK, s=30, zorder=3)
                # The first footprints lie close together: their labels go above and below in turn.
                axes.annotate(
                    row.label,
                    (row.body_count, row.value),
                    xytext=(6, -13 if place % 2 else 7),
                    textcoords="offset points",
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8},
                )
            axes.set(ylabel="", xlabel="Bodies in England, plans within {areas}")
            axes.set_title(textwrap.fill(measure, 52), loc="left", fontsize=9.5)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:,.0f}m"))
            axes.set_ylim(0)
        panels[0].invert_xaxis()
        return figure


def break_even_histogram(
    candidates: pd.DataFrame, evidence: dict[str, tuple[float, float]], stress_gbp: float
) -> Figure:
    """How many candidates need which saving per body removed (`break_even_saving_gbp`), against ranges of evidence.

    The stress case, which is no evidence, is a line.
    """
    with theme():
        figure, axes = new_figure(3.2)
        top = candidates["break_even_saving_gbp"].quantile(0.995)
        kept = candidates[candidates["break_even_saving_gbp"] <= top]
        sns.histplot(
            kept, x="break_even_saving_gbp", bins=60, color=PALETTE[0], edgecolor="white", linewidth=0.4, ax=axes
        )
        height = axes.get_ylim()[1] * 1.25
        axes.set_ylim(0, height)
        for place, ((label_text, (low, high)), colour) in enumerate(zip(evidence.items(), PALETTE[1:], strict=False)):
            axes.axvspan(low, high, color=colour, alpha=0.25, linewidth=0)
            axes.text(high, height * (0.97 - 0.09 * place), f"\u00a0{label_text}", color=INK, va="top", fontsize=SMALL)
        axes.axvline(stress_gbp, ymax=0.9, color=INK, linewidth=1, linestyle="--")
        axes.text(stress_gbp, height * 0.85, "\u00a0stress case", color=INK, va="top", fontsize=SMALL)
        axes.set_xlim(0)
        pounds_axis(axes.xaxis)
        axes.set(xlabel="Saving a year that each body removed would have to release", ylabel="")
        axes.set_title("Candidates", loc="left", fontsize=9.5)
        return figure
