"""What the back-test says."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ... import wording
from .style import GREY, INK, PALE, PALETTE, labels_above, new_figure, theme


def percentile_strip(frame: pd.DataFrame, means: pd.DataFrame) -> Figure:
    """Where each merged body really formed stands by each ranking: a dot each, stacked where they meet.

    `frame`: `ranking` (words), `percentile` (share), `when`; `means`: `ranking`, `mean`, `emphasis` (bold), from the
    top row down. The bar is the mean of the dates held out; each date has a colour of its own.
    """
    with theme():
        order = (PALETTE[1], PALETTE[3], PALETTE[0], PALETTE[2])
        colours = dict(zip(sorted(frame["when"].unique()), order, strict=False))
        figure, axes = new_figure(0.7 * len(means) + 1.5)
        for place, row in enumerate(means.itertuples()):
            mine = frame[frame["ranking"] == row.ranking].sort_values("when")
            cell = (mine["percentile"] * 60).round()
            lift = cell.groupby(cell).cumcount()
            # Up to six dots stand on each other in a row; a fuller pile is drawn closer together.
            step = 0.115 if lift.max() < 6 else 0.66 / lift.max()
            axes.axhline(place, color=PALE, linewidth=0.8, zorder=0)
            axes.scatter(
                cell / 60,
                place - lift * step,
                c=mine["when"].map(colours),
                s=15,
                linewidth=0.3,
                edgecolor="white",
                zorder=2,
            )
            axes.plot([row.mean] * 2, [place - 0.7, place + 0.13], color=INK, linewidth=1.6, zorder=1)
            axes.vlines(0.5, place - 0.6, place + 0.13, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        told = [f"{wording.sentence(row.ranking)}: {row.mean:.0%}" for row in means.itertuples()]
        for label, bold in zip(labels_above(axes, told, 0.73), means["emphasis"], strict=True):
            label.set_fontweight("bold" if bold else "normal")
        axes.set_xlim(-0.02, 1.02)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.set_xlabel("Share of the other possible mergers that it ranks above;\ndashed: chance")
        handles = [Patch(color=colour, label=when) for when, colour in colours.items()]
        figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=1, columnspacing=1.4)
        return figure


def curves_with_bands(frame: pd.DataFrame, share_together: float) -> Figure:
    """ROC and precision-recall curves with bands side by side: `ranking` (words with the area), `curve`, `x`, `y`,
    `y_low`, `y_high`; dashed is chance, for precision the share of all pairs that came together.
    """
    titles = {
        "roc": ("Pairs that came together, called so", "Pairs that stayed apart, called together"),
        "precision": (
            "Precision: of pairs called together, how many did",
            "Recall: of those that did, called together",
        ),
    }
    with theme():
        figure, panels = new_figure(8.4, nrows=2)
        for axes, (curve, (title, below)) in zip(panels, titles.items(), strict=True):
            mine = frame[frame["curve"] == curve]
            for (ranking, line), colour in zip(mine.groupby("ranking", sort=False), PALETTE, strict=False):
                axes.fill_between(line["x"], line["y_low"], line["y_high"], color=colour, alpha=0.16, linewidth=0)
                axes.plot(line["x"], line["y"], color=colour, linewidth=1.8, label=ranking)
            chance = (0, 1) if curve == "roc" else (share_together, share_together)
            axes.plot((0, 1), chance, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=below, aspect="equal")
            axes.set_title(title, loc="left", fontsize=9.5)
            axes.spines["left"].set_visible(True)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=1)
        return figure


def drawn_and_real(frame: pd.DataFrame) -> Figure:
    """What plans drawn at random measure beside the real groups: a panel for each `measure` (words), a row for each
    `drawn_from` (words): a bar from `drawn_low` to `drawn_high` with `drawn_middle`, and one line at `real`, in the units given.
    """
    with theme():
        panels, rows = frame["measure"].unique(), list(frame["drawn_from"].unique())
        figure, axes = new_figure((0.44 * len(rows) + 0.6) * len(panels) + 0.5, nrows=len(panels), squeeze=False)
        for axis, measure in zip(axes[:, 0], panels, strict=True):
            mine = frame[frame["measure"] == measure]
            places = mine["drawn_from"].map(rows.index)
            axis.hlines(places, mine["drawn_low"], mine["drawn_high"], color=PALETTE[1], linewidth=7, alpha=0.45)
            axis.plot(mine["drawn_middle"], places, "o", color=PALETTE[1], markersize=6)
            real = mine["real"].iloc[0]
            axis.vlines(
                [real] * len(rows),
                [row - 0.24 for row in range(len(rows))],
                [row + 0.24 for row in range(len(rows))],
                color=PALETTE[2],
                linewidth=2,
            )
            axis.set_title(measure, loc="left", fontsize=9.5)
            axis.margins(x=0.08)
            axis.set_xlim(left=0)
            axis.xaxis.set_major_locator(MaxNLocator(4))
            labels_above(axis, [wording.sentence(row) for row in rows], 0.26)
        handles = [
            Patch(color=PALETTE[2], label="The real groups"),
            Patch(color=PALETTE[1], label="Drawn: 90%, and the middle"),
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=2, handlelength=1)
        return figure
