#!/usr/bin/env python3
"""Check what the Swift reader made of Apache's conformance files, and of files that other engines write in every other way.

`make FOLDER` writes the latter: every codec, encoding, page version and flat type that pyarrow and DuckDB know, with nested columns
beside, and with metadata left out. The Swift test `GoldenFilesTests` reads both and writes what it read. `compare SOURCES OUTPUT` then
compares every flat column with what pyarrow reads from the source, value by value. One line per file; exit 1 on any difference, and on
a file that Swift did not read and that is not named below.
"""

import argparse
import datetime
import decimal
import math
import os
import pathlib
import random
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

# Files of the corpus that Swift refuses as it should; pyarrow does not look at checksums unless it is told to.
REFUSED = {"datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum"}
# Files of nested columns alone that pyarrow cannot open.
UNREADABLE = {"incorrect_map_schema"}
# Microseconds that pyarrow gets wrong, and the corpus's README right: 290000-12-31.
CORRECTED = {("int96_from_spark", -7_188_624_036_226_874_385 * 1000): 9_089_380_393_200_000_000 * 1000}
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def flat_table(rows, null_share, distinct):
    """A table of every flat type that pyarrow writes; `distinct` values at most in each column."""
    source = random.Random(distinct)
    pool = [source.getrandbits(62) for _ in range(distinct)]

    def column(kind, make):
        keys = [source.choice(pool) for _ in range(rows)]
        return pa.array([None if source.random() < null_share else make(key) for key in keys], kind)

    def signed(bits):
        return lambda key: key % 2**bits - 2 ** (bits - 1)

    epoch = datetime.datetime(1970, 1, 1)
    columns = {
        "boolean": column(pa.bool_(), lambda key: key % 3 == 0),
        "float16": column(pa.float16(), lambda key: struct.unpack("<e", struct.pack("<H", key % 2**15))[0]),
        "float": column(pa.float32(), lambda key: math.nan if key % 97 == 0 else key / 2**40),
        "double": column(pa.float64(), lambda key: -0.0 if key % 89 == 0 else key / 7),
        "string": column(pa.string(), lambda key: f"ключ {key}" * (key % 4)),
        "large_string": column(pa.large_string(), lambda key: f"{key % 1000}"),
        "bytes": column(pa.binary(), lambda key: struct.pack("<q", key)[: key % 9]),
        "fixed": column(pa.binary(5), lambda key: struct.pack("<q", key)[:5]),
        "date": column(pa.date32(), lambda key: key % 80_000 - 20_000),
        "time_ms": column(pa.time32("ms"), lambda key: key % 86_400_000),
        "time_us": column(pa.time64("us"), lambda key: key % 86_400_000_000),
        "time_ns": column(pa.time64("ns"), lambda key: key % 86_400_000_000_000),
        "dictionary": column(pa.string(), lambda key: f"word {key % 30}").dictionary_encode(),
        "nothing": pa.nulls(rows),
    }
    for bits in (8, 16, 32, 64):
        columns[f"int{bits}"] = column(getattr(pa, f"int{bits}")(), signed(min(bits, 62)))
        columns[f"uint{bits}"] = column(getattr(pa, f"uint{bits}")(), lambda key, bits=bits: key * 3 % 2**bits)
    for unit in ("ms", "us", "ns"):
        nanoseconds = NANOSECONDS[unit]
        columns[f"timestamp_{unit}"] = column(pa.timestamp(unit, "UTC"), lambda key, size=nanoseconds: key % 2**60 // size)
        columns[f"local_{unit}"] = column(pa.timestamp(unit), lambda key, size=nanoseconds: -(key % 2**58 // size))
    for precision in (4, 12, 30):
        columns[f"decimal_{precision}"] = column(
            pa.decimal128(precision, 2), lambda key: decimal.Decimal(key * 7919 % 10**precision - 10**precision // 2).scaleb(-2)
        )
    return pa.table(columns)


def nested_columns(rows):
    """Columns that are not read, to stand between others."""
    return {
        "list": pa.array([[row, None][: row % 3] for row in range(rows)], pa.list_(pa.int64())),
        "struct": pa.array([{"a": row, "b": None} for row in range(rows)], pa.struct([("a", pa.int64()), ("b", pa.string())])),
        "map": pa.array([[("k", row)] for row in range(rows)], pa.map_(pa.string(), pa.int64())),
    }


def encodings(table, kind):
    """An encoding per column, of the kind wanted where the type has it."""
    chosen = {}
    for field in table.schema:
        integer = pa.types.is_integer(field.type) or pa.types.is_temporal(field.type)
        text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type) or pa.types.is_binary(field.type)
        fixed = pa.types.is_fixed_size_binary(field.type)
        if kind == "split" and (integer or fixed or pa.types.is_floating(field.type)):
            chosen[field.name] = "BYTE_STREAM_SPLIT"
        elif kind == "delta" and integer:
            chosen[field.name] = "DELTA_BINARY_PACKED"
        elif kind == "delta" and text:
            chosen[field.name] = "DELTA_LENGTH_BYTE_ARRAY"
        elif kind == "delta-strings" and (text or fixed):
            chosen[field.name] = "DELTA_BYTE_ARRAY"
        elif kind == "rle" and pa.types.is_boolean(field.type):
            chosen[field.name] = "RLE"
    return chosen


def make(folder, rows):
    """Writes the files."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "mixed": flat_table(rows, 0.2, 40),
        "full": flat_table(rows, 0, 10**5),
        "null": flat_table(rows, 1, 1),
    }
    full = tables["full"].drop_columns("nothing")
    tables["required"] = full.cast(pa.schema([field.with_nullable(False) for field in full.schema]))

    def write(name, table, **options):
        pq.write_table(
            table, folder / f"pyarrow-{name}.parquet", row_group_size=rows * 3 // 7, data_page_size=2_000, write_batch_size=100, **options
        )

    for name, table in tables.items():
        for version in ("1.0", "2.0"):
            for codec in ("none", "snappy", "gzip", "brotli", "lz4", "zstd"):
                write(f"{name}-v{version[0]}-{codec}", table, compression=codec, data_page_version=version)
            for kind in ("plain", "split", "delta", "delta-strings", "rle"):
                columns = encodings(table, kind) or None
                write(
                    f"{name}-v{version[0]}-{kind}", table, use_dictionary=False, column_encoding=columns, data_page_version=version,
                    write_page_checksum=True,
                )
    mixed = tables["mixed"]
    write("no-statistics", mixed, write_statistics=False, store_schema=False)
    write("page-index", mixed, write_page_index=True, store_decimal_as_integer=True)
    write("old", mixed, version="1.0", coerce_timestamps="ms", allow_truncated_timestamps=True)
    times = mixed.select(["int8", "timestamp_us", "timestamp_ms", "local_ms"])
    write("int96", times, use_deprecated_int96_timestamps=True)
    write("int96-plain", times, use_deprecated_int96_timestamps=True, use_dictionary=False, compression="gzip")
    columns = {}
    for (name, nested), position in zip(nested_columns(rows).items(), ("int8", "string", "double")):
        columns |= {position: mixed[position], name: nested}
    write("nested", pa.table(columns))
    write("empty", mixed.slice(0, 0))

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("content", mixed.drop_columns(["float16", "nothing", "fixed", "dictionary", "time_ms", "time_ns", "local_ns"]))
    for version in ("V1", "V2"):
        for codec in ("uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"):
            path = folder / f"duckdb-{version}-{codec}.parquet"
            connection.execute(
                f"COPY content TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"
            )


def plain(array, name=""):
    """Values that compare alike whatever the annotations: bytes, whole numbers, nanoseconds."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        values = [None if value is None else value * NANOSECONDS[kind.unit] for value in array.cast(width).to_pylist()]
        return [CORRECTED.get((name, value), value) for value in values]
    return [comparable(value) for value in array.to_pylist()]


def comparable(value):
    if isinstance(value, str):
        return value.encode()
    return struct.pack("<d", value) if isinstance(value, float) else value


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
    if columns != actual.column_names:
        return f"has the columns {actual.column_names}, not {columns}"
    differing = [
        column
        for column in columns
        if plain(expected[column], name) != plain(actual[column])
    ]
    return f"differs in {', '.join(differing)}" if differing else "ok"


def compare(folder, output):
    """Prints a line per file and returns how many differ."""
    sources = sorted(folder.glob("*.parquet"))
    failures = 0
    for source in sources:
        result = verdict(source, output / source.name)
        failures += result != "ok"
        if result != "ok":
            print(f"{source.name}: {result}")
    print(f"{folder.name}: {len(sources)} files, {failures} with differences")
    return failures or not sources


def corpus():
    """The corpus's folder, and whether it must be there."""
    shared = pathlib.Path(os.environ.get("MEDALLION_SHARED_DIR", "../shared"))
    folder = pathlib.Path(os.environ.get("PARQUET_TESTING_DIR", shared / "data" / "parquet-testing"))
    return folder / "data", os.environ.get("CI") == "true"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="write files in every other way")
    making.add_argument("folder", type=pathlib.Path)
    making.add_argument("--rows", type=int, default=3_001, help="rows of each (default %(default)s)")
    comparing = commands.add_parser("compare", help="compare them, and the corpus, with what Swift made of them")
    comparing.add_argument("folder", type=pathlib.Path)
    comparing.add_argument("output", type=pathlib.Path, help="with the folders foreign and corpus")
    arguments = parser.parse_args()
    if arguments.command == "make":
        return make(arguments.folder, arguments.rows)
    failures = compare(arguments.folder, arguments.output / "foreign")
    folder, is_needed = corpus()
    if folder.exists() or is_needed:
        failures += compare(folder, arguments.output / "corpus")
    else:
        print(f"corpus: not run, {folder} is not there")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
