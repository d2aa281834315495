#!/usr/bin/env python3
"""Check what the Swift reader made of Apache's conformance files, and of files that other engines write in unusual ways.

`make FOLDER` writes the latter. The Swift tests read both and write what they read to MEDALLION_PARQUET_GOLDEN_DIR. `compare
SOURCES OUTPUT` then compares every flat column with what pyarrow reads from the source, value by value. One line per file; exit 1 on
any difference, and on a file that Swift did not read and that is not named below.
"""

import argparse
import pathlib
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq

# Files of the corpus that Swift refuses as it should, and pyarrow does not unless it is told to look.
REFUSED = {"datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum"}
# Files of nested columns alone that pyarrow cannot open.
UNREADABLE = {"incorrect_map_schema"}
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def plain(array):
    """Values that compare alike whatever the annotations: bytes, whole numbers, nanoseconds."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        return [None if value is None else value * NANOSECONDS[kind.unit] for value in array.cast(width).to_pylist()]
    return [comparable(value) for value in array.to_pylist()]


def comparable(value):
    if isinstance(value, str):
        return value.encode()
    return struct.pack("<d", value) if isinstance(value, float) else value


def flat(table):
    return [field.name for field in table.schema if not pa.types.is_nested(field.type)]


def verdict(source, output):
    name = source.stem
    if name in UNREADABLE or name in REFUSED:
        return "was not to be read" if output.exists() else "ok"
    file = pq.ParquetFile(source, coerce_int96_timestamp_unit="us")
    columns = [field.name for field in file.schema_arrow if not pa.types.is_nested(field.type)]
    if not columns:
        return "is nested, and was read" if output.exists() else "ok"
    if not output.exists():
        return "was not read by Swift"
    expected, actual = file.read(columns=columns), pq.read_table(output, page_checksum_verification=True)
    if expected.column_names != actual.column_names:
        return f"has the columns {actual.column_names}, not {expected.column_names}"
    differing = [
        name for index, name in enumerate(columns) if plain(expected.column(index)) != plain(actual.column(index))
    ]
    return f"differs in {', '.join(differing)}" if differing else "ok"


def compare(folder, output):
    """Prints a line per file and returns how many differ."""
    sources = sorted(folder.glob("*.parquet"))
    failures = 0
    for source in sources:
        result = verdict(source, output / source.name)
        failures += result != "ok"
        print(f"{source.name}: {result}")
    print(f"{len(sources)} files, {failures} with differences")
    return failures or not sources


if __name__ == "__main__":
    sys.exit(1 if compare(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])) else 0)
