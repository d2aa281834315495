#!/usr/bin/env python3
"""Read Parquet files with two engines and check that both agree with each other and with the files' own metadata.

For each file: pyarrow reads it with page checksums verified, DuckDB reads it, the values of both are compared bit by bit,
and the bounds and null counts that each column chunk states are compared with those of the chunk's own values. Offsets,
sizes, annotations and the rules of the writer profile are checked from the metadata. One line per file; exit 1 on any
difference.
"""

import argparse
import math
import pathlib
import re
import struct
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

CREATED_BY = re.compile(r"^.+ version \S+ \(build .+\)$")
BOUND_SIZE_BYTES = 64


def bits(value):
    """A value that compares equal only to the same bits: NaN to itself, 0 not to -0."""
    return struct.pack("<d", value) if isinstance(value, float) else value


def arrow_values(path):
    """The columns of a file as pyarrow reads them; timestamps and dates as integers."""
    table = pq.read_table(path, page_checksum_verification=True, use_threads=False)
    columns = {}
    for name, column in zip(table.column_names, table.columns):
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        elif pa.types.is_date32(column.type):
            column = column.cast(pa.int32())
        columns[name] = column.to_pylist()
    return columns


def duckdb_values(path):
    """The columns of a file as DuckDB reads them; timestamps and dates as integers."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
    source = connection.read_parquet(str(path))
    selected = []
    for name, kind in zip(source.columns, source.types):
        quoted = '"' + name.replace('"', '""') + '"'
        if str(kind).startswith("TIMESTAMP"):
            selected.append(f"epoch_us({quoted}) AS {quoted}")
        elif str(kind) == "DATE":
            selected.append(f"CAST({quoted} - DATE '1970-01-01' AS INTEGER) AS {quoted}")
        else:
            selected.append(quoted)
    names = source.columns
    rows = source.project(", ".join(selected)).fetchall()
    connection.close()
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def duckdb_chunks(path):
    """What pyarrow does not tell of each chunk: exactness of bounds, NaN count, pages by encoding."""
    connection = duckdb.connect()
    rows = connection.execute(
        "SELECT row_group_id, path_in_schema, min_is_exact, max_is_exact, stats_nan_count, encoding_stats "
        "FROM parquet_metadata(?)",
        [str(path)],
    ).fetchall()
    connection.close()
    return {(row[0], row[1]): row[2:] for row in rows}


def plain_order(value):
    """The sort key of a value under Parquet's type-defined order."""
    return value.encode() if isinstance(value, str) else value


def bounds_problems(where, values, statistics, physical_type, min_is_exact, max_is_exact, nan_count):
    """What is wrong with the statistics of a chunk that holds the given values."""
    if statistics is None:
        return [f"{where}: no statistics"]
    problems = []
    nulls = sum(value is None for value in values)
    if not statistics.has_null_count or statistics.null_count != nulls:
        problems.append(f"{where}: null count {statistics.null_count}, values have {nulls}")
    present = [value for value in values if value is not None]
    nans = sum(isinstance(value, float) and math.isnan(value) for value in present)
    if physical_type in ("FLOAT", "DOUBLE") and nan_count != nans and len(present) > 0:
        problems.append(f"{where}: NaN count {nan_count}, values have {nans}")
    present = [value for value in present if not (isinstance(value, float) and math.isnan(value))]
    if not present:
        if statistics.has_min_max:
            problems.append(f"{where}: bounds without values")
        return problems
    lowest = min(map(plain_order, present))
    highest = max(map(plain_order, present))
    is_bytes = physical_type == "BYTE_ARRAY"
    if not statistics.has_min_max:
        # An upper bound of a long value may not exist; every other column has both.
        if not (is_bytes and len(highest) > BOUND_SIZE_BYTES):
            problems.append(f"{where}: no bounds")
        return problems
    stated_low, stated_high = plain_order(statistics.min_raw), plain_order(statistics.max_raw)
    if is_bytes:
        if len(stated_low) > BOUND_SIZE_BYTES or len(stated_high) > BOUND_SIZE_BYTES:
            problems.append(f"{where}: a bound exceeds {BOUND_SIZE_BYTES} bytes")
        if stated_low > lowest or stated_high < highest:
            problems.append(f"{where}: bounds do not cover the values")
        if min_is_exact != (stated_low == lowest):
            problems.append(f"{where}: the lower bound's exactness is wrong")
        if max_is_exact != (stated_high == highest):
            problems.append(f"{where}: the upper bound's exactness is wrong")
    elif physical_type in ("FLOAT", "DOUBLE"):
        if lowest == 0:
            lowest = -0.0
        if highest == 0:
            highest = 0.0
        if bits(stated_low) != bits(lowest) or bits(stated_high) != bits(highest):
            problems.append(f"{where}: bounds {stated_low}…{stated_high}, values have {lowest}…{highest}")
    elif stated_low != lowest or stated_high != highest:
        problems.append(f"{where}: bounds {stated_low}…{stated_high}, values have {lowest}…{highest}")
    return problems


def metadata_problems(path, columns):
    """What is wrong with a file's footer, given its values."""
    problems = []
    metadata = pq.read_metadata(path)
    chunks = duckdb_chunks(path)
    if metadata.format_version != "1.0":
        problems.append(f"version {metadata.format_version}")
    if not CREATED_BY.match(metadata.created_by or ""):
        problems.append(f"created_by {metadata.created_by!r}")
    if metadata.num_rows == 0 and metadata.num_row_groups != 0:
        problems.append("row groups without rows")
    file_size = path.stat().st_size
    first_row = 0
    position = 4
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        if row_group.num_rows == 0:
            problems.append(f"row group {group} is empty")
        total = 0
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            where = f"row group {group} {chunk.path_in_schema}"
            values = columns[chunk.path_in_schema][first_row : first_row + row_group.num_rows]
            min_is_exact, max_is_exact, nan_count, page_encodings = chunks[group, chunk.path_in_schema]
            problems += bounds_problems(
                where, values, chunk.statistics, chunk.physical_type, min_is_exact, max_is_exact, nan_count
            )
            if not page_encodings:
                problems.append(f"{where}: no page encoding statistics")
            start = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
            if start != position:
                problems.append(f"{where}: starts at {start}, the chunk before ends at {position}")
            if chunk.has_dictionary_page and chunk.data_page_offset <= start:
                problems.append(f"{where}: data page before dictionary page")
            if chunk.has_dictionary_page and all(value is None for value in values):
                problems.append(f"{where}: a dictionary without values")
            if chunk.num_values != row_group.num_rows:
                problems.append(f"{where}: {chunk.num_values} values")
            position = start + chunk.total_compressed_size
            total += chunk.total_uncompressed_size
        if row_group.total_byte_size != total:
            problems.append(f"row group {group}: size {row_group.total_byte_size}, chunks have {total}")
        first_row += row_group.num_rows
    if position > file_size - 12:
        problems.append("chunks exceed the file")
    for index in range(len(metadata.schema)):
        column = metadata.schema.column(index)
        annotations = (column.logical_type.type, column.converted_type)
        if annotations not in {("NONE", "NONE"), ("STRING", "UTF8"), ("DATE", "DATE"), ("TIMESTAMP", "TIMESTAMP_MICROS")}:
            problems.append(f"{column.name}: annotations {annotations}")
    return problems


def check(path):
    """What is wrong with a file, and how many rows and columns it has."""
    arrow = arrow_values(path)
    duck = duckdb_values(path)
    problems = []
    if list(arrow) != list(duck):
        problems.append(f"columns {list(arrow)} and {list(duck)}")
    for name, values in arrow.items():
        others = duck.get(name, [])
        if len(values) != len(others):
            problems.append(f"{name}: {len(values)} rows and {len(others)}")
            continue
        differing = sum(bits(left) != bits(right) for left, right in zip(values, others))
        if differing:
            problems.append(f"{name}: {differing} values differ between pyarrow and DuckDB")
    problems += metadata_problems(path, arrow)
    return problems, len(next(iter(arrow.values()))), len(arrow)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=pathlib.Path, help="Parquet files, or folders of them")
    arguments = parser.parse_args()
    files = []
    for path in arguments.paths:
        files += sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        sys.exit("no Parquet files found; name files or folders that hold *.parquet")
    failures = 0
    for path in files:
        try:
            problems, rows, columns = check(path)
        except Exception as error:  # whatever an engine refuses is a finding
            problems, rows, columns = [f"{type(error).__name__}: {error}"], 0, 0
        failures += bool(problems)
        verdict = "; ".join(problems[:5]) or "ok"
        print(f"{path.name}: {rows} rows, {columns} columns: {verdict}")
    print(f"{len(files)} files, {failures} with differences")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
