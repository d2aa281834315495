#!/usr/bin/env python3
"""Check that the Swift reader reads what pyarrow and DuckDB write.

`make FOLDER` writes flat files with both engines. The Swift test `InteroperabilityFilesTests` reads each file of
MEDALLION_PARQUET_INPUT_DIR and writes what it read to MEDALLION_PARQUET_OUTPUT_DIR. `compare FOLDER OUTPUT` then compares the
two, value by value. One line per file; exit 1 on any difference.
"""

import argparse
import datetime
import math
import pathlib
import random
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 30_011


def table(rows, null_share, distinct):
    """A table of every supported type; `distinct` values at most in each column."""
    source = random.Random(rows * 31 + distinct)
    pool = [source.getrandbits(60) for _ in range(distinct)]

    def column(make, kind):
        keys = (source.choice(pool) for _ in range(rows))
        return pa.array([None if source.random() < null_share else make(key) for key in keys], kind)

    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return pa.table(
        {
            "boolean": column(lambda key: key % 3 == 0, pa.bool_()),
            "int32": column(lambda key: key % 2**31 - 2**30, pa.int32()),
            "int64": column(lambda key: key - 2**59, pa.int64()),
            "float": column(lambda key: math.nan if key % 97 == 0 else key / 2**40, pa.float32()),
            "double": column(lambda key: -0.0 if key % 89 == 0 else key / 7, pa.float64()),
            "string": column(lambda key: f"ключ {key}" * (key % 4), pa.string()),
            "bytes": column(lambda key: struct.pack("<q", key)[: key % 9], pa.binary()),
            "date": column(lambda key: datetime.date(2000, 1, 1) + datetime.timedelta(key % 20_000), pa.date32()),
            "timestamp": column(lambda key: epoch + datetime.timedelta(microseconds=key % 2**51), pa.timestamp("us", "UTC")),
        }
    )


def make(folder):
    """Writes the peers' files."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for rows, null_share, distinct in [(0, 0, 1), (1, 0, 1), (ROWS, 0, 1), (ROWS, 0.3, 40), (ROWS, 0.02, 10**5), (500, 1, 1)]:
        content = table(rows, null_share, distinct)
        required = pa.schema([pa.field(f.name, f.type, nullable=null_share > 0) for f in content.schema])
        content = content.cast(required)
        name = f"{rows}-{null_share}-{distinct}"
        for codec in ["none", "zstd"]:
            for dictionary in [True, False]:
                pq.write_table(
                    content,
                    folder / f"pyarrow-{name}-{codec}-{'dictionary' if dictionary else 'plain'}.parquet",
                    compression=codec,
                    use_dictionary=dictionary,
                    row_group_size=9_999,
                    data_page_size=20_000,
                    dictionary_pagesize_limit=60_000,
                    write_page_checksum=rows % 2 == 1,
                    version="1.0" if dictionary else "2.6",
                )
        for codec in ["uncompressed", "zstd"]:
            path = folder / f"duckdb-{name}-{codec}.parquet"
            connection.register("content", content)
            connection.execute(
                f"COPY content TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION V1, ROW_GROUP_SIZE 4096)"
            )


def bits(value):
    return struct.pack("<d", value) if isinstance(value, float) else value


def compare(folder, output):
    """Prints a line per file and returns how many differ."""
    failures = 0
    files = sorted(folder.glob("*.parquet"))
    for path in files:
        expected = pq.read_table(path)
        try:
            actual = pq.read_table(output / path.name, page_checksum_verification=True)
        except FileNotFoundError:
            verdict = "was not read by Swift"
        else:
            differing = []
            if expected.column_names != actual.column_names:
                differing = ["names"]
            for name in expected.column_names:
                left, right = expected[name], actual[name]
                if not (left.type == right.type and list(map(bits, left.to_pylist())) == list(map(bits, right.to_pylist()))):
                    differing.append(name)
            verdict = "differs in " + ", ".join(differing) if differing else "ok"
        failures += verdict != "ok"
        print(f"{path.name}: {expected.num_rows} rows: {verdict}")
    print(f"{len(files)} files, {failures} with differences")
    return failures or not files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="write files with pyarrow and DuckDB")
    making.add_argument("folder", type=pathlib.Path)
    comparing = commands.add_parser("compare", help="compare them with what Swift made of them")
    comparing.add_argument("folder", type=pathlib.Path)
    comparing.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.folder)
    else:
        sys.exit(1 if compare(arguments.folder, arguments.output) else 0)


if __name__ == "__main__":
    main()
