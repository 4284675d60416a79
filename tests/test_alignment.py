"""Alignment against partitions worked by hand, the published list of mergers, and the register."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from ccg import OFFICERS_DATE

from ccganalysis.analysis import agreement, alignment, leadership
from ccganalysis.data import ingest, organisations
from ccganalysis.errors import DataError, InputError
from ccganalysis.presentation import charts, display, findings


def footprint(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Bodies from (code, ICS, people)."""
    frame = pd.DataFrame(rows, columns=["body_code", "area_code", "registered_population"])
    return frame.assign(body_name="NHS " + frame["body_code"] + " CCG", area_name="ICS " + frame["area_code"])


# ICS A has one body, ICS B three of 50, 30 and 20 people.
SMALL = footprint(("a1", "A", 100), ("b1", "B", 50), ("b2", "B", 30), ("b3", "B", 20))


class TestState:
    def test_bodies_equal_or_are_within(self):
        frame = alignment.bodies_state(SMALL).set_index("body_code")
        assert frame["state"].to_dict() == {"a1": "equals", "b1": "within", "b2": "within", "b3": "within"}
        assert frame["share_of_area_in_body"].tolist() == [1, 0.5, 0.3, 0.2]

    def test_area(self):
        # Rows are numbered in the order of names, whatever that of the codes.
        assert alignment.state(SMALL.iloc[::-1].assign(area_name=["A", "A", "A", "B"])).index.tolist() == [0, 1]
        a, b = alignment.state(SMALL).to_dict("records")
        assert (a["body_count"], a["aligned"], a["mergers_needed"], a["bodies_to_remove"]) == (1, "yes", 0, 0)
        assert (b["body_count"], b["aligned"], b["mergers_needed"], b["bodies_to_remove"]) == (3, "no", 1, 2)
        assert (b["largest_body_code"], b["largest_body_share"]) == ("b1", 0.5)

    def test_a_body_across_a_border_crosses_and_spoils_both_sides(self):
        # b1 has 10 of its 50 people in A; a1 is all of the rest of A.
        people = footprint(("a1", "A", 100), ("b1", "A", 10), ("b1", "B", 40), ("b2", "B", 30), ("b3", "B", 20))
        bodies = alignment.bodies_state(SMALL, people).set_index("body_code")
        assert bodies.loc["b1", ["state", "area_code", "share_of_body_in_area"]].tolist() == ["crosses", "B", 0.8]
        assert bodies.loc["a1", "state"] == "within"
        a, b = alignment.state(SMALL, people).to_dict("records")
        assert (a["body_count"], a["aligned"], a["bodies_crossing"], a["mergers_needed"]) == (2, "no", 1, 1)
        assert (b["registered_population"], b["largest_body_share"]) == (90, pytest.approx(4 / 9))

    def test_an_area_held_by_one_crossing_body_is_not_aligned(self):
        people = footprint(("a1", "A", 100), ("b1", "A", 1), ("b1", "B", 49), ("b2", "A", 30), ("b3", "A", 20))
        b = alignment.state(SMALL, people).set_index("area_code").loc["B"]
        assert (b["body_count"], b["aligned"], b["bodies_crossing"]) == (1, "no", 1)

    def test_bad_footprints_name_the_rows(self):
        with pytest.raises(DataError, match="b2 is in no area"):
            alignment.state(SMALL.assign(area_code=["A", "B", None, "B"]))
        with pytest.raises(DataError, match=r"b1 \(rows 2, 5\).*in one area"):
            alignment.state(pd.concat([SMALL, footprint(("b1", "A", 50))]))

    def test_an_area_has_one_name_and_a_body_has_people(self):
        with pytest.raises(DataError, match="B has several names: ICS B; Bee"):
            alignment.state(SMALL.assign(area_name=["ICS A", "ICS B", "Bee", "ICS B"]))
        with pytest.raises(DataError, match="row 3.*b2 has no people"):
            alignment.state(SMALL.assign(registered_population=[100, 50, 0, 20]))

    def test_people_must_add_up(self):
        with pytest.raises(DataError, match="the people of b3 by area sum to 15, not 20"):
            alignment.bodies_state(SMALL, SMALL.assign(registered_population=[100, 50, 30, 15]))


class TestOtherMaps:
    def dated(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        # x, y and z in 2018; in 2019 x and y are m, a tenth of z went to m as well, and the ICSs are as before.
        early = footprint(("x", "A", 60), ("y", "B", 40), ("z", "B", 100)).assign(as_at=pd.Timestamp("2018-04-01"))
        late = footprint(("m", "A", 121), ("z", "B", 99)).assign(as_at=pd.Timestamp("2019-04-01"))
        steps = [("x", "m", 1.0), ("y", "m", 1.0), ("z", "m", 0.1), ("z", "z", 0.9)]
        rows = [(early["as_at"][0], code, late["as_at"][0], to, share) for code, to, share in steps]
        columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
        return pd.concat([early, late], ignore_index=True), pd.DataFrame(rows, columns=columns)

    def test_later_bodies_on_an_earlier_map(self):
        bodies, successors = self.dated()
        people = alignment.people_by_area(bodies, successors, "2019-04-01", "2018-04-01").set_index(
            ["body_code", "area_code"]
        )
        # m holds 60 people of A and 40 + 10 of B, of 110; its own list is 121.
        assert people.loc[("m", "A"), "registered_population"] == pytest.approx(121 * 60 / 110)
        assert people.loc[("m", "B"), "registered_population"] == pytest.approx(121 * 50 / 110)
        assert people.loc[("z", "B"), "registered_population"] == pytest.approx(99)

    def test_earlier_bodies_on_a_later_map(self):
        bodies, successors = self.dated()
        people = alignment.people_by_area(bodies, successors, "2018-04-01", "2019-04-01").set_index(
            ["body_code", "area_code"]
        )
        assert people.loc[("z", "A"), "registered_population"] == pytest.approx(10)
        assert people.loc[("z", "B"), "registered_population"] == pytest.approx(90)
        assert people.loc[("y", "A"), "registered_population"] == pytest.approx(40)

    def test_shares_that_do_not_sum_to_one_are_refused(self):
        bodies, successors = self.dated()
        successors.loc[2, "share_of_people_to_successor"] = 0.2
        with pytest.raises(DataError, match=r"shares of z on 1 April 2019 sum to 1.1000, not 1 \(rows 4, 5\)"):
            alignment.people_by_area(bodies, successors, "2019-04-01", "2018-04-01")

    def test_what_happened_before_the_earlier_date_does_not_count(self, tables):
        # North Cumbria gave a third of its people to Morecambe Bay on 1 April 2017: by 2018 nothing more had moved.
        people = alignment.people_by_area(tables["bodies"], tables["successors"], "2017-04-01", "2018-04-01")
        assert people.query("body_code == '01H'")["area_code"].tolist() == ["QHM"]

    def test_people_are_kept(self, tables):
        bodies = tables["bodies"]
        for early, late in [("2019-04-01", "2020-04-01"), ("2020-04-01", "2019-04-01"), ("2021-04-01", "2017-04-01")]:
            people = alignment.people_by_area(bodies, tables["successors"], early, late)
            own = bodies[bodies["as_at"] == early].set_index("body_code")["registered_population"]
            assert np.allclose(people.groupby("body_code")["registered_population"].sum().loc[own.index], own)

    def test_the_earlier_map_is_the_last_one_before(self, tables):
        """There were 44 areas in 2017 and 42 in 2018: the bodies of 2019 are in some of the 42."""
        maps = alignment.on_other_maps(
            *(tables[name] for name in ("bodies", "successors", "mergers", "boundary_changes")), "2019-04-01"
        )
        areas = [set(organisations.footprint(tables["bodies"], f"{year}-04-01")["area_code"]) for year in (2017, 2018)]
        assert list(maps) == [pd.Timestamp("2018-04-01")]
        assert set(maps[pd.Timestamp("2018-04-01")]["area_code"]) == areas[1] != areas[0]

    def test_three_bodies_were_divided_between_icbs(self, tables):
        last = organisations.footprint(tables["bodies"], "2021-04-01")
        passed = alignment.passage(tables["mergers"], tables["bodies"])
        people = alignment.people_by_icb(last, passed, tables["boundary_changes"])
        frame = alignment.bodies_state(last, people).set_index("body_code")
        assert set(frame.index[frame["state"] == "crosses"]) == {"01Y", "06H", "D2P2L"}


class TestMergers:
    def test_reconcile_with_the_published_list(self, tables):
        frame = alignment.mergers(tables["mergers"], tables["bodies"])
        by_year = frame.groupby(frame["effective_date"].dt.year)
        assert by_year["predecessor_count"].sum().to_dict() == {2017: 3, 2018: 18, 2019: 6, 2020: 74, 2021: 38}
        assert by_year.size().to_dict() == {2017: 1, 2018: 6, 2019: 2, 2020: 18, 2021: 9}

    def test_bodies_removed_are_the_fall_in_their_number(self, tables):
        frame = alignment.mergers(tables["mergers"], tables["bodies"])
        removed = (frame["predecessor_count"] - 1).groupby(frame["effective_date"].dt.year).sum()
        counts = alignment.by_year(tables["bodies"]).set_index("as_at")["body_count"]
        assert removed.loc[2018:].tolist() == (-counts.diff().dropna()).astype(int).tolist()

    def test_two_crossed_a_border(self, tables):
        frame = alignment.mergers(tables["mergers"], tables["bodies"])
        crossed = frame[frame["effect"] == "crossed"].set_index("successor_name")
        assert set(crossed.index) == {"NHS North Yorkshire CCG", "NHS Surrey Heartlands CCG"}
        assert crossed["area_count_before"].to_dict() == {"NHS North Yorkshire CCG": 3, "NHS Surrey Heartlands CCG": 2}

    def test_members_are_in_the_register_with_the_same_successor_and_date(self, tables):
        register = tables["body_register"].set_index("body_code")
        merged = tables["mergers"].query("event == 'CCG merger'")
        ended = register.loc[merged["predecessor_code"]]
        assert (ended["successor_code"].to_numpy() == merged["successor_code"].to_numpy()).all()
        assert (ended["close_date"].to_numpy() + np.timedelta64(1, "D") == merged["effective_date"].to_numpy()).all()

    def test_completed_advanced_crossed_by_hand(self):
        # 2018: A has p, q; B has r, s, t; C has u, v. 2019: p+q (all of A), r+s (two of B's three), t+u (of B and C).
        before = [("p", "A"), ("q", "A"), ("r", "B"), ("s", "B"), ("t", "B"), ("u", "C"), ("v", "C")]
        after = [("pq", "A"), ("rs", "B"), ("tu", "B"), ("v", "C")]
        footprints = [
            footprint(*[(code, area, 10) for code, area in rows]).assign(as_at=pd.Timestamp(date))
            for rows, date in ((before, "2018-04-01"), (after, "2019-04-01"))
        ]
        merged = pd.DataFrame(
            [(new[0], new, "2019-04-01") for new in ("pq", "rs", "tu")]
            + [(new[1], new, "2019-04-01") for new in ("pq", "rs", "tu")],
            columns=["predecessor_code", "successor_code", "effective_date"],
        ).assign(event="CCG merger", predecessor_name=lambda frame: frame["predecessor_code"], predecessor_count=2)
        merged["effective_date"] = pd.to_datetime(merged["effective_date"])
        frame = alignment.mergers(merged, pd.concat(footprints, ignore_index=True)).set_index("successor_code")
        assert frame["effect"].to_dict() == {"pq": "completed", "rs": "advanced", "tu": "crossed"}
        assert frame.loc["tu", "area_names_before"] == "ICS B; ICS C"


class TestByYear:
    def test_aligned_people_and_mergers(self):
        frame = alignment.by_year(SMALL.assign(as_at=pd.Timestamp("2018-04-01"))).iloc[0]
        assert (frame["area_aligned"], frame["mergers_needed"], frame["bodies_to_remove"]) == (1, 1, 2)
        assert (frame["people_aligned"], frame["share_of_people_aligned"]) == (100, 0.5)

    def test_counts_of_bodies_and_area(self, tables):
        frame = alignment.by_year(tables["bodies"])
        assert frame["body_count"].tolist() == [207, 195, 191, 135, 106]
        assert frame["area_count"].tolist() == [44, 42, 42, 42, 42]
        assert (frame["body_count"] - frame["bodies_to_remove"] == frame["area_count"]).all()
        assert (frame["area_count"] - frame["mergers_needed"] == frame["area_aligned"]).all()

    def test_the_first_paragraph_answers_for_every_date(self, tables):
        years = alignment.by_year(tables["bodies"])
        for row in years.itertuples():
            text = findings.alignment(years, row.as_at)
            assert f"{row.mergers_needed} mergers" in text and f"of the {row.body_count} bodies" in text
        assert "no year before" in findings.alignment(years, "2017-04-01")

    def test_lineage_ends_in_the_42_icbs(self, tables):
        links = alignment.lineage(tables["mergers"], tables["bodies"])
        assert links.groupby("as_at").size().tolist() == [207, 195, 191, 135, 106, 42]
        for before, after in zip(sorted(links["as_at"].unique()), sorted(links["as_at"].unique())[1:], strict=False):
            heirs = links.loc[links["as_at"] == before, "successor_code"]
            assert set(heirs) == set(links.loc[links["as_at"] == after, "body_code"])


class TestLocalAuthorities:
    # County K has districts k1 (30, all in b1) and k2 (70: 40 in b1, 30 in b2); city C (50) is all in b2.
    AUTHORITIES = pd.DataFrame(
        [("b1", "k1", "K", 30), ("b1", "k2", "K", 40), ("b2", "k2", "K", 30), ("b2", "c", "C", 50)],
        columns=["body_code", "authority_code", "upper_tier_code", "residents"],
    ).assign(authority_name=lambda f: f["authority_code"], upper_tier_name=lambda f: f["upper_tier_code"])

    def test_bodies(self):
        frame = alignment.coterminosity(self.AUTHORITIES, {"b1": "b1", "b2": "b2"})
        assert frame["upper_tier_whole"].tolist() == [0, 1]
        assert frame["upper_tier_split"].tolist() == [1, 1]
        assert frame["share_in_whole_upper_tier_authorities"].tolist() == [0, 50 / 80]
        assert frame["share_in_whole_lower_tier_authorities"].tolist() == [30 / 70, 50 / 80]
        # Of b1's 70, each has 70 of the county's 100; of b2, 30 have 30 of 100 and 50 have all of the city.
        assert frame["share_of_upper_tier_authority_together"].tolist() == pytest.approx([0.7, (30 * 0.3 + 50) / 80])

    def test_the_two_merged_split_nothing(self):
        frame = alignment.coterminosity(self.AUTHORITIES, {"b1": "m", "b2": "m"})
        assert frame.loc["m", ["residents", "upper_tier_whole", "upper_tier_split"]].tolist() == [150, 2, 0]
        assert frame.loc["m", "share_in_whole_upper_tier_authorities"] == 1

    def test_a_body_left_out_still_splits_an_authority(self):
        frame = alignment.coterminosity(self.AUTHORITIES, {"b1": "b1"})
        assert (list(frame.index), frame.loc["b1", "upper_tier_split"]) == (["b1"], 1)

    def test_unknown_body(self):
        with pytest.raises(InputError, match="b9"):
            alignment.coterminosity(self.AUTHORITIES, {"b9": "b9"})
        with pytest.raises(InputError, match="b9"):
            alignment.authority_shares(self.AUTHORITIES, footprint(("b9", "A", 1)))

    def test_split_authorities(self):
        frame = alignment.split_authorities(self.AUTHORITIES, {"b1": "one", "b2": "two"})
        row = frame.iloc[0]
        assert (len(frame), row["authority_code"], row["units"], row["residents_outside"], row["share_outside"]) == (
            1,
            "K",
            "one; two",
            30,
            0.3,
        )
        assert alignment.split_authorities(self.AUTHORITIES, {"b1": "m", "b2": "m"}).empty

    def test_shares_of_an_authority_sum_to_one(self, tables):
        now = tables["authorities"].loc[lambda frame: frame["as_at"] == "2018-04-01"]
        shares = alignment.authority_shares(now, organisations.footprint(tables["bodies"], "2018-04-01"))
        assert np.allclose(shares.groupby("authority_code")["share_of_authority_residents"].sum(), 1)
        assert np.allclose(shares.groupby("body_code")["share_of_body_residents"].sum(), 1)

    def test_leeds_became_one_with_its_city(self, tables):
        frame = alignment.merger_coterminosity(tables["mergers"], tables["authorities"]).set_index("successor_name")
        leeds = frame.loc["NHS Leeds CCG"]
        assert (leeds["share_whole_before"], leeds["share_whole_after"], leeds["upper_tier_split_after"]) == (0, 1, 0)

    def test_a_merger_never_lessens_what_is_together(self, tables):
        frame = alignment.merger_coterminosity(tables["mergers"], tables["authorities"]).dropna()
        moved = {"NHS Surrey Heartlands CCG", "NHS West Sussex CCG"}  # small areas moved between these two as well
        whole = frame[~frame["successor_name"].isin(moved)]
        assert (whole["together_after"] >= whole["together_before"] - 1e-9).all()


class TestLeadership:
    SHARED = pd.DataFrame(
        [("G", "b1", "sourced"), ("G", "b2", "sourced"), ("H", "b3", "no"), ("L", "b1", "no")],
        columns=["group_code", "body_code", "sharing"],
    )

    def test_without_evidence_it_is_unknown(self):
        frame = leadership.by_body(self.SHARED, SMALL).set_index("body_code")
        assert frame["sharing"].to_dict() == {"a1": "unknown", "b1": "sourced", "b2": "sourced", "b3": "no"}
        assert frame["group_code"].dropna().to_dict() == {"b1": "G", "b2": "G"}

    def test_bounds(self):
        bounds = leadership.bounds(leadership.by_body(self.SHARED, SMALL))
        assert bounds["sharing_count"].tolist() == [2, 2, 3]
        assert bounds["share"].tolist() == [0.5, 0.5, 0.75]

    def test_two_officers_for_one_body_are_refused(self):
        twice = pd.concat(
            [self.SHARED, pd.DataFrame([("H", "b2", "probable")], columns=self.SHARED.columns)], ignore_index=True
        )
        with pytest.raises(InputError, match="row 3: b2 in G; row 6: b2 in H"):
            leadership.by_body(twice, SMALL)

    def test_groups_and_what_followed(self):
        later = pd.Timestamp("2021-04-01")
        columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
        heirs = {"a1": "a1", "b1": "m", "b2": "m", "b3": "m"}
        rows = [(OFFICERS_DATE, code, later, heir, 1.0) for code, heir in heirs.items()]
        groups = leadership.groups(
            leadership.by_body(self.SHARED, SMALL), pd.DataFrame(rows, columns=columns), OFFICERS_DATE, later
        )
        row = groups.iloc[0]
        assert (row["body_count"], row["registered_population"], row["state"]) == (2, 80, "within")
        assert row["followed"] == "merged with others"

    def test_the_firmest_record_counts_whatever_its_place(self):
        rows = [
            ("L", "b1", "no"),
            ("G", "b1", "probable"),
            ("U", "b2", "unknown"),
            ("L", "b2", "no"),
            ("U", "b3", "unknown"),
        ]
        frame = leadership.by_body(pd.DataFrame(rows, columns=self.SHARED.columns), SMALL).set_index("body_code")
        assert frame["sharing"].to_dict() == {"a1": "unknown", "b1": "probable", "b2": "no", "b3": "unknown"}

    def test_people_within_the_bounds(self):
        bounds = leadership.bounds(leadership.by_body(self.SHARED, SMALL))
        assert bounds["body_count"].tolist() == [4, 4, 4]
        assert bounds["registered_population"].tolist() == [80, 80, 180]

    def test_four_groups_by_hand(self):
        """One merged, one with a stranger, one in part, one not; across a border, within an ICS, or the whole of it."""
        bodies = footprint(
            *(("p1", "P", 10), ("p2", "P", 30), ("q1", "Q", 100), ("q2", "Q", 200), ("q3", "Q", 300), ("q4", "Q", 5)),
            *(("r1", "R", 7), ("r2", "R", 1), ("s1", "S", 6), ("s2", "S", 2)),
        )
        shared = [("gp", "p1", "sourced"), ("gp", "p2", "sourced"), ("gr", "r1", "probable"), ("gr", "s1", "probable")]
        shared += [("gq", "q1", "sourced"), ("gq", "q2", "probable"), ("gq", "q3", "sourced")]
        shared += [("gs", "r2", "sourced"), ("gs", "s2", "sourced")]
        officers = leadership.by_body(pd.DataFrame(shared, columns=self.SHARED.columns), bodies)
        later = pd.Timestamp("2021-04-01")
        heirs = {"p1": "p", "p2": "p", "q1": "q", "q2": "q", "q3": "q3", "q4": "q4", "r1": "r1", "s1": "s1"}
        heirs |= {"r2": "rs", "s2": "rs"}
        columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
        rows = [(OFFICERS_DATE, code, later, heir, 1.0) for code, heir in heirs.items()]
        groups = leadership.groups(officers, pd.DataFrame(rows, columns=columns), OFFICERS_DATE, later)
        assert groups.index.tolist() == [0, 1, 2, 3]
        columns = ["group_name", "sharing", "bodies", "body_count", "registered_population", "area_names", "state"]
        assert groups[[*columns, "successor_count", "followed"]].values.tolist() == [
            ["q1 with 2 more", "probable", "q1; q2; q3", 3, 600, "ICS Q", "within", 2, "partly merged"],
            ["ICS P", "sourced", "p1; p2", 2, 40, "ICS P", "equals", 1, "merged"],
            ["r1 with s1", "probable", "r1; s1", 2, 13, "ICS R; ICS S", "crosses", 2, "not merged"],
            ["r2 with s2", "sourced", "r2; s2", 2, 3, "ICS R; ICS S", "crosses", 1, "merged"],
        ]

    def test_checks_by_hand(self):
        """Five bodies, of which one is sourced, one probable, one ruled out; the last published share and count stand."""
        people = [3_000_000, 500_000, 250_000, 100_000, 150_000]
        officers = pd.DataFrame(
            {
                "sharing": ["sourced", "probable", "no", "unknown", "unknown"],
                "registered_population": people,
                "group_code": ["g", "g", None, None, None],
            }
        )
        grouped = pd.DataFrame(
            {
                "group_name": [f"group {number}" for number in range(14)],
                "registered_population": [200_000 - 1_000 * number for number in range(14)],
                "body_count": [2] * 13 + [9],
            }
        )
        national = pd.DataFrame(
            {
                "body_count": [9, 5, 5, 5, 5, 9],
                "sharing_count": [1, 2, 4, 3, pd.NA, 7],
                "share": [0.1, 0.2, np.nan, 0.4, np.nan, np.nan],
                "source": "a page",
            }
        )
        levers = pd.DataFrame(
            {"measure": ["saving", "under 13 officers", "of 13 officers", "last"], "value": [1.0, 31, 99, 2]}
        )
        found = leadership.checks(officers, grouped, national, levers)
        rows = findings.officer_checks(found).set_index("measure")
        assert rows.index.is_unique and len(rows) == 4
        reported, found = rows["reported"].tolist(), rows["found"].tolist()
        assert reported == [
            "40%",
            "over 2.0 million people in 8 bodies",
            "under 250,000 people",
            "31% of people, 3 bodies",
        ]
        assert found[0] == "40% with probable cases; at least 20%, at most 80%"
        assert found[1] == "200,000 in 2 bodies (group 0)"
        # A body of just 250,000 is not under that; of the two that are, the smaller has 100,000.
        assert found[2] == "2 bodies of that size are not known to share; the smallest has 100,000"
        # 13 groups have 13 x 200,000 - 78,000 people of 4,000,000 (63%).
        assert found[3] == "63% of people, 26 bodies"

    def test_the_published_share(self, tables):
        bodies = organisations.footprint(tables["bodies"], "2018-04-01")
        bounds = leadership.bounds(leadership.by_body(tables["shared_leadership"], bodies))
        low, best, high = bounds["share"]
        assert low < 0.58 < high and best == pytest.approx(0.58, abs=0.005)

    def test_the_largest_group_is_the_one_in_the_press(self, tables):
        bodies = organisations.footprint(tables["bodies"], "2018-04-01")
        officers = leadership.by_body(tables["shared_leadership"], bodies)
        largest = leadership.groups(officers, tables["successors"], OFFICERS_DATE, "2021-04-01").iloc[0]
        assert largest["body_count"] == 8 and largest["registered_population"] > 2_000_000


class TestAgreement:
    def test_the_same_partition_under_other_names(self):
        assert agreement.adjusted_rand(list("aabb"), list("xxyy"), [1, 2, 3, 4]) == 1
        assert agreement.variation_of_information(list("aabb"), list("xxyy"), [1, 2, 3, 4]) == pytest.approx(0)

    def test_crossed_halves_by_hand(self):
        # Four people: pairs together 0; 2 of 6 in each; expected 2*2/6, so (0 - 2/3) / (2 - 2/3) = -0.5.
        assert agreement.adjusted_rand([0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1]) == pytest.approx(-0.5)
        # Knowing one half says nothing of the other: one bit each way.
        assert agreement.variation_of_information([0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1]) == pytest.approx(2)

    def test_one_part_split_by_hand(self):
        # {1,2},{3,4} against {1,2},{3},{4}: together 1, pairs 2 and 1, expected 2/6: (1 - 1/3) / (1.5 - 1/3) = 4/7.
        assert agreement.adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2], [1, 1, 1, 1]) == pytest.approx(4 / 7)
        # Half the people are one bit short: H(second | first) = 1/2.
        assert agreement.variation_of_information([0, 0, 1, 1], [0, 0, 1, 2], [1, 1, 1, 1]) == pytest.approx(0.5)

    def test_weights_are_people(self):
        first, second, people = [0, 0, 1, 2], [0, 1, 1, 1], [3, 1, 2, 4]
        each = [np.repeat(labels, people) for labels in (first, second)]
        assert agreement.adjusted_rand(first, second, people) == pytest.approx(
            agreement.adjusted_rand(*each, np.ones(10))
        )
        assert agreement.variation_of_information(first, second, people) == pytest.approx(
            agreement.variation_of_information(*each, np.ones(10))
        )

    def test_pairs_counted_by_brute_force(self):
        generator = np.random.default_rng(7)
        first, second = generator.integers(0, 4, (2, 30))
        pairs = [(first[i] == first[j], second[i] == second[j]) for i in range(30) for j in range(i)]
        a, b = (sum(pair[k] for pair in pairs) for k in (0, 1))
        both, expected = sum(all(pair) for pair in pairs), a * b / len(pairs)
        by_hand = (both - expected) / ((a + b) / 2 - expected)
        assert agreement.adjusted_rand(first, second, np.ones(30)) == pytest.approx(by_hand)

    def test_variation_of_information_is_a_metric(self):
        generator = np.random.default_rng(8)
        people = generator.integers(1, 100, 25)
        for _ in range(20):
            one, two, three = generator.integers(0, 5, (3, 25))
            distance = {
                pair: agreement.variation_of_information(*pair_of, people)
                for pair, pair_of in {
                    "12": (one, two),
                    "23": (two, three),
                    "13": (one, three),
                    "21": (two, one),
                }.items()
            }
            assert distance["12"] == pytest.approx(distance["21"])
            assert distance["13"] <= distance["12"] + distance["23"] + 1e-9

    def test_bad_partitions(self):
        with pytest.raises(InputError, match="different length"):
            agreement.adjusted_rand([0, 1], [0], [1, 1])
        with pytest.raises(InputError, match="in no part"):
            agreement.variation_of_information(["a", None], ["a", "b"], [1, 1])
        with pytest.raises(InputError, match="in no part"):
            agreement.variation_of_information(["a", "b"], ["a", None], [1, 1])

    def test_partitions_that_leave_no_choice_agree(self):
        assert agreement.adjusted_rand([0, 0, 0], [1, 1, 1], [5, 2, 3]) == 1
        assert agreement.adjusted_rand([0, 1, 2], [2, 0, 1], [1, 1, 1]) == 1

    def test_each_pair_of_partitions_has_a_row(self):
        pieces = pd.DataFrame({"two": [0, 0, 1, 1], "three": [0, 0, 1, 2], "one": [7] * 4, "residents": [1] * 4})
        found = agreement.agreement(pieces)
        assert found[["partition_a", "partition_b", "parts_a", "parts_b"]].values.tolist() == [
            ["two", "three", 2, 3],
            ["two", "one", 2, 1],
            ["three", "one", 3, 1],
        ]
        # By hand as above; one part agrees no more than chance, and leaves a bit, and a bit and a half, to know.
        assert found["adjusted_rand"].tolist() == pytest.approx([4 / 7, 0, 0])
        assert found["variation_of_information_bits"].tolist() == pytest.approx([0.5, 1, 1.5])


def test_the_14_ics_of_november_2018(tables):
    bodies = organisations.footprint(tables["bodies"], "2018-04-01")
    named = alignment.named_ics(
        ingest.load("ics_named_november_2018"), ingest.load("body_ics_november_2018"), ingest.load("ics_status"), bodies
    )
    assert len(named) == 14
    part = named[named["coverage"].str.startswith("part")].set_index("area_name")
    assert part["body_count"].to_dict() == {
        "Berkshire West": 1,
        "Buckinghamshire": 1,
        "West, North and East Cumbria": 1,
    }
    assert named["body_count"].sum() == (ingest.load("body_ics_november_2018")["in_ics_november_2018"] == "yes").sum()


def test_42_ics_in_six_waves(tables):
    bodies = organisations.footprint(tables["bodies"], "2018-04-01")
    waves = alignment.ics_waves(ingest.load("ics_status"), bodies)
    assert len(waves) == 42 and waves["announced"].is_monotonic_increasing


class TestCharts:
    """Charts say what is in their frames, in few bytes."""

    def test_lineage_names_every_icb_with_its_bodies_of_2017(self, tables):
        svg = display.to_svg(charts.lineage(alignment.lineage(tables["mergers"], tables["bodies"])))
        assert len(svg) < 60_000
        # The register has ten CCGs of 2017 in Greater Manchester, and one, Dorset, that never merged.
        assert "Greater Manchester (10)" in svg and "Dorset (1)" in svg

    def test_heat_map_prints_each_share(self, tables):
        bodies = organisations.within_area(organisations.footprint(tables["bodies"], "2018-04-01"), "QYG")
        now = tables["authorities"].loc[lambda frame: frame["as_at"] == "2018-04-01"]
        svg = display.to_svg(charts.authority_heatmap(alignment.authority_shares(now, bodies)))
        # Sefton's two bodies: 42% and 58% of its residents.
        assert ">42<" in svg and ">58<" in svg and "Sefton" in svg

    def test_people_per_officer_has_a_bar_for_each_group(self, tables):
        bodies = organisations.footprint(tables["bodies"], "2018-04-01")
        officers = leadership.by_body(tables["shared_leadership"], bodies)
        groups = leadership.groups(officers, tables["successors"], OFFICERS_DATE, "2021-04-01")
        svg = display.to_svg(charts.people_per_officer(groups, "By April 2021"))
        assert all(name in svg for name in groups["group_name"])


def test_icbs_are_those_of_the_first_day():
    registered = pd.DataFrame({"date": pd.to_datetime(["2023-04-01", "2022-07-01"]), "icb_code": ["later", "first"]})
    passed = pd.DataFrame({"successor_code": ["first", "later"]})
    assert alignment.icbs(registered, passed)["icb_code"].tolist() == ["first"]
    assert alignment.icbs(registered, passed.iloc[:0]) is None


def test_the_area_that_reaches_most_authorities():
    """A's body reaches K and C; B's two bodies reach K, K once each, and X: one counted once for each body it is in."""
    rows = [("a", "K"), ("a", "K"), ("a", "C"), ("b", "K"), ("c", "K"), ("c", "X")]
    authorities = pd.DataFrame(rows, columns=["body_code", "upper_tier_code"])
    bodies = pd.DataFrame({"body_code": ["a", "b", "c"], "area_code": ["A", "B", "B"]})
    assert alignment.most_authorities(authorities, bodies) == "B"


class TestSmallCountry:
    """Three footprints and the ICBs of a country of five bodies, everything by hand.

    p and q of ICS A merge into m in 2018, m and r (of B) into n in 2019; a tenth of s went to n on that day. t is all of
    C. In July 2022 n and s become X, of whose people a quarter (of s) go to Y with t.
    """

    DAYS = [pd.Timestamp(f"{year}-04-01") for year in (2017, 2018, 2019)]
    ICB_DAY = pd.Timestamp("2022-07-01")

    @pytest.fixture
    def bodies(self):
        rows = [
            [("p", "A", 10), ("q", "A", 30), ("r", "B", 60), ("s", "B", 100), ("t", "C", 40)],
            [("m", "A", 40), ("r", "B", 60), ("s", "B", 100), ("t", "C", 40)],
            [("n", "A", 120), ("s", "B", 80), ("t", "C", 50)],
        ]
        parts = [footprint(*part).assign(as_at=day) for part, day in zip(rows, self.DAYS, strict=True)]
        frame = pd.concat(parts, ignore_index=True)
        return frame.assign(region_name=frame["area_code"].map({"A": "North", "B": "South", "C": "South"}))

    @pytest.fixture
    def merged(self):
        rows = [("CCG merger", self.DAYS[1], code, "m", 1.0) for code in "pq"]
        rows += [("CCG merger", self.DAYS[2], code, "n", 1.0) for code in "mr"]
        rows += [("CCG to ICB", self.ICB_DAY, *step) for step in (("n", "X", 1.0), ("s", "X", 0.75), ("t", "Y", 1.0))]
        columns = ["event", "effective_date", "predecessor_code", "successor_code", "share_of_people_to_successor"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.assign(
            predecessor_name="NHS " + frame["predecessor_code"] + " CCG",
            successor_name="NHS " + frame["successor_code"],
            predecessor_count=2,
        )

    @pytest.fixture
    def changes(self):
        rows = [(self.DAYS[2], "s", "n", 10), (self.ICB_DAY, "s", "Y", 25)]
        return pd.DataFrame(rows, columns=["effective_date", "from_code", "to_code", "residents_moved"])

    @pytest.fixture
    def heirs(self):
        first, second, third = self.DAYS
        own = {first: "pqrst", second: "mrst", third: "nst"}
        rows = [(day, code, day, code, 1.0) for day, codes in own.items() for code in codes]
        rows += [(first, code, second, heir, 1.0) for code, heir in zip("pqrst", "mmrst", strict=True)]
        last = {"p": {"n": 1}, "q": {"n": 1}, "m": {"n": 1}, "r": {"n": 1}, "s": {"n": 0.1, "s": 0.9}, "t": {"t": 1}}
        rows += [
            (day, code, third, heir, share)
            for day in (first, second)
            for code in own[day]
            for heir, share in last[code].items()
        ]
        columns = ["from_date", "body_code", "as_at", "successor_code", "share_of_people_to_successor"]
        return pd.DataFrame(rows, columns=columns)

    def test_mergers(self, bodies, merged):
        found = alignment.mergers(merged, bodies)
        assert found.index.tolist() == [0, 1]
        columns = ["successor_code", "predecessor_count", "bodies", "registered_population", "area_code"]
        columns += ["area_count_before", "area_names_before", "bodies_left", "effect"]
        assert found[columns].values.tolist() == [
            ["m", 2, "p; q", 40, "A", 1, "ICS A", 1, "completed"],
            ["n", 2, "m; r", 120, "A", 2, "ICS A; ICS B", 1, "crossed"],
        ]
        # Where no earlier footprint is held, a merger stands where its successor is.
        later = alignment.mergers(merged, bodies[bodies["as_at"] > self.DAYS[0]])
        assert later[["successor_code", "area_names_before", "effect"]].values.tolist() == [
            ["m", "ICS A", "completed"],
            ["n", "ICS A; ICS B", "crossed"],
        ]

    def test_by_year_with_the_icbs(self, bodies, merged):
        registered = pd.DataFrame(
            [(self.ICB_DAY, "X", 170), (self.ICB_DAY, "Y", 60), (pd.Timestamp("2023-04-01"), "X", 900)],
            columns=["date", "icb_code", "registered_population"],
        )
        frame = alignment.by_year(bodies, alignment.icbs(registered, alignment.passage(merged, bodies)))
        columns = ["body_count", "area_count", "area_aligned", "mergers_needed", "bodies_to_remove"]
        columns += ["registered_population", "people_aligned"]
        assert frame[columns].values.tolist() == [
            [5, 3, 1, 2, 2, 240, 40],
            [4, 3, 2, 1, 1, 240, 80],
            [3, 3, 3, 0, 0, 250, 250],
            [2, 2, 2, 0, 0, 230, 230],
        ]
        assert frame["as_at"].tolist() == [*self.DAYS, self.ICB_DAY]
        assert frame["share_of_people_aligned"].tolist() == [40 / 240, 80 / 240, 1, 1]

    def test_icbs_are_those_of_the_first_day(self):
        days = pd.to_datetime(["2023-04-01", "2022-07-01", "2022-07-01"])
        registered = pd.DataFrame({"date": days, "icb_code": ["X", "X", "Y"], "registered_population": [5, 6, 7]})
        passed = pd.DataFrame({"successor_code": ["X", "X", "Y"]})
        assert alignment.icbs(registered, passed)["registered_population"].tolist() == [6, 7]
        assert alignment.icbs(registered, passed.iloc[2:])["registered_population"].tolist() == [7]

    def test_the_passage_is_the_first_of_what_came_after(self, bodies, merged):
        later = merged.tail(1).assign(
            effective_date=pd.Timestamp("2030-04-01"), predecessor_code="n", successor_code="Z"
        )
        foreign = merged.tail(1).assign(effective_date=pd.Timestamp("2020-04-01"), predecessor_code="other")
        found = alignment.passage(pd.concat([later, foreign, merged]), bodies)
        assert found["predecessor_code"].tolist() == ["n", "s", "t"] and set(found["effective_date"]) == {self.ICB_DAY}
        assert alignment.passage(merged[merged["effective_date"] < self.ICB_DAY], bodies).empty

    def test_an_era_that_nothing_followed(self, bodies, merged, changes, heirs):
        own = merged[merged["effective_date"] < self.ICB_DAY]
        found = alignment.lineage(own, bodies)
        assert found["body_code"].tolist() == [*"pqrst", *"mrst", *"nst"]
        assert found["successor_code"].isna().tolist() == [False] * 9 + [True] * 3
        assert list(alignment.on_other_maps(bodies, heirs, own, changes, self.DAYS[2])) == [self.DAYS[1]]

    def test_by_region(self, bodies):
        found = alignment.by_region(bodies[bodies["as_at"] == self.DAYS[1]])
        assert found.values.tolist() == [["North", 1, 1], ["South", 2, 1]]
        alike = alignment.by_region(bodies[bodies["as_at"] == self.DAYS[2]])
        assert alike.values.tolist() == [["North", 1, 1], ["South", 2, 2]]

    def test_on_other_maps(self, bodies, merged, changes, heirs):
        first = alignment.on_other_maps(bodies, heirs, merged, changes, self.DAYS[0])
        assert first == {}
        second = alignment.on_other_maps(bodies, heirs, merged, changes, self.DAYS[1])
        assert list(second) == [self.DAYS[0]]
        last = alignment.on_other_maps(bodies, heirs, merged, changes, "2019-04-01")
        assert list(last) == [self.DAYS[1], self.ICB_DAY]
        before, after = (frame.set_index("body_code") for frame in last.values())
        assert before["state"].to_dict() == {"n": "crosses", "s": "within", "t": "equals"}
        # n is 40 of A and 60 + 10 of B: it counts where most of its people are.
        assert before.loc["n", ["area_code", "share_of_body_in_area"]].tolist() == ["B", pytest.approx(70 / 110)]
        assert after["state"].to_dict() == {"n": "within", "s": "crosses", "t": "within"}
        assert after["share_of_body_in_area"].to_dict() == {"n": 1, "s": 0.75, "t": 1}
        assert after.loc["s", "share_of_area_in_body"] == pytest.approx(60 / 180)
        assert after.loc["t", "share_of_area_in_body"] == pytest.approx(50 / 70)

    def test_people_by_icb(self, bodies, merged, changes):
        last = bodies[bodies["as_at"] == self.DAYS[2]]
        people = alignment.people_by_icb(last, alignment.passage(merged, bodies), changes)
        assert people.index.tolist() == [0, 1, 2, 3]
        people = people.set_index(["body_code", "area_code"])
        assert people["registered_population"].to_dict() == {
            ("n", "X"): 120,
            ("s", "X"): 60,
            ("t", "Y"): 50,
            ("s", "Y"): 20,
        }
        assert people["area_name"].tolist() == ["NHS X", "NHS X", "NHS Y", "NHS Y"]

    def test_lineage(self, bodies, merged):
        found = alignment.lineage(merged, bodies)
        assert found["body_code"].tolist() == [*"pqrst", *"mrst", *"nst", *"XY"]
        assert found["successor_code"].tolist()[:-2] == [*"mmrst", *"nnst", *"XXY"]
        assert found["successor_code"].isna().tolist() == [False] * 12 + [True] * 2
        assert (
            found["as_at"].tolist()
            == sum(([day] * n for day, n in zip(self.DAYS, (5, 4, 3), strict=True)), []) + [self.ICB_DAY] * 2
        )
        assert found["state"].tolist()[-5:] == ["equals"] * 5
        assert found.index.tolist() == list(range(14))


class TestWhatIsRefused:
    def test_the_same_area_twice(self):
        people = footprint(("a1", "A", 100), ("b1", "B", 20), ("b1", "B", 30), ("b2", "B", 30), ("b3", "B", 20))
        with pytest.raises(DataError, match=r"b1 \(rows 2, 3\) is listed twice for the same area"):
            alignment.bodies_state(SMALL, people)

    def test_a_person_more_or_less_is_rounding(self):
        people = SMALL.assign(registered_population=[101.0, 49, 30, 20])
        assert alignment.bodies_state(SMALL, people)["state"].tolist() == ["equals", "within", "within", "within"]
        with pytest.raises(DataError, match="row 2, .* the people of b1 by area sum to 49, not 50"):
            alignment.bodies_state(SMALL, SMALL.assign(registered_population=[100, 48.9, 30, 20]))

    def test_a_millionth_of_a_very_large_body_is_rounding(self):
        large = footprint(("a1", "A", 10_000_000))
        assert alignment.bodies_state(large, footprint(("a1", "A", 10_000_009)))["state"].tolist() == ["equals"]
        with pytest.raises(DataError, match="sum to 10,000,011, not 10,000,000"):
            alignment.bodies_state(large, footprint(("a1", "A", 10_000_011)))

    def test_a_body_without_people_by_area(self):
        with pytest.raises(DataError, match="the people of b3 by area sum to 0, not 20"):
            alignment.bodies_state(SMALL, SMALL.head(3))


class TestAuthoritiesByHand:
    """ICS A has a1; ICS B has b1 and b2. County K has districts k1 to k3; cities C and D are of one tier."""

    BODIES = footprint(("a1", "A", 9), ("b1", "B", 9), ("b2", "B", 9))
    AUTHORITIES = pd.DataFrame(
        [
            ("a1", "k1", "K", 40),
            ("a1", "k2", "K", 20),
            ("a1", "k3", "K", 0),
            ("b1", "k3", "K", 40),
            ("b1", "c", "C", 30),
            ("b2", "c", "C", 50),
            ("b2", "d", "D", 20),
        ],
        columns=["body_code", "authority_code", "upper_tier_code", "residents"],
    ).assign(authority_name=lambda f: "District " + f["authority_code"], upper_tier_name=lambda f: f["upper_tier_code"])

    def test_most_authorities(self):
        """A reaches one authority in three rows; B's bodies reach two each, one of them both."""
        assert alignment.most_authorities(self.AUTHORITIES, self.BODIES) == "B"

    def test_shares(self):
        found = alignment.authority_shares(self.AUTHORITIES, self.BODIES.tail(2))
        columns = [
            "body_code",
            "authority_code",
            "residents",
            "share_of_body_residents",
            "share_of_authority_residents",
        ]
        assert found[columns].values.tolist() == [
            ["b1", "C", 30, 30 / 70, 30 / 80],
            ["b1", "K", 40, 40 / 70, 0.4],
            ["b2", "C", 50, 50 / 70, 50 / 80],
            ["b2", "D", 20, 20 / 70, 1],
        ]
        lower = alignment.authority_shares(self.AUTHORITIES, self.BODIES.head(1), "lower_tier")
        assert lower["authority_name"].tolist() == ["District k1", "District k2"]  # nobody of a1 lives in k3
        assert lower["share_of_body_residents"].tolist() == [40 / 60, 20 / 60]

    def test_split_authorities_in_order(self):
        found = alignment.split_authorities(self.AUTHORITIES, {code: code for code in ("a1", "b1", "b2")})
        columns = ["authority_code", "unit_count", "units", "residents", "residents_outside", "share_outside"]
        assert found[columns].values.tolist() == [
            ["K", 2, "a1; b1", 100, 40, 0.4],
            ["C", 2, "b2; b1", 80, 30, 30 / 80],
        ]
        lower = alignment.split_authorities(self.AUTHORITIES, {"a1": "a1", "b1": "b1", "b2": "b2"}, "lower_tier")
        assert lower[["authority_code", "authority_name"]].values.tolist() == [["c", "District c"]]
        rows = [("a1", "E", 5), ("b1", "E", 1), ("b2", "E", 0)]
        one = pd.DataFrame(rows, columns=["body_code", "upper_tier_code", "residents"]).assign(upper_tier_name="E")
        found = alignment.split_authorities(one, {code: code for code in ("a1", "b1", "b2")})
        assert found[["unit_count", "residents_outside"]].values.tolist() == [[2, 1]]

    def test_fit_of_bodies_and_areas(self):
        bodies = alignment.fit_of_bodies(self.AUTHORITIES, self.BODIES)
        assert bodies["body_name"].tolist() == ["NHS a1 CCG", "NHS b1 CCG", "NHS b2 CCG"]
        areas = alignment.fit_of_area(self.AUTHORITIES, self.BODIES)
        assert areas[["area_name", "residents", "upper_tier_count"]].values.tolist() == [
            ["ICS A", 60, 1],
            ["ICS B", 140, 3],
        ]
        assert areas["lower_tier_count"].tolist() == [2, 3]  # k3 is in A for nobody
        # A holds 60 of K's 100 together; B 40 of 100 for 40 of its residents and all of 80 and 20.
        worst = alignment.least_fitting_first(areas)
        assert worst["share_of_upper_tier_authority_together"].tolist() == pytest.approx([0.6, (16 + 100) / 140])

    def test_a_merger_and_its_authorities(self):
        """b1 and b2 become b: 30 and 50 of C before, all of it after. What follows no footprint has no before."""
        days = [pd.Timestamp("2018-04-01"), pd.Timestamp("2019-04-01")]
        joined = {"b1": "b", "b2": "b"}
        later = self.AUTHORITIES.assign(body_code=self.AUTHORITIES["body_code"].replace(joined))
        authorities = pd.concat([self.AUTHORITIES.assign(as_at=days[0]), later.assign(as_at=days[1])])
        rows = [("CCG merger", days[1], code, "b", "NHS b CCG") for code in joined]
        rows += [("CCG merger", days[0], code, "a1", "NHS a1 CCG") for code in ("x", "y")]
        rows += [("CCG to ICB", days[1], "a1", "a1", "NHS a1")]
        columns = ["event", "effective_date", "predecessor_code", "successor_code", "successor_name"]
        found = alignment.merger_coterminosity(pd.DataFrame(rows, columns=columns), authorities)
        assert found["successor_code"].to_dict() == {0: "a1", 1: "b"}
        first, second = found.to_dict("records")
        assert np.isnan([first["share_whole_before"], first["together_before"], first["share_whole_change"]]).all()
        assert (first["share_whole_after"], first["upper_tier_split_after"]) == (0, 1)
        # Before: none of b1's 70 and 20 of b2's 70 live in whole authorities.
        assert second["share_whole_before"] == pytest.approx(20 / 140)
        assert second["share_whole_after"] == pytest.approx(100 / 140)
        assert second["share_whole_change"] == pytest.approx(80 / 140)
        before = (40 * 0.4 + 30 * 30 / 80) + (50 * 50 / 80 + 20)
        assert second["together_before"] == pytest.approx(before / 140)
        assert second["together_after"] == pytest.approx((40 * 0.4 + 80 + 20) / 140)
        assert second["upper_tier_split_after"] == 1


class TestOrders:
    def test_bodies_stay_in_the_order_given(self):
        assert alignment.bodies_state(SMALL[::-1])["body_code"].tolist() == ["b3", "b2", "b1", "a1"]

    def test_most_bodies_first_then_most_people(self):
        people = footprint(
            *(("a1", "A", 100), ("a2", "A", 1), ("b1", "B", 300), ("b2", "B", 5), ("c1", "C", 9), ("c2", "C", 8)),
            *(("c3", "C", 7), ("d1", "D", 900)),
        )
        found = alignment.most_bodies_first(alignment.state(people))
        assert found["area_code"].tolist() == ["C", "B", "A", "D"]
        assert found["largest_body_name"].tolist()[1:3] == ["NHS b1 CCG", "NHS a1 CCG"]

    def test_the_larger_part_of_a_body_comes_first(self):
        """b1 has most of its people in Z, and where halves are equal the first code counts."""
        bodies = footprint(("b1", "A", 50), ("b2", "A", 20))
        people = footprint(("b1", "A", 20), ("b1", "Z", 30), ("b2", "Z", 10), ("b2", "A", 10))
        assert alignment.bodies_state(bodies, people)["area_code"].tolist() == ["Z", "A"]

    def test_waves_in_the_order_announced(self):
        status = pd.DataFrame(
            [("A", "Ash", "2018-05"), ("B", "Yew", "2017-06"), ("C", "Oak", "2017-06")],
            columns=["area_code", "ics_name_2019", "announced"],
        ).assign(ics_in_november_2018="no", coverage="whole", body_count_2018=1, body_count_2021=1)
        bodies = footprint(("a1", "A", 1), ("a2", "A", 2), ("b1", "B", 4), ("c1", "C", 8))
        found = alignment.ics_waves(status, bodies)
        assert found["area_name"].to_dict() == {0: "Oak", 1: "Yew", 2: "Ash"}
        assert found["registered_population"].tolist() == [8, 4, 3]

    def test_named_areas_are_all_or_part_of_an_stp(self):
        named = pd.DataFrame(
            [(2, "All of A", "A", "whole"), (1, "Some of B", "B", "part: b1 b3")],
            columns=["order", "area_name", "area_code", "coverage"],
        ).assign(wave="first")
        flags = pd.DataFrame(
            [("a1", "A", "yes"), ("a2", "A", "yes"), ("b1", "B", "yes"), ("b2", "B", "yes"), ("b3", "B", "no")],
            columns=["body_code", "area_code", "in_ics_november_2018"],
        )
        status = pd.DataFrame({"area_code": ["A", "B"], "ics_name_2019": ["Ash", "Bay"], "announced": ["2017", "2018"]})
        bodies = footprint(("a1", "A", 1), ("a2", "A", 2), ("b1", "B", 4), ("b2", "B", 8), ("b3", "B", 16))
        found = alignment.named_ics(named, flags, status, bodies)
        columns = ["area_name", "stp_name", "announced", "body_count", "stp_body_count", "registered_population"]
        assert found[columns].to_dict("split")["data"] == [
            ["Some of B", "Bay", "2018", 1, 3, 4],
            ["All of A", "Ash", "2017", 2, 2, 3],
        ]
        assert found.index.tolist() == [0, 1]
