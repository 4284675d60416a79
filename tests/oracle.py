"""A second way to every plan and its scores: plain dictionaries and sets, straight from `data/raw/`.

It shares no code with the analysis, and takes the slow road on purpose: every division of the bodies is tried, every
authority looked up body by body, every plan compared with every other. Money and shares are exact fractions.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path

CASES = ("low", "central", "high")
RAW = Path(__file__).parents[1] / "data" / "raw"

Group = frozenset[str]
Outcome = tuple[Fraction, int, int]


@cache
def rows(name: str) -> list[dict[str, str]]:
    with open(RAW / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def on(name: str, date: str) -> list[dict[str, str]]:
    return [row for row in rows(name) if row["as_at"] == date]


def areas(date: str) -> dict[str, list[str]]:
    """The codes of the bodies of each ICS."""
    found = defaultdict(list)
    for row in on("footprints", date):
        found[row["area_code"]].append(row["body_code"])
    return dict(found)


@cache
def people(date: str) -> dict[str, int]:
    """Registered people of each body in force."""
    in_force = {row["body_code"] for row in on("footprints", date)}
    return {
        row["body_code"]: int(row["registered_population"])
        for row in rows("registered_population")
        if row["date"] == date and row["body_code"] in in_force
    }


@cache
def authorities(date: str) -> dict[str, dict[str, int]]:
    """Residents of each upper-tier authority of England by the body they live in."""
    upper = {row["authority_code"]: row["upper_tier_code"] for row in rows("upper_tier_authorities")}
    found = defaultdict(Counter)
    for row in on("local_authority_overlap", date):
        found[upper[row["authority_code"]]][row["body_code"]] += int(row["residents"])
    return {code: {body: number for body, number in living.items() if number} for code, living in found.items()}


@cache
def links(date: str, water_links: str = "none") -> set[frozenset[str]]:
    """Neighbouring bodies: a border on land, or a pair of `water_links.csv` if they are `listed`."""
    in_force = {row["body_code"] for row in on("footprints", date)}
    counted = on("adjacency", date) + (rows("water_links") if water_links == "listed" else [])
    pairs = [frozenset((row["body_code_a"], row["body_code_b"])) for row in counted]
    return {pair for pair in pairs if pair <= in_force}


@cache
def officers() -> dict[str, str]:
    """The group of each body of April 2018 that a source says shared its accountable officer, or probably did."""
    return {
        row["body_code"]: row["group_code"]
        for row in rows("shared_leadership")
        if row["sharing"] in ("sourced", "probable")
    }


@cache
def lever(quantity: str, case: str) -> Fraction:
    return next(Fraction(row[case]) for row in rows("levers") if row["quantity"] == quantity)


def reach(body: str, among: Set[str], pairs: Set[frozenset[str]]) -> Group:
    """All that can be reached from a body, step by step, without leaving the bodies given."""
    reached, fresh = set(), {body}
    while fresh:
        reached |= fresh
        fresh = {other for one in fresh for other in among - reached if frozenset((one, other)) in pairs}
    return frozenset(reached)


def connected(group: Group, pairs: Set[frozenset[str]]) -> bool:
    return reach(min(group), group, pairs) == group


def partitions(bodies: tuple[str, ...], joined: Set[Group]) -> Iterator[list[Group]]:
    """Every division of the bodies into groups that are all in `joined`."""
    if not bodies:
        yield []
        return
    first, *rest = bodies
    for size in range(len(bodies)):
        for others in combinations(rest, size):
            if (group := frozenset((first, *others))) in joined:
                for more in partitions(tuple(body for body in rest if body not in group), joined):
                    yield [group, *more]


@cache
def released(separate: int, sharing: int, case: str) -> Fraction:
    """s x [(g - 1) + (k - g) x (1 - h)]: £ a year for bodies removed that had an officer of their own, or shared one.

    What sharing has released before is highest in the low case.
    """
    s = lever("saving_per_body_removed_gbp", case)
    h = lever("share_already_harvested", {"low": "high", "high": "low"}.get(case, case))
    return s * (separate + sharing * (1 - h))


@dataclass(frozen=True)
class Score:
    """What a group or a plan is worth; a plan's is the sum of its groups'.

    Bodies removed that had an officer of their own or shared one with another member (g - 1 and k - g of k bodies
    under g officers), residents of authorities wholly inside a group, people whose body is another one afterwards (all
    members' but the largest's), and the people of the smallest and the largest group.
    """

    separate: int
    sharing: int
    in_whole: int
    disruption: int
    smallest: int
    largest: int

    def released(self, case: str) -> Fraction:
        return released(self.separate, self.sharing, case)

    @property
    def outcome(self) -> Outcome:
        return self.released("central"), self.in_whole, self.disruption


class Area:
    """One ICS on a date: its connected groups and its plans. Officers are those of the bodies of April 2018."""

    def __init__(self, area: str, water_links: str = "none", date: str = "2018-04-01"):
        self.bodies = tuple(sorted(areas(date)[area]))
        self.people = people(date)
        self.authorities = authorities(date)
        self.officers = officers()
        self.pairs = links(date, water_links)

    def connected_groups(self) -> list[Group]:
        every = (frozenset(some) for size in range(len(self.bodies)) for some in combinations(self.bodies, size + 1))
        return [group for group in every if connected(group, self.pairs)]

    @cached_property
    def groups(self) -> dict[Group, Score]:
        """Every connected group and what it is worth."""
        return {group: self.score(group) for group in self.connected_groups()}

    @cached_property
    def plans(self) -> dict[frozenset[Group], Score]:
        """Every plan and what it is worth."""
        return {frozenset(plan): self.total(plan) for plan in partitions(self.bodies, self.groups.keys())}

    def merged_as_far_as_can_be(self) -> Score:
        """One body, but for islands: the largest connected group of each body."""
        return self.total(list({reach(body, set(self.bodies), self.pairs) for body in self.bodies}))

    def residents(self, group: Iterable[str]) -> int:
        return sum(living.get(body, 0) for living in self.authorities.values() for body in group)

    def whole(self, group: Group) -> set[str]:
        """The authorities all of whose residents live in the group."""
        return {code for code, living in self.authorities.items() if set(living) <= group}

    def split(self, group: Group) -> set[str]:
        """The authorities with residents in the group and out of it."""
        return {code for code, living in self.authorities.items() if group & set(living)} - self.whole(group)

    def score(self, group: Group) -> Score:
        under = len({self.officers.get(body, body) for body in group})
        by_size = sorted(self.people[body] for body in group)
        in_whole = sum(sum(self.authorities[code].values()) for code in self.whole(group))
        return Score(under - 1, len(group) - under, in_whole, sum(by_size[:-1]), sum(by_size), sum(by_size))

    def total(self, plan: list[Group]) -> Score:
        scores = [self.groups[group] for group in plan]
        return Score(
            sum(score.separate for score in scores),
            sum(score.sharing for score in scores),
            sum(score.in_whole for score in scores),
            sum(score.disruption for score in scores),
            min(score.smallest for score in scores),
            max(score.largest for score in scores),
        )

    def share(self, score: Score) -> Fraction:
        """Coterminosity: of all residents of the ICS, whichever bodies the plan merges."""
        return Fraction(score.in_whole, self.residents(self.bodies))


def beats(one: Sequence[int], other: Sequence[int]) -> bool:
    """Releases at least as much, with at least as many in whole authorities, moving no more; and better on one."""
    return one != other and one[0] >= other[0] and one[1] >= other[1] and one[2] <= other[2]


def frontier(outcomes: list[Outcome]) -> Counter[Outcome]:
    """The outcomes that no other beats, each with the number of plans that reach it: all pairs are compared."""
    plans = Counter(outcomes)
    # Only the order of each measure matters: its place in that order is as exact as the fraction, and quicker.
    order = [{value: place for place, value in enumerate(sorted(set(measure)))} for measure in zip(*plans, strict=True)]
    places = {one: tuple(found[value] for found, value in zip(order, one, strict=True)) for one in plans}
    rivals = sorted(places.values(), reverse=True)  # strongest first: what is beaten is soon known to be
    return Counter({one: plans[one] for one, own in places.items() if not any(beats(other, own) for other in rivals)})
