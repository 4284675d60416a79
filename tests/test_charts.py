"""Charts show their data: lengths, places and labels are the frame's; a few are compared as pictures.

`pytest --mpl-generate-path=tests/baseline tests/test_charts.py` draws the pictures again; look at them before keeping
them.
"""

import numpy as np
import pandas as pd
import pytest
from ccg import ERA

from ccganalysis.presentation import charts, display

SERIES = pd.DataFrame(
    {"financial_year": ["2013/14", "2017/18"], "allowance_gbp": [1.3452e9, 1.21e9], "kind": ["published", "assumed"]}
)
STEPS = pd.DataFrame(
    {
        "step": ["merger", "joint working", "gap left"],
        "low_gbp": [1e6, 0.0, 9e6],
        "central_gbp": [2e6, 1e6, 7e6],
        "high_gbp": [3e6, 2e6, 5e6],
        "kind": ["modelled", "assumed", "modelled"],
    }
)
TEST = pd.DataFrame({"place": ["Near", "Far", "Alone"], "break_even_saving_gbp": [450_000.0, 1_500_000.0, np.nan]})
VALIDATION = pd.DataFrame(
    {
        "bodies": ["A", "B"] * 3,
        "period": "2017/18",
        "reported_gbp": [12e6, 3e6] * 3,
        "allowance_model": np.repeat(["carried", "per_head_adjusted", "per_head_registered"], 2),
        "error_share": [0.01, -0.05, 0.06, 0.0, 0.09, 0.1],
    }
)
CHANCES = pd.DataFrame(
    {
        "area_name": ["A", "B", "C"] * 2,
        "reduction_definition": ["cash"] * 3 + ["real"] * 3,
        "probability": [0.0, 0.04, 0.5, 0.3, 0.96, 1.0],
    }
)
PLANS = pd.DataFrame({"disruption_people": [0, 100, 200, 300], "released_central_gbp": [0.0, 4e5, 3e5, 8e5]})
MARKS = pd.DataFrame({"label": ["No change"], "disruption_people": [0], "released_central_gbp": [0.0]})


def texts(figure) -> str:
    axes_texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    return "\n".join(axes_texts + [tick.get_text() for axes in figure.axes for tick in axes.get_yticklabels()])


def test_the_national_series_has_a_bar_a_year_and_hatches_what_is_assumed():
    bars = charts.national_series(SERIES).axes[0].patches
    assert [bar.get_height() for bar in bars] == [1.3452e9, 1.21e9]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True]


def test_the_waterfall_starts_at_the_gap_and_ends_at_what_is_left():
    figure = charts.waterfall(STEPS, 10e6)
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [10e6, -2e6, -1e6, 7e6]
    assert [bar.get_x() for bar in bars] == [0, 10e6, 8e6, 0]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, True, False]
    assert "£2.0m (£1.0m to £3.0m)" in texts(figure) and "£1.0m (£0 to £2.0m), assumption" in texts(figure)


def test_break_even_leaves_out_a_body_alone_and_marks_what_the_evidence_reaches():
    figure = charts.break_even(TEST, (300_000, 500_000))
    points = figure.axes[0].collections[-1]
    assert sorted(points.get_offsets()[:, 0]) == [450_000, 1_500_000]
    assert len({tuple(colour) for colour in points.get_facecolors()}) == 2
    assert "Alone" not in texts(figure)


def test_validation_has_every_error_once():
    drawn = [line.get_xdata() for line in charts.validation(VALIDATION).axes[0].lines if line.get_marker() in "os^"]
    assert sorted(np.concatenate(drawn)) == sorted(VALIDATION["error_share"])


def test_probabilities_are_counted_in_bands():
    counts = charts.probability_table(CHANCES).axes[0].collections[0].get_array().reshape(2, 6)
    assert counts.tolist() == [[2, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 2]]


def test_sensitivity_and_limits_are_as_long_as_their_values():
    indices = pd.DataFrame({"quantity": ["a_gbp", "csu_b"], "total": [0.7, 0.3], "kind": ["assumed", "reported"]})
    figure = charts.sensitivity(indices)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.7, 0.3]
    assert "CSU b" in texts(figure) and "70%, assumed" in texts(figure)
    places = pd.DataFrame({"place": ["North"], "limit_gbp": [8e6], "gap_gbp": [2e6]})
    assert [bar.get_width() for bar in charts.limits_bars(places).axes[0].patches] == [8e6, 2e6]


def test_the_frontier_marks_plans_by_name():
    labels = ("People", "Released")
    figure = charts.frontier(PLANS, PLANS.iloc[[0, 1, 3]], MARKS, "disruption_people", "released_central_gbp", labels)
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0, 100, 300]
    assert "No change" in texts(figure)


def test_the_histogram_counts_every_candidate_it_shows():
    needed = pd.DataFrame({"break_even_saving_gbp": np.linspace(4e5, 2e6, 400)})
    figure = charts.break_even_histogram(needed, {"alone": (3e5, 5e5)}, 1.5e6)
    bars = [patch for patch in figure.axes[0].patches if patch.get_label() != "span" and patch.get_alpha() is None]
    assert 396 <= sum(bar.get_height() for bar in bars if hasattr(bar, "get_height")) <= 402
    assert "alone" in texts(figure) and "stress case" in texts(figure)


def test_the_fitted_line_runs_through_its_band():
    people = np.array([0.0, 1e5, 2e5])
    spent = pd.DataFrame({"registered_population": [1e5], "outturn_gbp": [2e6]})
    axes = charts.scale_fit(spent, people, people * 20, people * 19, people * 21).axes[0]
    assert axes.lines[0].get_ydata().tolist() == [0, 2e6, 4e6]


@pytest.mark.parametrize(
    "make",
    [
        lambda: charts.national_series(SERIES),
        lambda: charts.waterfall(STEPS, 10e6),
        lambda: charts.validation(VALIDATION),
        lambda: charts.break_even(TEST, (300_000, 500_000)),
    ],
)
def test_no_title_inside_and_all_text_horizontal(make):
    figure = make()
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert axes.get_title(loc="center") == ""
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts, axes.xaxis.label]
        assert {text.get_rotation() for text in labels if text.get_text()} == {0.0}
        assert axes.yaxis.label.get_text() == ""


@pytest.mark.mpl_image_compare(tolerance=3)
def test_picture_of_the_national_series():
    return charts.national_series(SERIES)


@pytest.mark.mpl_image_compare(tolerance=3)
def test_picture_of_the_waterfall():
    return charts.waterfall(STEPS, 10e6)


@pytest.mark.mpl_image_compare(tolerance=3)
def test_picture_of_the_probabilities():
    display.speak(ERA)
    return display.filled(charts.probability_table(CHANCES))


@pytest.mark.mpl_image_compare(tolerance=3)
def test_picture_of_the_frontier():
    labels = ("People", "Released")
    return charts.frontier(PLANS, PLANS.iloc[[0, 1, 3]], MARKS, "disruption_people", "released_central_gbp", labels)
