#!/usr/bin/env python3
"""The feeds of a few households hold what the README says. Run it as it is; needs the network once, to install."""

import json
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
HOUSEHOLDS = 20
sys.path.insert(0, str(HERE))

from inventions import Basket, Household  # noqa: E402


def convert(out, households, *more):
    command = [HERE / "convert", "--households", str(households), "--out", out, "--json", *more]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def content(folder):
    return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}


def arrival(event):
    return datetime.fromisoformat(event.get("delivered_at", event["occurred_at"]))


def happening(event):
    return datetime.fromisoformat(event["occurred_at"])


def without_delivery(event):
    return {key: value for key, value in event.items() if key != "delivered_at"}


class Feeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.out = Path(cls.folder.name, "feeds")
        cls.counts = convert(cls.out, HOUSEHOLDS)
        cls.delivered = defaultdict(list)  # (feed, store): events in the order of the file
        cls.first = defaultdict(dict)  # feed: {id: (store, event)}
        cls.twice = defaultdict(int)
        for file in sorted(cls.out.iterdir()):
            feed, store, _ = file.name.split(".")
            for line in file.read_text().splitlines():
                event = json.loads(line)
                cls.delivered[feed, store].append(event)
                if event["id"] in cls.first[feed]:
                    cls.twice[feed] += 1
                else:
                    cls.first[feed][event["id"]] = (store, event)

    def events(self, feed):
        return [event for _, event in self.first[feed].values()]

    def test_lines_make_the_total_and_tenders_pay_it(self):
        for purchase in self.events("purchases"):
            total = Decimal(purchase["total"])
            self.assertEqual(total, sum(Decimal(line["amount"]) for line in purchase["lines"]), purchase["id"])
            tenders = purchase.get("tenders")
            if tenders:
                self.assertEqual(total, sum(Decimal(tender["amount"]) for tender in tenders), purchase["id"])
            self.assertEqual([line["line"] for line in purchase["lines"]], list(range(1, len(purchase["lines"]) + 1)))
            for line in purchase["lines"]:
                self.assertRegex(line["amount"], r"^-?\d+\.\d\d$")
                self.assertGreaterEqual(int(line["quantity"]), 1)
                self.assertRegex(line["group"], r"^[^A-Z ]+$")

    def test_an_id_that_comes_again_is_the_same_event_delivered_later(self):
        for (feed, store), events in self.delivered.items():
            for event in events:
                first_store, first = self.first[feed][event["id"]]
                self.assertEqual(store, first_store)
                self.assertEqual(without_delivery(event), without_delivery(first))
                if event is not first:
                    self.assertGreater(arrival(event), arrival(first))

    def test_the_closing_table_counts_what_is_in_the_files(self):
        for feed in ("purchases", "returns", "redemptions"):
            self.assertEqual(self.counts[feed], len(self.first[feed]))
            self.assertEqual(self.counts[f"{feed} delivered twice"], self.twice[feed])
        for feed in ("purchases", "returns"):
            late = [event for event in self.events(feed) if arrival(event) > happening(event)]
            self.assertEqual(self.counts[f"{feed} delivered late"], len(late))
        lines = sum(len(purchase["lines"]) for purchase in self.events("purchases"))
        self.assertEqual(self.counts["purchase lines"], lines)
        for name in ("purchases delivered late", "purchases delivered twice", "purchases paid with points",
                     "returns delivered before their purchase"):
            self.assertGreater(self.counts[name], 0, name)

    def test_files_are_in_order_of_delivery_and_nothing_is_later_than_20_days(self):
        for events in self.delivered.values():
            arrivals = [arrival(event) for event in events]
            self.assertEqual(arrivals, sorted(arrivals))
        for feed in self.first:
            for event in self.events(feed):
                self.assertLess(arrival(event) - happening(event), timedelta(days=20))

    def test_a_return_is_of_lines_that_were_bought_and_never_more(self):
        returned, parts, early = defaultdict(int), defaultdict(int), 0
        for store, event in self.first["returns"].values():
            bought_at, purchase = self.first["purchases"][event["purchase"]]
            self.assertEqual((store, event["member"]), (bought_at, purchase["member"]))
            self.assertTrue(event["lines"])
            parts[purchase["id"]] += 1
            after = happening(event) - happening(purchase)
            self.assertTrue(timedelta(days=1) <= after <= timedelta(days=20), after)
            early += arrival(event) < arrival(purchase)
            for line in event["lines"]:
                self.assertGreaterEqual(int(line["quantity"]), 1)
                returned[purchase["id"], line["line"]] += int(line["quantity"])
        for (purchase, line), quantity in returned.items():
            bought = {line["line"]: int(line["quantity"]) for line in self.first["purchases"][purchase][1]["lines"]}
            self.assertLessEqual(quantity, bought[line], (purchase, line))
        self.assertLessEqual(max(parts.values()), 3)
        self.assertEqual(self.counts["returns delivered before their purchase"], early)
        self.assertEqual(self.counts["baskets returned"], len(parts))

    def test_a_hold_ends_once_by_its_purchase_or_by_a_step(self):
        holds = {event["id"]: event for event in self.events("redemptions") if event["step"] == "authorise"}
        ends = defaultdict(list)
        for event in self.events("redemptions"):
            if event["step"] != "authorise":
                ends[event["redemption"]].append(event)
                self.assertLessEqual(event.get("points", 0), holds[event["redemption"]]["points"])
        for purchase in self.events("purchases"):
            for tender in purchase.get("tenders", ()):
                if tender["kind"] == "points":
                    ends[tender["hold"]].append(purchase)
                    self.assertEqual(tender["points"], holds[tender["hold"]]["points"])
                    self.assertEqual(Decimal(tender["amount"]), tender["points"])
                    self.assertLess(2 * tender["points"], Decimal(purchase["total"]))
                    self.assertNotIn("delivered_at", purchase)
        self.assertEqual(sorted(holds), sorted(ends))
        for hold, by in ends.items():
            self.assertEqual(1, len(by), hold)
            self.assertEqual(holds[hold]["member"], by[0]["member"])
            after = happening(by[0]) - happening(holds[hold])
            self.assertTrue(timedelta(minutes=1) <= after <= timedelta(minutes=10), after)

    def test_a_household_asks_for_at_most_a_hundredth_of_what_it_spent_14_days_before(self):
        spent, asked = defaultdict(list), defaultdict(int)
        for purchase in self.events("purchases"):
            points = sum(tender.get("points", 0) for tender in purchase.get("tenders", ()))
            spent[purchase["member"]].append((arrival(purchase), Decimal(purchase["total"]) - points))
        for hold in sorted(self.events("redemptions"), key=happening):
            if hold["step"] == "authorise":
                self.assertGreaterEqual(hold["points"], 10)
                asked[hold["member"]] += hold["points"]
                until = happening(hold) - timedelta(days=14)
                before = sum(money for at, money in spent[hold["member"]] if at < until)
                self.assertLessEqual(asked[hold["member"]], before / 100)

    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(self):
        again, other = Path(self.folder.name, "again"), Path(self.folder.name, "other")
        self.assertEqual(self.counts["sha256"], convert(again, HOUSEHOLDS)["sha256"])
        self.assertEqual(content(self.out), content(again))
        convert(other, HOUSEHOLDS, "--seed", "2")
        self.assertNotEqual(content(self.out), content(other))

    def test_a_household_is_the_same_among_more_and_an_earlier_run_leaves_nothing(self):
        out = Path(self.folder.name, "more")
        convert(out, HOUSEHOLDS + 10)
        for name, data in content(self.out).items():
            more = set(Path(out, name).read_bytes().splitlines())
            self.assertLessEqual(set(data.splitlines()), more, name)
        convert(out, HOUSEHOLDS)
        self.assertEqual(content(self.out), content(out))


class Refused(unittest.TestCase):
    def test_nothing_is_invented_for_a_basket_with_a_negative_amount(self):
        household = Household(1, 7, "RUB")
        for n in range(1000):
            events = household.events(Basket(str(n), 7, 1, 1000 * n, [("1", "meat", 2, 50_000), ("2", "meat", 1, -5)]))
            self.assertEqual(1, len(events))
            self.assertEqual(events[0].body["lines"][1]["amount"], "-0.05")
            self.assertEqual((events[0].body["total"], events[0].delivered_at), ("499.95", 1000 * n))
            self.assertNotIn("tenders", events[0].body)


if __name__ == "__main__":
    unittest.main()
