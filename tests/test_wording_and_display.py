"""Words for numbers, and the one way that figures and tables reach a notebook."""

import base64
import hashlib
import html
import json
import re

import pandas as pd
import pytest
from markupsafe import escape

from ccganalysis import notebooks, wording
from ccganalysis.data.columns import COLUMNS, KINDS
from ccganalysis.errors import InputError
from ccganalysis.presentation import bundles, charts, display
from ccganalysis.presentation.bundles import ARTEFACT


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1_210_000_000, "£1.21 billion"),
        (242_000_000, "£242.0 million"),
        (999_600, "£1.0 million"),
        (465_432, "£465,000"),
        (25, "£25.00"),
        (-1_500_000, "-£1.5 million"),
        (0, "£0"),
        (999_499, "£999,000"),
    ],
)
def test_pounds(value, words):
    assert wording.gbp(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(59_037_140, "59.0 million"), (426_012, "426,000"), (812, "812"), (9_999, "9,999")]
)
def test_people(value, words):
    assert wording.people(value) == words


def test_counts_and_lists():
    assert wording.count(1, "body", "bodies") == "one body"
    assert wording.count(0, "body", "bodies") == "no bodies"
    assert wording.count(1_195, "merger") == "1,195 mergers"
    assert wording.listed(["A"]) == "A"
    assert wording.listed(["A", "B", "C"]) == "A, B and C"
    assert wording.listed(list("ABCDEFGH"), most=3) == "A, B and 6 more"
    assert wording.share_of(0, 4_231, "mergers") == "none of 4,231 mergers"
    assert wording.short_name("NHS Leeds CCG") == "Leeds"
    assert wording.date("2018-04-01") == "1 April 2018"


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(display, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


HOSTILE = "<script>alert(1)</script>"


def figure():
    with charts.theme():
        drawn, axes = charts.new_figure(2.0)
        axes.plot([1, 2], [3, 4])
    return drawn


def show(**changes):
    words = {
        "name": "a_chart",
        "headline": f"It rose {HOSTILE}",
        "subtitle": "s",
        "alt": 'a "b"',
        "source": "ONS",
        "kind": "published",
    }
    display.show(figure, data=pd.DataFrame({"body_name": ["=HYPERLINK(1)"]}), **{**words, **changes})


def test_a_figure_has_words_data_and_no_live_markup(shown):
    show()
    (bundle,) = shown
    assert "Figure: It rose" in bundle["text/plain"]
    assert HOSTILE not in bundle["text/html"]
    assert 'alt="a &#34;b&#34;"' in bundle["text/html"]
    assert HOSTILE in bundle[ARTEFACT]["title"], "data, not markup"
    assert "'=HYPERLINK" in bundle[ARTEFACT]["csv"]


def test_the_same_figure_gives_the_same_bytes(shown):
    show()
    show()
    assert json.dumps(shown[0], sort_keys=True) == json.dumps(shown[1], sort_keys=True)


@pytest.mark.parametrize("changes", [{"kind": "guessed"}, {"name": "Bad name"}, {"name": "../up"}])
def test_a_figure_without_a_known_kind_or_a_safe_name_is_refused(shown, changes):
    with pytest.raises(InputError):
        show(**changes)


def test_a_table_shows_units_scopes_and_what_is_missing(shown):
    frame = pd.DataFrame(
        {"body_name": ["A", "B", "C"], "gap_gbp": [1234.0, float("nan"), 5.0], "share": [0.125, 1.0, 0.0]}
    )
    display.show_table(frame, name="t", caption="Gaps", source="ONS", kind=["modelled", "published"], rows=2)
    (bundle,) = shown
    page = bundle["text/html"]
    assert '<th scope="row">A</th>' in page and 'scope="col"' in page
    assert "To be released (£)" in page and "Share (%)" in page
    assert "1,234" in page and "[x]" in page and "12.5" in page
    assert "[x] not available" in bundle["text/plain"] and "First 2 of 3 rows" in bundle["text/plain"]
    assert bundle[ARTEFACT]["csv"].count("\n") == 4
    assert bundle[ARTEFACT]["cells"] == [["A", "1,234", "12.5"], ["B", "[x]", "100.0"]]


def test_html_and_text_say_what_the_structure_says(shown):
    """Every word of the structure stands in both, and the page adds its number and links to the same markup."""
    frame = pd.DataFrame({"body_name": ["A & B"], "gap_gbp": [1234.0]})
    display.show_table(frame, name="t", caption="Gaps <all>", source="S & T", kind=["modelled", "assumed"])
    show(headline="It rose")
    display.download(pd.concat([frame, frame]), name="d", title="All", source="ONS", kind="derived")
    display.finding("1 < 2")
    display.key_results([display.Result("gap_gbp", "Gap & limit", 242_000_000, "modelled")])
    for bundle, words in zip(
        shown,
        (
            ["Gaps <all>", "A & B", "1,234", "Source: S & T. Kind of figure: modelled and assumed."],
            ["It rose", "s", 'a "b"', "Source: ONS. Kind of figure: published."],
            ["All", "2 rows, 2 columns. Source: ONS. Kind of figure: derived."],
            ["1 < 2"],
            ["Key results", "Gap & limit", "£242.0 million", "modelled"],
        ),
        strict=True,
    ):
        for word in words:
            assert word in bundle["text/plain"]
            assert html.escape(word) in bundle["text/html"].replace("&#34;", "&quot;")
        known = {"label": "Table 7", "files": [{"href": "a.csv", "words": "CSV"}], "rows": {}}
        known |= {"linked": escape, "told": escape, "source": escape, "kind": lambda name, kind: kind}
        on_page = bundles.markup(bundle[ARTEFACT], page=known)
        assert "style=" in bundle["text/html"] and "style=" not in on_page
        assert all(html.escape(word) in on_page for word in words[:1])


def output(bundle):
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def test_a_download_is_a_link_in_a_notebook_and_not_in_what_is_stored(shown):
    frame = pd.DataFrame({"body_code": ["00C"], "gap_gbp": [7]})
    display.download(frame, name="d", title="All", source="ONS", kind="derived")
    long = pd.concat([frame] * 40_000)
    display.download(long, name="e", title="All", source="ONS", kind="derived")
    link = re.search(r'<a download="d.csv" href="data:text/csv;base64,([^"]+)">d.csv</a>', shown[0]["text/html"])
    assert base64.b64decode(link[1]).decode() == "body_code,gap_gbp\n00C,7\n"
    assert "<a " not in shown[1]["text/html"], "what is long would stand in the notebook twice"
    (stored,) = notebooks.stored(output(shown[0]))
    assert "<a " not in stored["data"]["text/html"]


def test_long_data_are_stored_as_their_rows_and_a_fingerprint(shown):
    for last in (499, 499, 500):
        frame = pd.DataFrame({"body_code": ["00C"] * 500, "gap_gbp": [*range(499), last]})
        display.download(frame, name="d", title="All", source="ONS", kind="derived")
    (first,), (second,), (other,) = (notebooks.stored(output(bundle)) for bundle in shown)
    text = "body_code,gap_gbp\n" + "".join(f"00C,{n}\n" for n in range(500))
    expected = {"heading": "body_code,gap_gbp", "rows": 500, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    assert first["data"][ARTEFACT] == {"role": "download", "name": "d", "data": expected}
    assert first == second != other
    assert notebooks.stored(first) == [first], "what is stored stays as it is"


def test_a_figure_is_stored_as_words_its_data_and_a_small_picture_with_alternative_text(shown, monkeypatch):
    monkeypatch.setenv("CCGANALYSIS_FIGURE_FORMATS", "png")
    show()
    words, picture = notebooks.stored(output(shown[0]))
    assert words["data"][ARTEFACT]["data"] == {"lines": ["body_name", "'=HYPERLINK(1)"]}
    assert "<img" not in words["data"]["text/html"] and words["data"]["text/plain"] == shown[0]["text/plain"]
    assert len(picture["data"]["image/png"]) < len(shown[0]["image/png"]) / 2
    assert picture["metadata"] == {"image/png": {"alt": 'a "b"'}}


def test_an_output_of_others_is_stored_as_it_is():
    for other in ({"output_type": "stream", "name": "stdout", "text": "1"}, output({"text/html": "<b>1</b>"})):
        assert notebooks.stored(other) == [other]


def test_key_results_carry_values_and_kinds(shown):
    display.key_results([display.Result("gap_gbp", "Gap", 242_000_000, "modelled")])
    assert shown[0][ARTEFACT]["results"] == [
        {"name": "gap_gbp", "words": "Gap", "value": 242_000_000, "kind": "modelled"}
    ]
    with pytest.raises(InputError):
        display.key_results([display.Result("gap_gbp", "Gap", 1, "certain")])


def test_no_svg_asks_for_anything_or_dates_itself(shown):
    svg = display.to_svg(figure())
    assert "<metadata" not in svg and "url(http" not in svg and "Arial" in svg


def test_the_codebook_gives_every_number_a_unit_or_a_meaning():
    for name, column in COLUMNS.items():
        assert column.label and column.type in {"string", "integer", "number", "date"}, name
        if name.endswith(("_gbp", "_gbp_low", "_gbp_high")):
            assert column.unit == "£", name
        if name.endswith("_km2"):
            assert "km²" in column.unit, name
    assert COLUMNS["kind"].allowed == KINDS
