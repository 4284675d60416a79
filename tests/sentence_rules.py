"""What no sentence of any page may say: one list, `RULES`. To add a rule, add an entry with a text that breaks it and one
that does not.

A rule is a regular expression over a text, a function of a text, or a function of a page, which has the tables and the
other texts beside it. Functions give what is wrong, or nothing.
"""

import calendar
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pandas as pd
from sentences import Page

from ccganalysis import wording

Told = str | Page


@dataclass(frozen=True)
class Rule:
    """A fault by name, how to find it, and an example of each: `bad` breaks the rule, `good` does not."""

    name: str
    bad: Told
    good: Told
    pattern: str = ""
    text: Callable[[str], str | None] | None = None
    page: Callable[[Page], Iterable[str]] | None = None


# --- numbers in texts ---

DIGITS = r"\d[\d,]*(?:\.\d+)?"
AMOUNT = rf"-?£?(?:nan|{DIGITS})(?:%| million| billion)?"
WORDS = "|".join(wording.NUMBERS)
COUNT = rf"(?:{DIGITS}|{WORDS}|{WORDS.title()}|None|none)"
MORE = rf"(?<![\d.,£])(?:\d[\d,]*\d|[2-9]|{'|'.join(wording.NUMBERS[2:])}|{'|'.join(wording.NUMBERS[2:]).title()})"
ONE = r"(?<![\d.,£])\b(?:1|[Oo]ne)"
THINGS = {
    "body": "bodies",
    "plan": "plans",
    "way": "ways",
    "merger": "mergers",
    "ICS": "ICSs",
    "authority": "authorities",
    "officer": "officers",
    "candidate": "candidates",
    "outcome": "outcomes",
    "option": "options",
    "figure": "figures",
    "list": "lists",
    "person": "people",
    "other": "others",
    "group": "groups",
}
SINGULAR, PLURAL = "|".join(THINGS), "|".join(THINGS.values())


def number(text: str) -> float:
    """£1.8 million is 1800000, seven 7, 36% 36."""
    if text.lower() in wording.NUMBERS:
        return wording.NUMBERS.index(text.lower())
    if text.lower() == "none":
        return 0
    scale = 1e9 if "billion" in text else 1e6 if "million" in text else 1
    return float(re.sub(r"[^\d.nai-]", "", text.split(" ")[0])) * scale


def _after(pattern: str, text: str) -> list[str]:
    """What the pattern's group holds, everywhere in the text."""
    return [found[1] for found in re.finditer(pattern, text)]


NO_NUMBER = re.compile(rf"(?:\d{{1,2}} )?(?:{'|'.join(calendar.month_name[1:])}) 20\d\d|PQ \d+|question/\d+")
"""Days, months and the names of questions in Parliament."""


def of_many_numbers(texts: Iterable[str]) -> list[str]:
    """The sentences of these texts with more than the two numbers that a reader can hold."""
    sentences = re.split(r"(?<=[.?])\s", " ".join(texts))
    return [one for one in sentences if len(re.findall(r"\d[\d,.]*", NO_NUMBER.sub("", one))) > 2]


# --- rules over one text ---


def equal_ends(text: str) -> str | None:
    for found in re.finditer(rf"({AMOUNT}) to (at most )?({AMOUNT})(?!\d| [A-Z]\w+ \d)", text):
        low, most, high = found.groups()
        if low == high or (most and number(low) > number(high)):
            return found[0]
    return None


def part_above_whole(text: str) -> str | None:
    for found in re.finditer(rf"(?<![\d.,£])({AMOUNT}) of (?:the )?({AMOUNT})(?! [A-Z]\w+ \d)", text):
        part, whole = found.groups()
        if part.startswith("£") == whole.startswith("£") and "%" not in part + whole and number(part) > number(whole):
            return found[0]
    return None


# --- rules over a page: words against the words and tables beside them ---


def _said(page: Page) -> str:
    """The finding and the paragraphs of a page."""
    return f"{page.part('finding')}\n{page.part('text')}"


def _pages_with(*names: str) -> Callable:
    """For pages that have all the tables named."""

    def only(function: Callable[[Page], Iterable[str]]) -> Callable[[Page], Iterable[str]]:
        @functools.wraps(function)
        def checked(page: Page) -> Iterable[str]:
            return function(page) if all(name in page.tables for name in names) else ()

        return checked

    return only


def _rounds(said: str, share: float) -> bool:
    """Whether a share rounds to what is said of it, at the decimals it is said with; all or nothing has to be exact."""
    decimals = len(said.strip("%,").partition(".")[2])
    exact = number(said) not in (0, 100) or share in (0, 1)
    return exact and abs(number(said) - 100 * share) <= 0.5 * 10**-decimals + 1e-9


def _differs(said: str, value: float, words: Callable[[float], str]) -> bool:
    return number(said) != number(words(value))


@_pages_with("waterfall")
def most_is_above_half(page: Page) -> Iterator[str]:
    levers, headline = _levers(page), page.part("waterfall headline")
    named = re.findall(r"(most of it|the largest part, [\d.]+%,) from ([^;.(]+?)(?= \(|[;.]|$)", headline)
    for part, name in named:
        share = levers[name] / levers.sum()
        if share < levers.max() / levers.sum() or not (
            _rounds(part.split(", ")[1], share) if "," in part else share > 0.5
        ):
            yield f"{part} from {name}: it is {share:.1%}"
    if "has to come from elsewhere than the number of bodies" in _said(page):
        gap = levers.sum() + page.tables["waterfall"].set_index("step").loc["gap left", "central_gbp"]
        if not levers["merger"] < gap / 2:
            yield f"most has to come from elsewhere: mergers release {levers['merger'] / gap:.1%} of the gap"


def _levers(page: Page) -> pd.Series:
    return page.tables["waterfall"].set_index("step")["central_gbp"].drop("gap left")


@_pages_with("waterfall")
def levers_add_up(page: Page) -> Iterator[str]:
    headline, released = page.part("waterfall headline"), _levers(page).sum()
    for said in _after(rf"levers together would release ({AMOUNT}) ", headline):
        if _differs(said, released, wording.gbp):
            yield f"{headline} (the levers add up to {wording.gbp(released)})"


def other_levers_fall_short(page: Page) -> Iterator[str]:
    if "the rest has to come from other levers" in _said(page) and "still to be found" in page.part(
        "waterfall headline"
    ):
        yield f"the rest has to come from other levers ... {page.part('waterfall headline')}"


def all_listed(page: Page) -> Iterator[str]:
    plans = page.results.get("plan_count", 0)
    held = max((len(frame) for name, frame in page.tables.items() if "plan" in name), default=0)
    for claim in re.findall(r"[^.;]*plans[,;] all (?:are )?listed", _said(page)):
        if held < plans:
            yield f"{claim} (the longest table of plans has {held} of {plans})"


def not_a_plan_but_merged(page: Page) -> Iterator[str]:
    if "Merging them all would" in _said(page):
        yield from re.findall(r"\*\*One body[^.]* is not a plan[^.]*", page.part("text"))


def no_plan_but_best(page: Page) -> Iterator[str]:
    if "No plan fits" in _said(page) and page.part("strip"):
        yield f"No plan fits ... {page.part('strip')}"


@_pages_with("scorecard")
def scorecard_without_merger(page: Page) -> Iterator[str]:
    if "no merger" in page.part("scorecard cell"):
        yield page.part("scorecard caption")


def counts_as_in_results(page: Page) -> Iterator[str]:
    """Bodies, ways and plans of an ICS, wherever they are told."""
    result = page.results
    if page.notebook != "area_report" or not result:
        return
    ways = result["connected_sets"] - result["body_count"]
    told = {
        rf"had ({COUNT}) bod": ("text", result["body_count"]),
        rf"could merge in ({COUNT}) way": ("text", ways),
        rf"which make ({COUNT}) plan": ("text", result["plan_count"]),
        rf"{COUNT} of ({COUNT}) mergers? would pass": ("text", ways),
        rf"plans? of ({COUNT})": ("frontier headline", result["plan_count"]),
        rf"its ({COUNT}) bod\w+ had become": ("text", result["body_count"]),
    }
    for pattern, (part, value) in told.items():
        for found in re.finditer(pattern, _said(page) if part == "text" else page.part(part)):
            if number(found[1]) != value:
                yield f"{found[0]} (the key results say {value:,})"
    if len(page.tables["limits"]) != result["body_count"] + 1:
        yield f"{result['body_count']} bodies (the table of limits has {len(page.tables['limits']) - 1})"


@_pages_with("plans", "authorities")
def coterminosity_as_in_tables(page: Page) -> Iterator[str]:
    """From the share of no change to that of the best plan; the first recomputed from residents by authority."""
    authorities, plans = page.tables["authorities"], page.tables["plans"]
    whole = authorities.loc[authorities["share_of_authority_residents"] >= 1, "residents"].sum()
    now = whole / authorities["residents"].sum()
    unchanged = plans.loc[plans["plan_label"].str.contains("No change"), "coterminous_share"].fillna(-1)
    for share in unchanged:
        if abs(share - now) > 1e-9:
            yield f"No change: {share:.1%} in the table of plans (residents by authority give {now:.1%})"
    for low, high in re.findall(rf"would go from ({AMOUNT}) to at most ({AMOUNT})", _said(page)):
        if not _rounds(low, now):
            yield f"from {low} (residents by authority give {now:.3%})"
        best = max(plans["coterminous_share"].max(), page.results.get("coterminous_share_best", 0) - KEPT)
        if number(high) < 100 * best and not _rounds(high, best):
            yield f"to at most {high} (there is a plan with {best:.3%})"
    for same in re.findall(rf"stay at ({AMOUNT}) in every plan", _said(page)):
        if not (_rounds(same, now) and _rounds(same, plans["coterminous_share"].max())):
            yield f"stay at {same} (the plans in the table go from {now:.3%} to {plans['coterminous_share'].max():.3%})"


KEPT = 5e-5
"""Key results keep four decimals of a share."""


@_pages_with("plans", "waterfall")
def merger_released_alike(page: Page) -> Iterator[str]:
    """One body for the ICS releases the same in the finding, the levers, the key results and the plans."""
    step = page.tables["waterfall"].set_index("step").loc["merger"]
    most, best = page.results.get("released_central_gbp"), page.tables["plans"]["released_central_gbp"].max()
    if abs(most - step["central_gbp"]) > 1:
        yield f"most that mergers would release: {wording.gbp(most)} (among the levers {wording.gbp(step['central_gbp'])})"
    if best > most + 1:
        yield f"most that mergers would release: {wording.gbp(most)} (a plan in the table {wording.gbp(best)})"
    for said in re.findall(r"Merging them all would release (.*?) a year", _said(page)):
        if said != wording.gbp_range(step["low_gbp"], step["high_gbp"]):
            yield f"{said} (among the levers {wording.gbp(step['low_gbp'])} to {wording.gbp(step['high_gbp'])})"


@_pages_with("area_summary", "waterfall")
def england_released_alike(page: Page) -> Iterator[str]:
    table = page.tables["area_summary"]["released_central_gbp"].sum()
    for said in _after(rf"One body in every ICS(?:, [^.]*?,)? would release ({AMOUNT})", _said(page)):
        if _differs(said, table, wording.gbp):
            yield f"One body in every ICS would release {said} (the table of ICSs adds up to {wording.gbp(table)})"


@_pages_with("frontier")
def ties_are_told(page: Page) -> Iterator[str]:
    """Both counts, of outcomes and of the plans that reach them, where they differ."""
    front, headline = page.tables["frontier"], page.part("frontier headline")
    plans = int(front["plan_count"].sum())
    told = {number(found) for found in re.findall(rf"\b{COUNT}\b", headline)}
    if headline and not {len(front), plans} <= told:
        yield f"{headline} ({len(front)} outcomes, reached by {plans} plans)"


@_pages_with("authorities")
def authorities_as_in_chart(page: Page) -> Iterator[str]:
    most = page.tables["authorities"].groupby("authority_code")["share_of_authority_residents"].max()
    split, headline = int((most < 1).sum()), page.part("authorities headline")
    said = wording.sentence(headline.rpartition(": ")[2])  # the name of the area comes first
    said = said.replace("Its only", "1 of 1").replace("Neither of its two", "0 of 2").replace("Both", "All 2")
    found = re.match(rf"({COUNT}) of ({COUNT}) .*?(?:are|is) (not )?wholly", re.sub(r"^All (\d+)", r"\1 of \1", said))
    told, total = (number(found[1]), number(found[2])) if found else (float("nan"), 0)
    if (told if found and found[3] else total - told, total) != (split, len(most)):
        yield f"{headline} (of {len(most)} authorities {split} are split)"


@_pages_with("validation")
def always_above(page: Page) -> Iterator[str]:
    model = page.parameters.get("allowance_model", "per_head_adjusted")
    frame = page.tables["validation"]
    errors = frame.loc[frame["allowance_model"] == model, "error_share"]
    if len(errors) and (errors > 0).all():
        for part in ("validation headline", "text"):
            for found in re.findall(r"[^.;]*off on average", page.part(part)):
                yield f"{found} (every one is above)"


def untouched_reading(page: Page) -> Iterator[str]:
    if page.parameters.get("saving_target", 0.2) == 0.2:
        return
    for part, text in page.texts:
        if found := re.search(r".{,40}(?:as local papers show it|observed.cash)", text):
            yield f"[{part}] ...{found[0]} (the target is {page.parameters['saving_target']:.0%})"


@_pages_with("connected_sets")
def payback_says_nothing(page: Page) -> Iterator[str]:
    sets = page.tables["connected_sets"]
    if "payback_years" in sets and sets["payback_years"].nunique() == 1:
        yield f"every merger is paid back in {sets['payback_years'].max():.1f} years: an identity"


def beaten_outside_the_interval(page: Page) -> Iterator[str]:
    """Beaten only where a paired interval of the advantage leaves out nought."""
    claims = [text for part, text in page.texts if re.search(r"\bbeat(?:s|en)?\b", text) and part in SPOKEN]
    frames = [frame for frame in page.tables.values() if "advantage_low" in frame]
    clear = {name for frame in frames for name in frame.loc[frame["advantage_low"] > 0, "ranked_by"]}
    for text in claims:
        for sentence in re.findall(r"[^.]*\bbeat(?:s|en)?\b(?:[^.]|\.\d)*", text):
            if "cannot be beaten" in sentence or "not beaten" in sentence:
                continue
            if not any(name in sentence for name in clear):
                yield sentence.strip()


def without_end(page: Page) -> Iterator[str]:
    for part, text in page.texts:
        if part in ("finding", "text") and not text.rstrip().endswith("."):
            yield f"[{part}] ...{text[-60:]}"


SPOKEN = ("finding", "text", "backtest_strip headline", "backtest_curves headline")


def released_zero(page: Page) -> Iterator[str]:
    if page.results.get("body_count", 2) > 1:
        yield from re.findall(r"would release £0[^.;]*", _said(page))


# --- the list ---

LEVER_STEPS = pd.DataFrame(
    {"step": ["merger", "joint working", "gap left"], "central_gbp": [4e6, 6e6, 1e6], "low_gbp": 1e6, "high_gbp": 9e6}
)
PLANS = pd.DataFrame(
    {
        "plan_label": ["No change", "One body"],
        "coterminous_share": [0.4, 1.0],
        "released_central_gbp": [0.0, 4e6],
    }
)
AUTHORITIES = pd.DataFrame(
    {"authority_code": ["a", "b", "b"], "residents": [40, 30, 30], "share_of_authority_residents": [1.0, 0.5, 0.5]}
)
RESULTS = {"connected_sets": 9, "body_count": 4, "plan_count": 7}
LIMITS = pd.DataFrame({"body_name": ["All bodies", *"ABCD"]})
LINE = "the rest has to come from other levers"


def told(*texts: str, part: str = "finding", tables: dict | None = None, results: dict | None = None, **words) -> Page:
    """A page with some texts: `part` names the first ones, keywords the others ("plan_map_headline")."""
    parts = [(part, text) for text in texts]
    named = [(_spaced(name), text) for name, text in words.items() if name not in ("notebook", "parameters")]
    return Page(
        words.get("notebook", ""),
        words.get("parameters", {}),
        texts=[*parts, *named],
        tables=tables or {},
        results=results or {},
    )


def _spaced(name: str) -> str:
    head, _, last = name.rpartition("_")
    return f"{head} {last}" if last in {"headline", "caption", "cell", "alt"} else name


RULES = (
    Rule(
        "not a number",
        "from nan% to at most nan%",
        "None of 8 mergers in Nantwich",
        pattern=r"\b(?:nan|NaN|NaT|inf)\b|\bNone\b(?! of )|\[x\]$",
    ),
    Rule(
        "one of a plural", "could merge in 1 ways", "one body in 11 ways", pattern=rf"{ONE} (?:[a-z-]+ )?(?:{PLURAL})\b"
    ),
    Rule(
        "several of a singular",
        "two body remain",
        "On 1 April 2018 body and plan, 44 ICS footprints",
        pattern=rf"\b{MORE}(?<!20\d\d) (?:{SINGULAR})\b(?! footprint| [a-z-]*(?:{PLURAL})\b)",
    ),
    Rule(
        "one are",
        "1 of 42 ICSs have one body",
        "one plan cannot be reached; 6 of 42 ICSs have one body",
        pattern=rf"(?<!of ){ONE} (?:of [\d,]+ [\w -]{{0,30}}?|(?:{SINGULAR})(?: of [\d,]+)?) (?:are|have|were|make)\b",
    ),
    Rule(
        "several is",
        "three plans was listed",
        "one of 3 plans was listed",
        pattern=rf"(?<!of )(?<!in )\b{MORE} (?:{PLURAL}) (?:is|has|was)\b",
    ),
    Rule(
        "of one",
        "none of 1 mergers would pass",
        "none of 11 mergers as of 1 April 2018",
        pattern=r"\b(?:of|other) 1\b(?![\d,.]\d|%| million| [A-Z]\w+ \d)",
    ),
    Rule(
        "all or none of one or two",
        "None of 2 authorities are whole",
        "Both, or all 22, or none of 23, are whole",
        pattern=r"\b(?:[Aa]ll|[Nn]one of) (?:[12]|one|two)\b(?![\d,.]\d)",
    ),
    Rule("a range with equal ends", "from 99% to at most 99%", "from £1.8 million to £1.9 million", text=equal_ends),
    Rule("a part above its whole", "£2.0 million of the £1.0 million asked", "3 of 3 bodies", text=part_above_whole),
    Rule(
        "became what it was",
        "its ten bodies had become ten bodies",
        "its ten bodies had become one body",
        pattern=r"\b(\w+) (?:bodies|body) had become \1 bod",
    ),
    Rule(
        "no ... are not",
        "No authorities of 5 are not wholly in one body",
        "No body is cut off",
        pattern=rf"\b[Nn]o (?:{SINGULAR}|{PLURAL})(?: of [\d,]+)? (?:is|are) not\b|\bthe \w+ of no \w+",
    ),
    Rule(
        "doubled or stray punctuation",
        "the body  of , it ..",
        "The body of it; 1.5 of 2, it is ...",
        pattern=r"\S  +\S|(?<!\.)\.\.(?!\.)| [,;:](?=\s|$)|(?<!\.) \.(?=\s|$)|,,|;;|\(\s*\)|: ?[.;](?=\s|$)",
    ),
    Rule(
        "an empty list",
        "none had in the ",
        "It is kept as it is, by two of them.",
        # A heading may end with "a share of"; a sentence may not.
        pattern=r"\b(?:and|or|the)\s*(?:[.;)](?:\s|$)|$)|\b(?:of|from|than|at)\s*[.;)](?:\s|$)|:\s*$",
    ),
    Rule(
        "a text without an end",
        told("31 bodies would cross a border", part="text"),
        told("31 bodies would cross a border.", part="text"),
        page=without_end,
    ),
    Rule(
        "odd pounds",
        "it takes £-3",
        "-£3.0 million and £0",
        pattern=r"£-|-£0(?![\d.,])|£0 (?:is still|more)|£0\.",
    ),
    Rule("nought released", told("would release £0 to £3"), told("would release £1.0 million"), page=released_zero),
    Rule(
        "causal words",
        "The merger saves £1.0 million",
        "would release it at the central saving per body removed, if",
        pattern=r"\b(?:saves|saved|will release|will save|would save|a saving of|because of the merger|thanks to)\b",
    ),
    Rule(
        "nobody moved",
        "by three bodies: 0 people change body",
        "10 people change body",
        pattern=r"(?<![\d,.])0 people\b",
    ),
    Rule(
        "more than was ever priced",
        "at the highest saving ever priced",
        "at the highest of the three savings priced",
        pattern=r"\bever priced\b",
    ),
    Rule(
        "a case nobody tested",
        "The case for merging is fit with the ICS",
        "Fit does not change",
        pattern=r"\b[Tt]he case for merging\b",
    ),
    Rule(
        "the cut as evidence of what mergers release",
        "on the evidence of whole programmes",
        "A whole programme holds other savings too and is not used",
        # A table may have it as the scope of a price, beside the sentence that it is not used.
        pattern=r"(?!^whole programme$)\b[Ww]hole programmes?\b(?![^.;]*\bnot used\b)",
    ),
    Rule(
        "most below half",
        told(tables={"waterfall": LEVER_STEPS}, waterfall_headline="most of it from merger; rest"),
        told(tables={"waterfall": LEVER_STEPS}, waterfall_headline="most of it from joint working; rest"),
        page=most_is_above_half,
    ),
    Rule(
        "levers do not add up",
        told(tables={"waterfall": LEVER_STEPS}, waterfall_headline="All levers together would release £9.0 million of"),
        told(
            tables={"waterfall": LEVER_STEPS}, waterfall_headline="All levers together would release £10.0 million of"
        ),
        page=levers_add_up,
    ),
    Rule(
        "other levers fall short",
        told(LINE, waterfall_headline="£1.0 million is still to be found"),
        told(LINE, waterfall_headline="£1.0 million more than asked for"),
        page=other_levers_fall_short,
    ),
    Rule(
        "all listed, and not shown",
        told("which make 7 plans, all listed", tables={"plans": PLANS}, results=RESULTS),
        told("which make 2 plans, all listed", tables={"plans": PLANS}, results={"plan_count": 2}),
        page=all_listed,
    ),
    Rule(
        "not a plan, and merged",
        told("Merging them all would", text="**One body for the ICS** is not a plan: its bodies"),
        told("Merging them all would", text="**One body for the ICS** is the default"),
        page=not_a_plan_but_merged,
    ),
    Rule(
        "no plan fits, and the best one",
        told("No plan fits", strip="Asked a year: £1"),
        told("No plan fits", part="text"),
        page=no_plan_but_best,
    ),
    Rule(
        "a scorecard without a merger",
        told(tables={"scorecard": PLANS}, scorecard_cell="no merger", scorecard_caption="A"),
        told(tables={"scorecard": PLANS}, scorecard_cell="would release", scorecard_caption="A"),
        page=scorecard_without_merger,
    ),
    Rule(
        "a count the key results contradict",
        told("could merge in 4 ways", notebook="area_report", results=RESULTS, tables={"limits": LIMITS}),
        told("could merge in five ways", notebook="area_report", results=RESULTS, tables={"limits": LIMITS}),
        page=counts_as_in_results,
    ),
    Rule(
        "coterminosity the tables contradict",
        told("would go from 41% to at most 90%", tables={"plans": PLANS, "authorities": AUTHORITIES}),
        told("would go from 40.0% to at most 100%", tables={"plans": PLANS, "authorities": AUTHORITIES}),
        page=coterminosity_as_in_tables,
    ),
    Rule(
        "one body releases different amounts",
        told(tables={"plans": PLANS, "waterfall": LEVER_STEPS}, results={"released_central_gbp": 3e6}),
        told(
            "Merging them all would release £1.0 to £9.0 million a year",
            tables={"plans": PLANS, "waterfall": LEVER_STEPS},
            results={"released_central_gbp": 4e6},
        ),
        page=merger_released_alike,
    ),
    Rule(
        "one body everywhere releases different amounts",
        told(
            "One body in every ICS, or as near as neighbours allow (43 bodies), would release £5.0 million",
            tables={"area_summary": PLANS, "waterfall": LEVER_STEPS},
        ),
        told(
            "One body in every ICS would release £4.0 million", tables={"area_summary": PLANS, "waterfall": LEVER_STEPS}
        ),
        page=england_released_alike,
    ),
    Rule(
        "ties dropped",
        told(
            tables={"frontier": pd.DataFrame({"plan_count": [1, 5]})},
            frontier_headline="Two plans of 7 in A cannot be",
        ),
        told(
            tables={"frontier": pd.DataFrame({"plan_count": [1, 5]})},
            frontier_headline="Two outcomes, by six plans of 7",
        ),
        page=ties_are_told,
    ),
    Rule(
        "authorities the chart contradicts",
        told(
            tables={"authorities": AUTHORITIES},
            authorities_headline="Here: both upper-tier authorities are wholly in one body",
        ),
        told(tables={"authorities": AUTHORITIES}, authorities_headline="1 of 2 upper-tier authorities is not wholly"),
        page=authorities_as_in_chart,
    ),
    Rule(
        "off, where all are above",
        told(
            "is 9% off on average",
            part="text",
            tables={"validation": pd.DataFrame({"allowance_model": "per_head_adjusted", "error_share": [0.1, 0.2]})},
        ),
        told(
            "is 9% off on average",
            part="text",
            tables={"validation": pd.DataFrame({"allowance_model": "per_head_adjusted", "error_share": [0.1, -0.2]})},
        ),
        page=always_above,
    ),
    Rule(
        "a reading the target does not touch",
        told("£3 as local papers show it", parameters={"saving_target": 0.1}),
        told("£3 as local papers show it", parameters={"saving_target": 0.2}),
        page=untouched_reading,
    ),
    Rule(
        "a payback that is an identity",
        told(tables={"connected_sets": pd.DataFrame({"payback_years": [2.0, 2.0]})}),
        told(tables={"connected_sets": pd.DataFrame({"payback_years": [2.0, 3.0]})}),
        page=payback_says_nothing,
    ),
    Rule(
        "beaten within the interval",
        told(
            "It is beaten there by size (0.8).",
            tables={"comparison": pd.DataFrame({"ranked_by": ["size"], "advantage_low": [-0.1]})},
        ),
        told(
            "It is beaten there by size (0.8).",
            tables={"comparison": pd.DataFrame({"ranked_by": ["size"], "advantage_low": [0.1]})},
        ),
        page=beaten_outside_the_interval,
    ),
)


# --- using it ---


@functools.cache
def _of_text(text: str) -> tuple[tuple[str, str], ...]:
    """Every fault of one text by itself: the rule's name and the words."""
    found = []
    for rule in RULES:
        wrong = rule.text(text) if rule.text else None
        if rule.pattern and (match := re.search(rule.pattern, text)):
            wrong = match[0]
        if wrong:
            start = max(text.find(wrong) - 60, 0)
            found.append((rule.name, f"...{text[start : text.find(wrong) + len(wrong) + 60]}...".replace("\n", " ")))
    return tuple(found)


def faults(page: Page) -> Iterator[tuple[str, str]]:
    """What is wrong on a page: pairs of the rule's name and the words."""
    for part, text in page.texts:
        for name, words in _of_text(text):
            yield name, f"[{part}] {words}"
    for rule in RULES:
        if rule.page:
            for words in rule.page(page):
                yield rule.name, words
