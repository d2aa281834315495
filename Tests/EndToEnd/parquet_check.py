#!/usr/bin/env python3
"""Read Parquet files with two engines and check that both agree with each other and with the files' own metadata.

For each file: pyarrow reads it with page checksums verified, DuckDB reads it, the values of both are compared bit by bit,
and the bounds and null counts that each column chunk states are compared with those of the chunk's own values. Offsets,
sizes, annotations and the rules of the writer profile are checked from the metadata. One line per file; exit 1 on any
difference.
"""

import argparse
import decimal
import json
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
    """The columns of a file as pyarrow reads them, and their types; times and dates as integers, UUIDs as bytes."""
    table = pq.read_table(path, page_checksum_verification=True, use_threads=False)
    columns = {}
    for name, column in zip(table.column_names, table.columns):
        kind = column.type
        if isinstance(kind, pa.BaseExtensionType):
            column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        elif pa.types.is_float16(kind):
            column = column.cast(pa.float32())
        elif pa.types.is_temporal(kind):
            column = column.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
        columns[name] = column.to_pylist()
    return columns, {field.name: field.type for field in table.schema}


def duckdb_values(path, types):
    """The columns of a file as DuckDB reads them, in the form that `arrow_values` has."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
    source = connection.read_parquet(str(path))
    selected = []
    for name, duck in zip(source.columns, map(str, source.types)):
        quoted = '"' + name.replace('"', '""') + '"'
        kind = types[name]
        expression = quoted
        if pa.types.is_timestamp(kind):
            expression = f"epoch_{kind.unit}({quoted})"
        elif pa.types.is_time(kind) and duck == "TIME_NS":
            expression = f"epoch_ns({quoted})"
        elif pa.types.is_time(kind):
            expression = f"datediff('microsecond', TIME '00:00:00', CAST({quoted} AS TIME)) // {1000 if kind.unit == 'ms' else 1}"
        elif duck == "DATE":
            expression = f"CAST({quoted} - DATE '1970-01-01' AS INTEGER)"
        elif duck == "UUID":
            expression = f"unhex(replace(CAST({quoted} AS VARCHAR), '-', ''))"
        elif duck == "VARCHAR" and pa.types.is_binary(kind):
            expression = f"encode({quoted})"
        selected.append(f"{expression} AS {quoted}")
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


def orders(kind, physical_type):
    """How a column's values, and how its stated bounds, become keys that sort in Parquet's type-defined order."""
    if pa.types.is_decimal(kind):
        context = decimal.Context(prec=100)
        value = lambda number: int(number.scaleb(kind.scale, context))
        if physical_type == "FIXED_LEN_BYTE_ARRAY":
            return value, lambda stated: int.from_bytes(stated, "big", signed=True)
        return value, int
    if pa.types.is_float16(kind):
        return float, lambda stated: struct.unpack("<e", stated)[0]
    if pa.types.is_unsigned_integer(kind):
        return int, lambda stated: stated % 2 ** (32 if physical_type == "INT32" else 64)
    plain = lambda value: value.encode() if isinstance(value, str) else value
    return plain, plain


def bounds_problems(where, values, kind, statistics, physical_type, min_is_exact, max_is_exact, nan_count):
    """What is wrong with the statistics of a chunk that holds the given values."""
    order, stated_order = orders(kind, physical_type)
    if statistics is None:
        return [f"{where}: no statistics"]
    problems = []
    nulls = sum(value is None for value in values)
    if not statistics.has_null_count or statistics.null_count != nulls:
        problems.append(f"{where}: null count {statistics.null_count}, values have {nulls}")
    present = [value for value in values if value is not None]
    nans = sum(isinstance(value, float) and math.isnan(value) for value in present)
    if pa.types.is_floating(kind) and nan_count != nans and len(present) > 0:
        problems.append(f"{where}: NaN count {nan_count}, values have {nans}")
    present = [value for value in present if not (isinstance(value, float) and math.isnan(value))]
    if not present:
        if statistics.has_min_max:
            problems.append(f"{where}: bounds without values")
        return problems
    lowest = min(map(order, present))
    highest = max(map(order, present))
    is_bytes = physical_type == "BYTE_ARRAY"
    if not statistics.has_min_max:
        # An upper bound of a long value may not exist; every other column has both.
        if not (is_bytes and len(highest) > BOUND_SIZE_BYTES):
            problems.append(f"{where}: no bounds")
        return problems
    stated_low, stated_high = stated_order(statistics.min_raw), stated_order(statistics.max_raw)
    if is_bytes:
        if len(stated_low) > BOUND_SIZE_BYTES or len(stated_high) > BOUND_SIZE_BYTES:
            problems.append(f"{where}: a bound exceeds {BOUND_SIZE_BYTES} bytes")
        if stated_low > lowest or stated_high < highest:
            problems.append(f"{where}: bounds do not cover the values")
        if min_is_exact != (stated_low == lowest):
            problems.append(f"{where}: the lower bound's exactness is wrong")
        if max_is_exact != (stated_high == highest):
            problems.append(f"{where}: the upper bound's exactness is wrong")
    elif pa.types.is_floating(kind):
        if lowest == 0:
            lowest = -0.0
        if highest == 0:
            highest = 0.0
        if bits(stated_low) != bits(lowest) or bits(stated_high) != bits(highest):
            problems.append(f"{where}: bounds {stated_low}…{stated_high}, values have {lowest}…{highest}")
    elif stated_low != lowest or stated_high != highest:
        problems.append(f"{where}: bounds {stated_low}…{stated_high}, values have {lowest}…{highest}")
    return problems


def annotation_problem(column):
    """What is wrong with a column's two annotations; None when both say the same, or the older one cannot."""
    logical, older = column.logical_type.type, column.converted_type
    details = json.loads(column.logical_type.to_json())
    expected = {"NONE": "NONE", "STRING": "UTF8", "UUID": "NONE", "FLOAT16": "NONE"}.get(logical, logical)
    if logical == "INT":
        expected = f"{'' if details['isSigned'] else 'U'}INT_{details['bitWidth']}"
    if logical in ("TIME", "TIMESTAMP"):
        unit = {"milliseconds": "MILLIS", "microseconds": "MICROS"}.get(details["timeUnit"])
        expected = f"{logical}_{unit}" if unit and details["isAdjustedToUTC"] else "NONE"
    if older != expected:
        return f"annotations {logical} and {older}"
    if logical == "DECIMAL" and (column.precision, column.scale) != (details["precision"], details["scale"]):
        return "two precisions or scales"
    return None


def metadata_problems(path, columns, types):
    """What is wrong with a file's footer, given its values and their types."""
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
                where,
                values,
                types[chunk.path_in_schema],
                chunk.statistics,
                chunk.physical_type,
                min_is_exact,
                max_is_exact,
                nan_count,
            )
            if not chunk.has_offset_index:
                problems.append(f"{where}: no offset index")
            if chunk.statistics.has_min_max and not (chunk.has_column_index or pa.types.is_floating(types[chunk.path_in_schema])):
                problems.append(f"{where}: no column index")
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
        if annotation_problem(column):
            problems.append(f"{column.name}: {annotation_problem(column)}")
    return problems


def check(path):
    """What is wrong with a file, and how many rows and columns it has."""
    arrow, types = arrow_values(path)
    duck = duckdb_values(path, types)
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
    problems += metadata_problems(path, arrow, types)
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
