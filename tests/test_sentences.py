"""Every sentence of every page, for all areas, footprints, readings of the cut, targets and water links.

What a sentence may not say is in `sentence_rules.RULES`; how pages are made without kernels in `sentences`.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

import pandas as pd
import pytest
import sentences
from sentence_rules import RULES, faults
from sentences import FOOTPRINTS, Page, recording

from ccganalysis.presentation import display

SHOWN = 3
"""Examples of each fault that a failing test names."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_finds_its_fault_and_nothing_else(rule):
    assert rule.name in _names(rule.bad)
    assert rule.name not in _names(rule.good)


def _names(told: str | Page) -> set[str]:
    return {name for name, _ in faults(told if isinstance(told, Page) else Page(texts=[("text", told)]))}


@pytest.mark.parametrize("as_at", FOOTPRINTS)
def test_sentences_of_every_area_and_of_england(as_at, every):
    """And the verdict is the same on 04, on 05 and on the page of each area."""
    with recording():
        published = list(sentences.published_pages(as_at))
        national = list(sentences.national_pages(as_at))
        check(chain(published, sentences.area_pages(as_at, every=every), national))
    the_verdict_is_the_same(published, national)
    the_answer_fits_the_first_screen(published)


def the_verdict_is_the_same(published: list[Page], national: list[Page]) -> None:
    """On the national pages as published, and on those of the areas."""
    told = [
        page.tables["answers"]
        for page in national
        if page.parameters.keys() <= {"as_at", "draws", "number_of_bodies"} and "answers" in page.tables
    ]
    assert len(told) == 2
    pd.testing.assert_frame_equal(*told)
    by_name = told[0].set_index("area_name")
    assert len(published) == len(by_name)
    for page in published:
        result = page.results
        row = by_name.loc[result["area_name"]]
        own, finding = (
            (display._spoken(one["verdict"]) for one in (row, result)),
            page.part("finding").replace("**", ""),
        )
        assert {*own} == {finding}
        assert (row["merged"], row["bodies_left"]) == (result["merged"], result["bodies_left"])
        assert row["disruption_people"] == result["disruption_people"]


FIRST = ("finding", "strip", "bullet", "answer_map headline", "answer_map subtitle")


def the_answer_fits_the_first_screen(published: list[Page]) -> None:
    """No more than 90 words stand before the first picture of any area's page."""
    for page in published:
        first = [page.part(name) for name in FIRST]
        words = " ".join(["Which should merge?", page.results["area_name"], *first, "Figure 1"]).split()
        assert len(words) <= 90, (page, len(words))


@pytest.mark.parametrize("as_at", ["2018-04-01", "2026-04-01"])
def test_sentences_where_a_reader_asks_for_something_else(as_at):
    with recording():
        check(sentences.asked_pages(as_at))


def test_sentences_of_the_checks_and_the_back_test():
    with recording():
        check(sentences.undated_pages())


def check(pages: Iterable[Page]) -> None:
    """Fails with every rule broken: how often, on how many pages, and the first few examples."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    count = 0
    for page in pages:
        count += 1
        for name, words in faults(page):
            found[name][words].append(str(page))
    assert count, "no page was made"
    if found:
        lines = [f"{count} pages; {len(found)} rules broken"]
        for name, by_words in sorted(found.items(), key=lambda item: -len(_pages(item[1]))):
            lines.append(f"\n{name}: on {len(_pages(by_words))} pages, {len(by_words)} different")
            lines += [f"  {words}\n    {where[0]}" for words, where in list(by_words.items())[:SHOWN]]
        pytest.fail("\n".join(lines), pytrace=False)


def _pages(by_words: dict[str, list[str]]) -> set[str]:
    return {where for pages in by_words.values() for where in pages}
