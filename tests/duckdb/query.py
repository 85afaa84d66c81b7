"""Answers SQL questions over Parquet files with DuckDB: whether another tool reads what `lotstream report` writes.

usage: query.py DIRECTORY < QUESTIONS

A question a line of standard input; each `x.parquet` of the directory is a table `x`. Prints a line of JSON an answer:
an array of the columns of its first row, decimals and instants as text, exactly.
"""

import json
import sys
from pathlib import Path

import duckdb


def plain(value):
    return value if isinstance(value, (int, str, bool, type(None))) else str(value)


def main(directory):
    database = duckdb.connect()
    for file in sorted(Path(directory).glob("*.parquet")):
        database.execute(f'create view "{file.stem}" as select * from read_parquet(\'{file}\')')
    for question in sys.stdin:
        print(json.dumps([plain(value) for value in database.execute(question).fetchone()]))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    main(sys.argv[1])
