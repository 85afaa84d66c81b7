"""What the Complete Journey does not tell, invented from a seed: returns, points, second and late deliveries.

Pure: reads no file and no clock. Each household has a generator of its own, so a household's events are the same
whether it is converted alone or among all. Instants are whole seconds of the shop's wall clock; money is in cents.
"""

import random
from dataclasses import dataclass, replace
from heapq import heappop, heappush

MINUTE, HOUR, DAY = 60, 3600, 86400

# Shares of baskets, unless said otherwise.
RETURNED = 0.04
RETURNED_WHOLE = 0.30  # of the returned; the others go back in part
RETURN_COUNTS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3)  # into how many returns, one of these; at most 3
RETURN_BEFORE_PURCHASE = 0.05  # of the returned that are not paid with points
LATE = 0.02  # of purchases (not those paid with points) and of returns
TWICE = 0.01  # of the events of every feed
# Of baskets for which the household has points to ask for:
PAID_WITH_POINTS = 0.40
HOLD_CANCELLED = 0.04
HOLD_CAPTURED = 0.04  # by a step of its own; the basket is paid with money
CAPTURED_IN_PART = 0.50  # of the captured

RETURN_AFTER = (1 * DAY, 20 * DAY)
RETURN_BEFORE_PURCHASE_AFTER = (1 * DAY, 18 * DAY)  # the first return; leaves the purchase time to come within 20 days
PURCHASE_AFTER_RETURN = (1 * MINUTE, 12 * HOUR)
LATE_BY = ((2 * HOUR, 48 * HOUR), (2 * DAY, 19 * DAY))  # one of the two
TWICE_AFTER = (10 * MINUTE, 3 * DAY)
AUTHORISED_BEFORE = 1 * MINUTE
HOLD_ENDS_AFTER = (1 * MINUTE, 10 * MINUTE)

SPENDABLE_AFTER = 14 * DAY  # a household asks only for points of purchases delivered longer ago than this
CENTS_PER_POINT_EARNED = 10_000  # 1 % of what it spent, one point being worth 1.00
SMALLEST_REDEMPTION = 10


@dataclass(frozen=True)
class Basket:
    """One purchase of the source. A line is (sku, group, quantity, cents), in the order of the source."""

    id: str
    household: int
    store: int
    at: int
    lines: list

    def total(self):
        return sum(cents for _, _, _, cents in self.lines)

    def is_refused(self):
        """A negative amount is bad input to the ledger, so nothing is built on such a basket."""
        return any(cents < 0 for _, _, _, cents in self.lines)


@dataclass(frozen=True)
class Event:
    """One event of a partner: `head`, then its instants, then `body` are the JSON object, in this order."""

    feed: str
    store: int
    occurred_at: int
    delivered_at: int
    head: dict
    body: dict
    marks: tuple = ()  # what the closing table counts it as


def money(cents):
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def is_whole(basket, parts):
    return sum(sum(part.values()) for part in parts) == sum(quantity for _, _, quantity, _ in basket.lines)


class Household:
    """Turns the baskets of one household, given in order of time, into events."""

    def __init__(self, seed, number, currency):
        self.random = random.Random(f"{seed}/{number}")
        self.member = f"hh-{number}"
        self.currency = currency
        self.earning = []  # heap of (instant from which it counts, cents)
        self.spent_cents = 0
        self.asked_points = 0

    def events(self, basket):
        if basket.is_refused():
            return [self.purchase(basket, basket.at, 0)]
        points, told = self.redemption(basket)
        told += self.sale(basket, points)
        return told + self.delivered_twice(told)

    def chance(self, share):
        return self.random.random() < share

    def between(self, bounds):
        return self.random.randrange(bounds[0], bounds[1] + 1)

    # ---- points

    def redemption(self, basket):
        """The points that pay a part of the basket (0: none), and the events of the hold asked for at it."""
        largest = min(self.askable(basket.at - AUTHORISED_BEFORE), (basket.total() - 1) // 200)
        if largest < SMALLEST_REDEMPTION:
            return 0, []
        fate = self.random.random()
        if fate >= PAID_WITH_POINTS + HOLD_CANCELLED + HOLD_CAPTURED:
            return 0, []
        points = self.between((SMALLEST_REDEMPTION, largest))
        self.asked_points += points
        body = {"step": "authorise", "points": points}
        asked = self.step(basket, "auth", -AUTHORISED_BEFORE, body, ("holds authorised",))
        if fate < PAID_WITH_POINTS:
            return points, [asked]
        after = self.between(HOLD_ENDS_AFTER) - AUTHORISED_BEFORE
        hold = asked.head["id"]
        if fate < PAID_WITH_POINTS + HOLD_CANCELLED:
            body = {"step": "cancel", "redemption": hold}
            return 0, [asked, self.step(basket, "cancel", after, body, ("holds cancelled",))]
        taken = self.between((1, points - 1)) if self.chance(CAPTURED_IN_PART) else points
        body = {"step": "capture", "redemption": hold, "points": taken, "more": False}
        marks = ("holds captured by a step", "holds captured in part")[: 2 if taken < points else 1]
        return 0, [asked, self.step(basket, "cap", after, body, marks)]

    def askable(self, now):
        """1 % of what the household spent on purchases delivered over 14 days ago, less what it asked for so far."""
        while self.earning and self.earning[0][0] < now:
            self.spent_cents += heappop(self.earning)[1]
        return self.spent_cents // CENTS_PER_POINT_EARNED - self.asked_points

    def step(self, basket, kind, after, body, marks):
        at = basket.at + after
        head = {"id": f"{kind}-{basket.id}", "member": self.member}
        return Event("redemptions", basket.store, at, at, head, body, marks)

    # ---- purchase and returns

    def sale(self, basket, points):
        """The purchase and its returns."""
        parts = self.returned_parts(basket) if self.chance(RETURNED) else []
        early = bool(parts) and points == 0 and self.chance(RETURN_BEFORE_PURCHASE)
        first = RETURN_BEFORE_PURCHASE_AFTER if early else RETURN_AFTER
        instants = sorted(basket.at + self.between(first if n == 0 else RETURN_AFTER) for n in range(len(parts)))
        if early:
            delivered_at = instants[0] + self.between(PURCHASE_AFTER_RETURN)
        else:
            delivered_at = basket.at + (self.lateness() if points == 0 else 0)
        heappush(self.earning, (delivered_at + SPENDABLE_AFTER, basket.total() - 100 * points))
        told = [self.purchase(basket, delivered_at, points)]
        for n, (at, part) in enumerate(zip(instants, parts), start=1):
            arrives = at + (0 if early else self.lateness())
            marks = ("returns delivered before their purchase",) if arrives < delivered_at else ()
            if n == 1:
                marks += ("baskets returned", f"baskets returned in {len(parts)}")
                marks += ("baskets returned whole",) if is_whole(basket, parts) else ()
            told.append(self.return_of(basket, n, at, arrives, part, marks))
        return told

    def lateness(self):
        return self.between(self.random.choice(LATE_BY)) if self.chance(LATE) else 0

    def purchase(self, basket, delivered_at, points):
        marks = ()
        body = {
            "currency": self.currency,
            "total": money(basket.total()),
            "lines": [
                {"line": n, "sku": sku, "group": group, "quantity": str(quantity), "amount": money(cents)}
                for n, (sku, group, quantity, cents) in enumerate(basket.lines, start=1)
            ],
        }
        if points:
            body["tenders"] = [
                {"kind": "points", "amount": money(100 * points), "points": points, "hold": f"auth-{basket.id}"},
                {"kind": "cash", "amount": money(basket.total() - 100 * points)},
            ]
            marks = ("purchases paid with points",)
        head = {"id": basket.id, "member": self.member}
        return Event("purchases", basket.store, basket.at, delivered_at, head, body, marks)

    def returned_parts(self, basket):
        """What goes back, as one to three returns of {line: quantity}; together never more than was bought."""
        whole = self.chance(RETURNED_WHOLE)
        bought = {n: line[2] for n, line in enumerate(basket.lines, start=1)}
        if not whole:
            some = self.random.sample(sorted(bought), self.between((1, len(bought))))
            bought = {n: self.between((1, bought[n])) for n in sorted(some)}
        parts = [{} for _ in range(self.random.choice(RETURN_COUNTS))]
        for line, quantity in bought.items():
            first, second = self.random.randrange(len(parts)), self.random.randrange(len(parts))
            cut = self.between((1, quantity - 1)) if first != second and quantity > 1 else quantity
            parts[first][line] = cut
            if cut < quantity:
                parts[second][line] = quantity - cut
        return [part for part in parts if part]

    def return_of(self, basket, n, at, delivered_at, part, marks):
        head = {"id": f"ret-{basket.id}-{n}", "purchase": basket.id, "member": self.member}
        body = {"lines": [{"line": line, "quantity": str(quantity)} for line, quantity in part.items()]}
        return Event("returns", basket.store, at, delivered_at, head, body, marks)

    def delivered_twice(self, told):
        again = []
        for event in told:
            if self.chance(TWICE):
                later = event.delivered_at + self.between(TWICE_AFTER)
                again.append(replace(event, delivered_at=later, marks=(f"{event.feed} delivered twice",)))
        return again
