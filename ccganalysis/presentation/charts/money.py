"""What the cut asks for, and what could release it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ... import wording
from .style import GREY, INK, PALETTE, SMALL, labels_above, new_figure, pounds_axis, theme

CHANCES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0001)


def national_series(series: pd.DataFrame) -> Figure:
    """Total allowance by year (`financial_year`, `allowance_gbp`, `kind`); assumed years are hollow bars."""
    with theme():
        figure, axes = new_figure(2.9)
        for place, row in enumerate(series.itertuples()):
            solid = row.kind != "assumed"
            axes.bar(
                place,
                row.allowance_gbp,
                width=0.7,
                color=PALETTE[0] if solid else "white",
                edgecolor=PALETTE[0],
                hatch=None if solid else "///",
                linewidth=1,
            )
            axes.text(
                place,
                row.allowance_gbp * 1.015,
                f"£{row.allowance_gbp / 1e6:,.0f}m\n{row.kind}",
                ha="center",
                va="bottom",
                fontsize=SMALL,
            )
        axes.set_xticks(range(len(series)), series["financial_year"])
        axes.set_ylim(0, series["allowance_gbp"].max() * 1.2)
        axes.set_yticks([])
        return figure


def validation(frame: pd.DataFrame) -> Figure:
    """Reported running costs against the three models (`bodies`, `reported_gbp`, `allowance_model`, `modelled_gbp`)."""
    with theme():
        order = frame.drop_duplicates("bodies").sort_values("reported_gbp", ascending=False)
        figure, axes = new_figure(0.5 * len(order) + 1.4)
        places = {body: place for place, body in enumerate(order["bodies"])}
        markers = dict(zip(sorted(frame["allowance_model"].unique()), ("o", "s", "^"), strict=True))
        for body, place in places.items():
            errors = frame.loc[frame["bodies"] == body, "error_share"]
            axes.hlines(place, min(errors.min(), 0), max(errors.max(), 0), color=GREY)
            axes.vlines(0, place - 0.2, place + 0.2, color=INK, linewidth=1)
        for colour, (model, marker) in zip(PALETTE, markers.items(), strict=False):
            mine = frame[frame["allowance_model"] == model]
            axes.plot(
                mine["error_share"],
                mine["bodies"].map(places),
                marker,
                color=colour,
                markersize=7,
                label=wording.sentence(model.replace("_", " ")),
            )
        told = [f"{row.bodies}: £{row.reported_gbp / 1e6:,.1f}m, {row.period}" for row in order.itertuples()]
        labels_above(axes, told, 0.24)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+.0%}" if round(value, 4) else "0%"))
        axes.set_xlabel("Modelled {baseline_year} allowance against the figure reported")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=1)
        return figure


def break_even(frame: pd.DataFrame, evidence: tuple[float, float]) -> Figure:
    """Break-even saving per body removed by place (`place`, `break_even_saving_gbp`), against the range of evidence."""
    with theme():
        ordered = frame.dropna(subset="break_even_saving_gbp").sort_values("break_even_saving_gbp", ascending=False)
        figure, axes = new_figure(0.235 * len(ordered) + 1.3)
        axes.axvspan(
            *evidence, color=PALETTE[1], alpha=0.3, linewidth=0, label="Evidence where a merger alone was priced"
        )
        reached = ordered["break_even_saving_gbp"] <= evidence[1]
        places = range(len(ordered))
        axes.hlines(places, 0, ordered["break_even_saving_gbp"], color=GREY, linewidth=0.8)
        colours = [PALETTE[1] if hit else PALETTE[0] for hit in reached]
        axes.scatter(ordered["break_even_saving_gbp"], places, c=colours, s=26, zorder=3)
        axes.set_yticks(list(places), ordered["place"], fontsize=SMALL)
        axes.set_ylim(-1, len(ordered) - 0.3)
        axes.set_xlim(0, ordered["break_even_saving_gbp"].max() * 1.05)
        pounds_axis(axes.xaxis)
        axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        figure.supxlabel("Saving a year needed from each body removed", fontsize=9.5)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left")
        return figure


def waterfall(frame: pd.DataFrame, gap_gbp: float) -> Figure:
    """From what has to be released to what is left: `step`, `low_gbp`, `central_gbp`, `high_gbp`, `kind`, the last step the gap left.

    Bars are central values, whiskers the low and high cases, hatching a lever without a source for all it rests on.
    """
    with theme():
        levers = frame[frame["step"] != "gap left"]
        left = frame[frame["step"] == "gap left"].iloc[0]
        steps = ["To be released", *levers["step"], "Gap left" if left["central_gbp"] >= 0 else "More than asked for"]
        figure, axes = new_figure(0.5 * len(steps) + 0.7)
        axes.barh(0, gap_gbp, color=GREY, height=0.4)
        labels = [f"{steps[0]}: {_pounds(gap_gbp)}"]
        start = gap_gbp
        for place, row in enumerate(levers.itertuples(), start=1):
            end = start - float(row.central_gbp)
            axes.barh(
                place,
                end - start,
                left=start,
                height=0.4,
                color="white" if row.kind == "assumed" else PALETTE[1],
                edgecolor=PALETTE[1],
                hatch="///" if row.kind == "assumed" else None,
            )
            axes.hlines(place, start - row.high_gbp, start - row.low_gbp, color=INK, linewidth=1.2)
            text = f"{wording.sentence(row.step)}: {_pounds(row.central_gbp)} ({_pounds(row.low_gbp)} to {_pounds(row.high_gbp)})"
            labels.append(text + (", assumption" if row.kind == "assumed" else ""))
            start = end
        axes.barh(len(steps) - 1, start, color=PALETTE[2], height=0.4)
        labels.append(f"{steps[-1]}: {_pounds(abs(start))} ({_pounds(left['high_gbp'])} to {_pounds(left['low_gbp'])})")
        labels_above(axes, labels, 0.24)
        places = np.arange(len(steps))
        axes.vlines(np.zeros(len(steps)), places - 0.24, places + 0.24, color=INK, linewidth=1)
        axes.set_xlim(min(0, left["high_gbp"]) * 1.05, max(gap_gbp, left["low_gbp"]) * 1.05)
        pounds_axis(axes.xaxis)
        axes.set_xlabel("£ a year still to be found")
        return figure


def _pounds(value: float) -> str:
    size = abs(value)
    words = f"£{size / 1e6:,.1f}m" if size >= 999_500 else f"£{size / 1e3:,.0f}k" if size else "£0"
    return f"-{words}" if value < 0 and size else words


def probability_table(frame: pd.DataFrame) -> Figure:
    """How many areas have which probability (`area_name`, `reduction_definition`, `probability`): a grid of counts."""
    with theme():
        bands = pd.cut(frame["probability"], CHANCES, right=False)
        counts = pd.crosstab(frame["reduction_definition"], bands, dropna=False)
        counts = counts.reindex(frame["reduction_definition"].unique())
        figure, axes = new_figure(0.5 * len(counts) + 1.1)
        sns.heatmap(
            counts,
            annot=True,
            fmt="d",
            cmap=sns.light_palette(PALETTE[0], as_cmap=True),
            vmin=0,
            vmax=counts.to_numpy().sum() / len(counts),
            cbar=False,
            linewidths=2,
            ax=axes,
        )
        names = [f"{low:.0%} to\n{high:.0%}" for low, high in itertools.pairwise(CHANCES)]
        axes.set_xticklabels([f"below\n{CHANCES[1]:.0%}", *names[1:-1], f"{CHANCES[-2]:.0%}\nor more"], rotation=0)
        axes.set_yticklabels([wording.sentence(name.replace("_", " ")) for name in counts.index], rotation=0)
        axes.set(xlabel="Probability that all levers together reach the limit;\nnumber of {areas}", ylabel="")
        axes.tick_params(length=0)
        return figure


def sensitivity(frame: pd.DataFrame) -> Figure:
    """Total Sobol index of each quantity (`quantity`, `total`, `kind`): share of the spread of the gap left."""
    with theme():
        ordered = frame.sort_values("total", ascending=False)
        figure, axes = new_figure(0.46 * len(ordered) + 0.6)
        bars = axes.barh(range(len(ordered)), ordered["total"], color=PALETTE[0], height=0.4)
        for bar, kind in zip(bars, ordered["kind"], strict=True):
            if kind == "assumed":
                bar.set(facecolor="white", edgecolor=PALETTE[0], hatch="///")
        told = [
            f"{wording.sentence(wording.quantity(row.quantity))}: {row.total:.0%}, {row.kind}"
            for row in ordered.itertuples()
        ]
        labels_above(axes, told, 0.24)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.set_xlim(0, max(ordered["total"].max() * 1.05, 0.1))
        axes.set_xlabel("Part in the uncertainty of the gap left (total Sobol index)")
        return figure


def limits_bars(frame: pd.DataFrame) -> Figure:
    """Limit and gap of a few places (`place`, `limit_gbp`, `gap_gbp`) as one bar each, directly labelled."""
    with theme():
        ordered = frame.sort_values("gap_gbp", ascending=False)
        figure, axes = new_figure(0.46 * len(ordered) + 1.0)
        places = range(len(ordered))
        axes.barh(places, ordered["limit_gbp"], color=PALETTE[0], height=0.4, label="Limit")
        axes.barh(
            places,
            ordered["gap_gbp"],
            left=ordered["limit_gbp"],
            color=PALETTE[3],
            height=0.4,
            label="What is to be released",
        )
        labels_above(axes, [f"{row.place}: {_pounds(row.gap_gbp)} to release" for row in ordered.itertuples()], 0.24)
        axes.set_xlim(0, (ordered["limit_gbp"] + ordered["gap_gbp"]).max() * 1.02)
        pounds_axis(axes.xaxis)
        axes.set_xlabel("Running cost")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2, handlelength=1)
        return figure


def scale_fit(frame: pd.DataFrame, people: object, line: object, low: object, high: object) -> Figure:
    """Outturn against registered people (`registered_population`, `outturn_gbp`) with the fitted line and its band."""
    with theme():
        figure, axes = new_figure(3.6)
        axes.fill_between(people, low, high, color=PALETTE[1], alpha=0.25, linewidth=0)
        axes.plot(people, line, color=PALETTE[1])
        axes.scatter(frame["registered_population"], frame["outturn_gbp"], color=PALETTE[0], s=16)
        axes.set_xlabel("Registered people")
        axes.set_ylim(0)
        pounds_axis(axes.yaxis)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        return figure
