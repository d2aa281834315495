#!/usr/bin/env python3
"""Check the files that `parquet-matrix` writes with other engines, and with their own bytes.

Every column's values are known apart from the writer: a pool of values and a position in it for each row. For every file pyarrow
(page checksums verified), DuckDB, polars and DataFusion (filter pushdown and page index on) read all rows, and some by a
selective filter; DataFusion also selects by a value of each column. Bounds, null counts, NaN counts, encodings, page headers and
page index are decoded here and compared with the values of each chunk and page. chdb and Spark read representative files. At
last the page index of a good file is made wrong, to show which engines notice. Prints what was covered; exit 1 on any difference.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import functools
import importlib.util
import json
import math
import multiprocessing
import os
import pathlib
import struct
import sys
import time
import warnings

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parquet_format import ENCODINGS, STATISTICS, ParquetBytes

POOL_COUNT = 65_536
BOUND_SIZE_BYTES = 64
# The writer decides for or against a dictionary after so many values.
TRIED_COUNT = 16_384
FORCED = {
    "plain": "PLAIN", "deltaBinaryPacked": "DELTA_BINARY_PACKED", "deltaLengthByteArray": "DELTA_LENGTH_BYTE_ARRAY",
    "deltaByteArray": "DELTA_BYTE_ARRAY", "byteStreamSplit": "BYTE_STREAM_SPLIT",
}
CODECS = {"none": 0, "snappy": 1, "gzip": 2, "zstd": 6}
FIXED_BYTES = {"fixed": 7, "uuid": 16, "decimal_19": 9, "decimal_38": 16, "float16": 2}
TEXT = ("string", "json", "enum")
BYTE_ARRAYS = (*TEXT, "bytes", "bson")
SLOTS = {
    **dict.fromkeys(("int32", "int8", "int16", "date", "time_ms", "decimal_9"), pa.int32()),
    **dict.fromkeys(("uint8", "uint16", "uint32"), pa.uint32()),
    **dict.fromkeys(("boolean",), pa.uint8()),
    "uint64": pa.uint64(), "float": pa.float32(), "double": pa.float64(),
}
# How engines' columns are compared: as these, floating point as its bits. What is not here is a 64-bit number.
SHOWN = {
    **{name: getattr(pa, name)() for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    "boolean": pa.bool_(), "date": pa.int32(), "float": pa.float32(), "double": pa.float64(), "float16": pa.float32(),
    "decimal_9": pa.decimal128(9, 2), "decimal_18": pa.decimal128(18, 18), "decimal_19": pa.decimal128(19, 0),
    "decimal_38": pa.decimal128(38, 10), **dict.fromkeys((*BYTE_ARRAYS, "fixed", "uuid"), pa.large_binary()),
}
UNITS = {"ms": pa.timestamp("ms"), "us": pa.timestamp("us"), "ns": pa.timestamp("ns")}


def kind_unit(pool):
    return next((part for part in pool.split("_") if part in UNITS), None)


# --- what the files must hold


@dataclasses.dataclass
class Pool:
    """A type's values: as engines show them, ranked in Parquet's order, and as bytes of the file."""

    name: str
    shown: pa.Array
    # Null where a value has no place in the order: NaN.
    ranks: pa.Array
    first_of_rank: dict
    is_nan: pa.Array | None
    raw: object


def decimals(numbers, kind):
    data = b"".join(number.to_bytes(16, "little", signed=True) for number in numbers)
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(data)])


@functools.lru_cache(None)
def pool(folder, name):
    data = (folder / f"{name}.values").read_bytes()
    if (folder / f"{name}.offsets").exists():
        offsets = pa.py_buffer((folder / f"{name}.offsets").read_bytes())
        slots = pa.Array.from_buffers(pa.binary(), POOL_COUNT, [None, offsets, pa.py_buffer(data)])
        stored = slots
        raw = lambda position: stored[position].as_py()
    else:
        kind = SLOTS.get(name, pa.int64())
        slots = pa.Array.from_buffers(kind, POOL_COUNT, [None, pa.py_buffer(data)])
        width = kind.bit_width // 8
        raw = lambda position: data[position * width : position * width + width]
    is_nan = None
    order = slots
    if name == "float16":
        slots = pa.array([struct.unpack("<e", value)[0] for value in slots.to_pylist()], pa.float32())
    if name in ("float", "double", "float16"):
        is_nan = pc.is_nan(slots)
        order = pc.if_else(is_nan, pa.scalar(None, slots.type), slots)
    if name.startswith("decimal"):
        values = slots.to_pylist()
        if isinstance(values[0], bytes):
            values = [int.from_bytes(value, "big", signed=True) for value in values]
        slots = order = decimals(values, SHOWN[name])
    shown = slots.cast(SHOWN.get(name, pa.int64()))
    ranks = pc.rank(order, tiebreaker="dense").cast(pa.int32())
    if is_nan is not None:
        ranks = pc.if_else(is_nan, pa.scalar(None, pa.int32()), ranks)
    first_of_rank = {}
    for position, rank in enumerate(ranks.to_pylist()):
        first_of_rank.setdefault(rank, position)
    return Pool(name, as_bits(shown), ranks, first_of_rank, is_nan, raw)


def as_bits(array):
    """Floating point as integers, so that NaN equals itself and zeros differ."""
    return array.view({32: pa.int32(), 64: pa.int64()}[array.type.bit_width]) if pa.types.is_floating(array.type) else array


@functools.lru_cache(16)
def positions(folder, pattern):
    data = (folder / f"{pattern}.positions").read_bytes()
    array = pa.Array.from_buffers(pa.int32(), len(data) // 4, [None, pa.py_buffer(data)])
    return pc.if_else(pc.less(array, 0), pa.scalar(None, pa.int32()), array)


@dataclasses.dataclass
class Column:
    """A column as it must be."""

    name: str
    pool: Pool
    is_nullable: bool
    encoding: str
    codec: str
    positions: pa.Array

    @functools.cached_property
    def values(self):
        return self.pool.shown.take(self.positions)

    @functools.cached_property
    def ranks(self):
        return self.pool.ranks.take(self.positions)

    @functools.cached_property
    def nans(self):
        return None if self.pool.is_nan is None else self.pool.is_nan.take(self.positions)


def file_columns(folder, entry):
    return [
        Column(
            item["name"], pool(folder, item["pool"]), item["isNullable"], item["encoding"], item["codec"],
            positions(folder, item["pattern"]),
        )
        for item in entry["columns"]
    ]


# --- what the file's own bytes say


def bound_exists(pool, position):
    """Whether a short upper bound of a value exists."""
    value = pool.raw(position)
    if pool.name not in BYTE_ARRAYS or len(value) <= BOUND_SIZE_BYTES:
        return True
    if pool.name in TEXT:
        return any(character != "\U0010ffff" for character in value[:BOUND_SIZE_BYTES].decode(errors="ignore"))
    return any(byte != 255 for byte in value[:BOUND_SIZE_BYTES])


def bound_problem(pool, low, high, stated_low, stated_high):
    """What is wrong with two stated bounds of values that reach from one position of a pool to another."""
    lowest, highest = pool.raw(low), pool.raw(high)
    if pool.name not in BYTE_ARRAYS:
        if pool.is_nan is not None:
            size = len(lowest)
            if not any(lowest[:-1]) and lowest[-1] in (0, 128):
                lowest = bytes(size - 1) + b"\x80"
            if not any(highest[:-1]) and highest[-1] in (0, 128):
                highest = bytes(size)
        if pool.name == "boolean":
            lowest, highest = lowest[:1], highest[:1]
        if (stated_low, stated_high) != (lowest, highest):
            return f"bounds {stated_low.hex()}…{stated_high.hex()}, values have {lowest.hex()}…{highest.hex()}"
        return None
    if len(stated_low) > BOUND_SIZE_BYTES or len(stated_high) > BOUND_SIZE_BYTES:
        return f"a bound exceeds {BOUND_SIZE_BYTES} bytes"
    if pool.name in TEXT and any(bound.decode(errors="replace").encode() != bound for bound in (stated_low, stated_high)):
        return "a bound is no UTF-8"
    if not lowest.startswith(stated_low) or (len(lowest) <= BOUND_SIZE_BYTES and stated_low != lowest):
        return "the lower bound is not a prefix of the least value"
    if stated_high < highest or (len(highest) <= BOUND_SIZE_BYTES and stated_high != highest):
        return "the upper bound does not cover the greatest value"
    return None


def reach(column, start, count):
    """Positions of the least and greatest values of some rows; None where no value has a place in the order."""
    found = pc.min_max(column.ranks.slice(start, count))
    low, high = found["min"].as_py(), found["max"].as_py()
    return None if low is None else (column.pool.first_of_rank[low], column.pool.first_of_rank[high])


def byte_problems(path, entry, columns):
    """What is wrong with statistics, encodings, page headers and page index; and the number of data pages."""
    file = ParquetBytes(path.read_bytes())
    problems, page_count, first_row = [], 0, 0
    by_name = {column.name: column for column in columns}
    if sum(chunks[0].row_count for chunks in file.row_groups) != entry["rowCount"]:
        problems.append("row counts of the row groups")
    for group, chunks in enumerate(file.row_groups):
        for chunk in chunks:
            where = f"row group {group} {chunk.name}"
            pages = file.pages(chunk)
            page_count += len(pages)
            problems += [f"{where}: {problem}" for problem in location_problems(entry, chunk, pages)]
            if chunk.name == "row":
                if chunk.column_index is None or chunk.column_index.value(4) != 1:
                    problems.append(f"{where}: pages of ascending values are not said to be so")
                continue
            column = by_name[chunk.name]
            problems += [f"{where}: {problem}" for problem in chunk_problems(column, chunk, pages, first_row)]
            problems += [f"{where}: {problem}" for problem in index_problems(column, chunk, pages, first_row)]
        first_row += chunks[0].row_count
    return problems, page_count


def location_problems(entry, chunk, pages):
    if chunk.meta.value(5) != chunk.row_count:
        yield "the number of values"
    start = chunk.meta.value(11, chunk.meta.value(9))
    if pages[0].offset != chunk.meta.value(9) or pages[-1].offset + pages[-1].size != start + chunk.meta.value(7):
        yield "the pages do not fill the chunk"
    row = 0
    for number, page in enumerate(pages):
        if page.size != page.header_and_body_size:
            yield f"page {number}: size {page.size}, its header says {page.header_and_body_size}"
        if page.first_row != row:
            yield f"page {number}: first row {page.first_row}, pages before have {row}"
        if not page.has_checksum:
            yield f"page {number}: no checksum"
        if not 0 < page.value_count <= entry["pageRowCountMaximum"]:
            yield f"page {number}: {page.value_count} rows"
        row += page.value_count
    if row != chunk.row_count:
        yield f"{row} rows in pages"
    if entry["name"].startswith("full") and len(pages) != math.ceil(chunk.row_count / entry["pageRowCountMaximum"]):
        yield f"{len(pages)} pages"


def chunk_problems(column, chunk, pages, first_row):
    if chunk.meta.value(4) != CODECS[column.codec]:
        yield f"codec {chunk.meta.value(4)}"
    encodings = {page.encoding for page in pages}
    expected = expected_encodings(column, first_row, chunk.row_count)
    if len(encodings) != 1 or not encodings <= expected:
        yield f"encodings {encodings}, expected one of {expected}"
    if not encodings <= {ENCODINGS[number] for number in chunk.meta.value(2)}:
        yield "the footer names other encodings"
    if (11 in chunk.meta) != ("RLE_DICTIONARY" in encodings):
        yield "a dictionary page without pages that use it, or none"
    statistics = chunk.meta.value(STATISTICS)
    nulls = column.positions.slice(first_row, chunk.row_count).null_count
    if statistics.value(3) != nulls:
        yield f"null count {statistics.value(3)}, values have {nulls}"
    if column.nans is not None:
        nans = pc.sum(column.nans.slice(first_row, chunk.row_count)).as_py() or 0
        if statistics.value(9) != nans and nulls < chunk.row_count:
            yield f"NaN count {statistics.value(9)}, values have {nans}"
    found = reach(column, first_row, chunk.row_count)
    if found is None or not bound_exists(column.pool, found[1]):
        if 5 in statistics and (found is None or 6 in statistics):
            yield "bounds that cannot be"
        return
    if 5 not in statistics or 6 not in statistics:
        yield "no bounds"
        return
    low, high = statistics.value(6), statistics.value(5)
    if problem := bound_problem(column.pool, *found, low, high):
        yield problem
    if statistics.value(8) != (low == stored_bound(column, found[0], low)) or statistics.value(7) != (
        high == stored_bound(column, found[1], high)
    ):
        yield "the exactness of a bound"


def stored_bound(column, position, stated):
    return column.pool.raw(position) if column.pool.name in BYTE_ARRAYS else stated


def expected_encodings(column, first_row, count):
    """What data pages may be stored as; more than one where it depends on small differences of size."""
    if column.encoding != "automatic":
        return {FORCED[column.encoding]}
    rows = column.positions.slice(first_row, count)
    if column.pool.name == "boolean" or rows.null_count == count:
        return {"PLAIN"}
    present = column.values.slice(first_row, count).drop_null()
    distinct = pc.count_distinct(present).as_py()
    tried = present.slice(0, TRIED_COUNT)
    if len(tried) == TRIED_COUNT and pc.count_distinct(tried).as_py() == TRIED_COUNT:
        return {"PLAIN"}
    if distinct * 8 <= len(present) and len(present) >= 100:
        return {"RLE_DICTIONARY"}
    return {"PLAIN"} if distinct == len(present) > 1 else {"PLAIN", "RLE_DICTIONARY"}


def index_problems(column, chunk, pages, first_row):
    index = chunk.column_index
    found = [reach(column, first_row + page.first_row, page.value_count) for page in pages]
    nulls = [column.positions.slice(first_row + page.first_row, page.value_count).null_count for page in pages]
    is_null = [count == page.value_count for count, page in zip(nulls, pages)]
    can_be = all(null or (reached and bound_exists(column.pool, reached[1])) for null, reached in zip(is_null, found))
    if index is None:
        if can_be:
            yield "no column index"
        return
    if not can_be:
        yield "a column index with a page that has no bounds"
        return
    if index.value(1) != is_null:
        yield "null_pages"
    if index.value(5) != nulls:
        yield f"null counts {index.value(5)}, values have {nulls}"
    if column.nans is not None:
        nans = [
            pc.sum(column.nans.slice(first_row + page.first_row, page.value_count)).as_py() or 0 for page in pages
        ]
        if index.value(8) != nans:
            yield f"NaN counts {index.value(8)}, values have {nans}"
    for number, reached in enumerate(found):
        low, high = index.value(2)[number], index.value(3)[number]
        if reached is None:
            if low or high:
                yield f"page {number}: bounds without values"
        elif problem := bound_problem(column.pool, *reached, low, high):
            yield f"page {number}: {problem}"
    ranks = [tuple(column.pool.ranks[position].as_py() for position in reached) for reached in found if reached]
    for order, sign in ((1, 1), (2, -1)):
        if index.value(4) == order and any(
            (after[side] - before[side]) * sign < 0 for before, after in zip(ranks, ranks[1:]) for side in (0, 1)
        ):
            yield "the pages' bounds are not in the order that is stated"


# --- engines


def shown(array, name):
    """A column of any engine in the form in which pools show their values."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    kind, wanted, unit = array.type, SHOWN.get(name, pa.int64()), kind_unit(name)
    if unit and pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp(unit, kind.tz)).cast(pa.int64())
    if unit and pa.types.is_time(kind):
        return array.cast(pa.time32("ms") if unit == "ms" else pa.time64(unit)).cast(
            pa.int32() if unit == "ms" else pa.int64()
        ).cast(pa.int64())
    if wanted == pa.large_binary():
        if pa.types.is_string_view(kind):
            array = array.cast(pa.large_string())
        elif pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
            array = array.cast(pa.binary())
        return array.cast(pa.large_binary())
    return as_bits(array if kind == wanted else array.cast(wanted))


def pyarrow_rows(path, names, rows=None):
    return pq.read_table(
        path, columns=names, page_checksum_verification=True, use_threads=False,
        filters=rows and [("row", ">=", rows[0]), ("row", "<", rows[1])],
    )


def condition(rows):
    return f' WHERE "row" >= {rows[0]} AND "row" < {rows[1]}' if rows else ""


@functools.lru_cache(None)
def duckdb_connection():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
    return connection


def duckdb_rows(path, names, rows=None):
    columns = ", ".join(
        f"""unhex(replace(CAST("{name}" AS VARCHAR), '-', '')) AS "{name}\"""" if name.startswith("uuid_") else f'"{name}"'
        for name in names
    )
    return duckdb_connection().sql(f"SELECT {columns} FROM read_parquet('{path}'){condition(rows)}").to_arrow_table()


def polars_rows(path, names, rows=None):
    import polars

    frame = polars.scan_parquet(path)
    if rows:
        frame = frame.filter((polars.col("row") >= rows[0]) & (polars.col("row") < rows[1]))
    return frame.select(names).collect().to_arrow()


def datafusion_context(path, collects_statistics=True):
    import datafusion

    options = datafusion.SessionConfig().with_target_partitions(1)
    options = options.set("datafusion.execution.collect_statistics", str(collects_statistics).lower())
    for option in ("pushdown_filters", "reorder_filters", "enable_page_index", "pruning"):
        options = options.set(f"datafusion.execution.parquet.{option}", "true")
    context = datafusion.SessionContext(options)
    context.register_parquet("file", str(path))
    return context


def datafusion_rows(path, names, rows=None, context=None):
    columns = ", ".join(f'"{name}"' for name in names)
    context = context or datafusion_context(path)
    return context.sql(f"SELECT {columns} FROM file{condition(rows)}").to_arrow_table()


def chdb_rows(path, names, rows=None):
    import chdb

    # Row groups come in any order.
    columns = ", ".join(f"`{name}`" for name in names)
    return chdb.query(f"SELECT {columns} FROM file('{path}', Parquet){condition(rows)} ORDER BY row", "ArrowTable")


# The types that Spark reads, and as what; it refuses a whole file with others unless told which columns it has.
SPARK_TYPES = {
    "boolean": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "uint8": "smallint",
    "uint16": "int", "uint32": "bigint", "uint64": "decimal(20,0)", "float": "float", "double": "double", "string": "string",
    "json": "string", "enum": "string", "bytes": "binary", "bson": "binary", "fixed": "binary", "uuid": "binary", "date": "date",
    "timestamp_ms": "timestamp", "timestamp_us": "timestamp", "timestamp_us_local": "timestamp_ntz", "timestamp_ns": "bigint",
    "decimal_9": "decimal(9,2)", "decimal_18": "decimal(18,18)", "decimal_19": "decimal(19,0)", "decimal_38": "decimal(38,10)",
}


@functools.lru_cache(None)
def spark_session():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for key, value in {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC", "spark.driver.memory": "1g", "spark.ui.showConsoleProgress": "false",
        "spark.sql.legacy.parquet.nanosAsLong": "true", "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def spark_rows(path, names, rows=None):
    kinds = {name: SPARK_TYPES[pool] for name in names for pool in SPARK_TYPES if name.startswith(f"{pool}_") and is_pool(name, pool)}
    layout = ", ".join(f"`{name}` {kind}" for name, kind in {"row": "bigint", **kinds}.items())
    frame = spark_session().read.schema(layout).parquet(str(path))
    if rows:
        frame = frame.where(f"row >= {rows[0]} AND row < {rows[1]}")
    return frame.select(*[f"`{name}`" for name in names]).toArrow()


def is_pool(name, pool):
    """Whether a column's name starts with a type and not with a longer one."""
    return name[len(pool) + 1 :].split("_")[0] in ("automatic", *FORCED)


ENGINES = {"pyarrow": pyarrow_rows, "DuckDB": duckdb_rows, "polars": polars_rows, "DataFusion": datafusion_rows}


def refuses(engine, column):
    """Whether an engine is known to refuse a column of a file that has rows: it is asked all the same, and must refuse."""
    name, has_values = column.pool.name, column.positions.null_count < len(column.positions)
    if engine == "DuckDB":
        return name == "bson" or (has_values and column.encoding == "byteStreamSplit" and name in FIXED_BYTES)
    if engine == "polars":
        return name in FIXED_BYTES and (column.encoding, name == "float16") in (
            ("byteStreamSplit", False), ("deltaByteArray", False), ("deltaByteArray", True))
    if engine == "Spark":
        return has_values and column.encoding == "byteStreamSplit" and name in ("uint32", "uint64")
    return False


def is_known(engine, column):
    """Whether an engine has a type of a column's values at all."""
    if engine == "chdb":
        # It parses JSON into objects, which not all of the values are.
        return column.pool.name != "json"
    return engine != "Spark" or column.pool.name in SPARK_TYPES


def value_problems(table, columns, rows=None):
    """How an engine's rows differ from those that must be."""
    for column in columns:
        expected = column.values if rows is None else column.values.slice(rows[0], rows[1] - rows[0])
        actual = shown(table[column.name], column.pool.name)
        if not actual.equals(expected):
            if len(actual) != len(expected):
                yield f"{column.name}: {len(actual)} rows, expected {len(expected)}"
            else:
                differs = pc.fill_null(pc.not_equal(actual, expected), False)
                differs = pc.or_(differs, pc.xor(actual.is_valid(), expected.is_valid()))
                row = pc.index(differs, True).as_py()
                yield f"{column.name}: {pc.sum(differs)} values differ, first row {row}: {actual[row]}, expected {expected[row]}"


def ranges(row_count):
    """Rows to select: one in the middle, and some across the border of two pages."""
    if row_count < 2:
        return []
    middle = row_count * 5 // 8
    return [(middle, middle + 1), (row_count // 10 - 2, row_count // 10 + 3)]


def engine_problems(path, entry, columns, read, engine):
    columns = [column for column in columns if is_known(engine, column)]
    is_refused = lambda column: refuses(engine, column) and (entry["rowCount"] > 0 or column.pool.name == "bson")
    allowed = [column for column in columns if not is_refused(column)]
    for column in columns:
        if column not in allowed:
            try:
                read(path, [column.name])
                yield f"{column.name}: is read after all; take it out of refuses()"
            except Exception:
                pass
    if not allowed:
        return
    names = [column.name for column in allowed]
    yield from value_problems(read(path, names), allowed)
    for rows in ranges(entry["rowCount"]):
        yield from (f"rows {rows}: {problem}" for problem in value_problems(read(path, names, rows), allowed, rows))


def selection_problems(path, columns):
    """Selects by a value of each column with DataFusion, which leaves out pages by their bounds."""
    import datafusion

    frames = {collects: datafusion_context(path, collects).table("file") for collects in (True, False)}
    schema = frames[True].schema()
    for column in columns:
        # DataFusion 55 takes the bounds of those row groups that have some for those of the whole file, and loses the rows of
        # the others, also with pyarrow's files (one row group all NaN). It is told not to where a value has no short bound.
        reached = reach(column, 0, len(column.positions))
        frame = frames[reached is None or bound_exists(column.pool, reached[1])]
        present = pc.indices_nonzero(column.ranks.is_valid())
        if len(present) == 0:
            continue
        row = present[len(present) * 2 // 3].as_py()
        position = column.positions[row].as_py()
        if column.pool.is_nan is not None and not any(column.pool.raw(position)[:-1]):
            continue  # Engines differ in whether zeros of both signs are equal.
        value = pq_scalar(column, row, schema.field(column.name).type)
        if value is None:
            continue
        selected = frame.filter(datafusion.col(f'"{column.name}"') == datafusion.literal(value)).select(datafusion.col('"row"'))
        actual = shown(selected.to_arrow_table()["row"], "int64")
        expected = pc.indices_nonzero(pc.equal(column.ranks, column.ranks[row])).cast(pa.int64())
        if not actual.equals(expected):
            yield f"{column.name} = {value}: {len(actual)} rows, expected {len(expected)}"


def pq_scalar(column, row, kind):
    """A value of a column as a scalar of the type that an engine gives the column."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    value = column.values.slice(row, 1)
    name = column.pool.name
    if name in ("float", "double"):
        return value.view(kind)[0]
    if name == "float16":
        return value.view(pa.float32()).cast(kind)[0]
    if pa.types.is_time32(kind) or pa.types.is_date32(kind):
        return value.cast(pa.int32()).cast(kind)[0]
    if value.type == pa.large_binary():
        value = value.cast(pa.binary())
        if pa.types.is_string_view(kind) or pa.types.is_string(kind):
            return value.cast(pa.string())[0]
    return value.cast(kind)[0]


def check(folder, entry):
    """All problems of a file, its data pages, and the seconds that each engine took."""
    warnings.simplefilter("ignore")
    path = folder / f"{entry['name']}.parquet"
    columns = file_columns(folder, entry)
    problems, seconds = [], {}
    begin = time.monotonic()
    page_count = 0

    def run(name, make):
        nonlocal begin
        try:
            problems.extend(f"{entry['name']} {name}: {problem}" for problem in make())
        except Exception as error:  # whatever an engine refuses is a finding
            problems.append(f"{entry['name']} {name}: {type(error).__name__}: {str(error)[:300]}")
        seconds[name] = time.monotonic() - begin
        begin = time.monotonic()

    def bytes_of_file():
        nonlocal page_count
        found, page_count = byte_problems(path, entry, columns)
        return found

    run("bytes", bytes_of_file)
    for engine, read in ENGINES.items():
        run(engine, lambda: engine_problems(path, entry, columns, read, engine))
    run("DataFusion by value", lambda: selection_problems(path, columns) if entry["rowCount"] else [])
    return problems, page_count, seconds


# --- the engines that are too slow for every file


def is_representative(entry):
    """One file per encoding and shape, and one per codec."""
    name = entry["name"]
    return name.startswith("full") and ("-zstd-" in name or "automatic" in name and "-edges" in name)


def check_representatives(folder, entries, engine, read):
    problems, count, begin = [], 0, time.monotonic()
    for entry in filter(is_representative, entries):
        path = folder / f"{entry['name']}.parquet"
        columns = file_columns(folder, entry)
        try:
            found = list(engine_problems(path, entry, columns, read, engine))
        except Exception as error:  # as above
            found = [f"{type(error).__name__}: {str(error)[:300]}"]
        problems += [f"{entry['name']} {engine}: {problem}" for problem in found]
        count += 1
    print(f"{engine}: {count} files, {len(problems)} differences, {time.monotonic() - begin:.0f} s", flush=True)
    return problems


# --- a page index made wrong on purpose


def smaller_sizes(chunk):
    for location in chunk.offset_index.value(1):
        location.put(2, 5, location.value(2) - 20)


def shifted_rows(chunk):
    for location in chunk.offset_index.value(1)[1:]:
        location.put(3, 6, location.value(3) + 7)


def swapped_null_pages(chunk):
    if chunk.column_index:
        flags = chunk.column_index.value(1)
        flags[:] = [not flag for flag in flags]


def reversed_bounds(chunk):
    if chunk.column_index:
        for number in (2, 3):
            chunk.column_index.value(number).reverse()


# What each engine does on a wrong page index, pinned to the versions in the requirements: which must notice, and which cannot.
FAULTS = {
    "nothing": lambda chunk: None,
    "sizes without the header": smaller_sizes,
    "first rows shifted": shifted_rows,
    "null pages swapped": swapped_null_pages,
    "bounds of the pages reversed": reversed_bounds,
}


def check_faults(folder, entries, engines):
    """Problems where a wrong page index stays unnoticed: by the checks of bytes, or by DataFusion and chdb."""
    entry = next(entry for entry in entries if entry["name"] == "full-plain-zstd-distinct")
    columns = file_columns(folder, entry)
    good = (folder / f"{entry['name']}.parquet").read_bytes()
    if ParquetBytes(good).rewritten() != good:
        return ["a file is not the same after its page index is decoded and encoded"]
    problems = []
    noticed = collections.defaultdict(set)
    path = folder / "wrong.parquet"
    for fault, spoil in FAULTS.items():
        file = ParquetBytes(good)
        for chunks in file.row_groups:
            for chunk in chunks:
                spoil(chunk)
        path.write_bytes(file.rewritten())
        if bool(byte_problems(path, entry, columns)[0]) != (fault != "nothing"):
            problems.append(f"{fault} is wrong: the checks of bytes do not say so")
        for engine, read in engines.items():
            try:
                found = list(engine_problems(path, entry, columns, read, engine))
                if engine == "DataFusion":
                    found += selection_problems(path, columns)
            except BaseException as error:  # DataFusion panics
                if isinstance(error, KeyboardInterrupt):
                    raise
                found = [error]
            if found:
                noticed[engine].add(fault)
        print(f"wrong on purpose, {fault}: noticed by {', '.join(e for e in engines if fault in noticed[e]) or 'no engine'}", flush=True)
    path.unlink()
    for engine in engines:
        if "nothing" in noticed[engine]:
            problems.append(f"{engine} objects to a page index in which nothing is wrong")
        if engine in ("DataFusion", "chdb") and "sizes without the header" not in noticed[engine]:
            problems.append(f"{engine} reads pages whose sizes are wrong, so that it shows nothing of the page index")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="what parquet-matrix wrote")
    parser.add_argument("--only", default="", help="only files whose names contain this")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    begin = time.monotonic()
    entries = [json.loads(line) for line in (arguments.folder / "manifest.jsonl").read_text().splitlines()]
    entries = [entry for entry in entries if arguments.only in entry["name"]]
    entries.sort(key=lambda entry: -entry["rowCount"] * len(entry["columns"]))
    if not entries:
        sys.exit(f"no files in {arguments.folder}; write them with parquet-matrix")
    problems, pages, seconds = [], 0, collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(arguments.processes, multiprocessing.get_context("spawn")) as pool:
        for found, page_count, spent in pool.map(check, [arguments.folder] * len(entries), entries):
            problems += found
            pages += page_count
            seconds.update(spent)
    engines = dict(ENGINES)
    for engine, module, read in (("chdb", "chdb", chdb_rows), ("Spark", "pyspark", spark_rows)):
        if importlib.util.find_spec(module) is None:
            print(f"{engine} is not installed: not run")
            if os.environ.get("CI") == "true":
                problems.append(f"{engine} is not installed; run scripts/install.sh --engines")
            continue
        if not arguments.only:
            problems += check_representatives(arguments.folder, entries, engine, read)
        if engine != "Spark":
            engines[engine] = read
    if not arguments.only:
        problems += check_faults(arguments.folder, entries, engines)
    for problem in problems[:60]:
        print(problem)
    columns = [column for entry in entries for column in entry["columns"]]
    print(
        f"{len(entries)} files, {len(columns)} columns, {len({column['pool'] for column in columns})} types, {pages} data pages, "
        f"{sum(entry['rowCount'] * len(entry['columns']) for entry in entries):,} values; {len(problems)} differences; "
        f"{time.monotonic() - begin:.0f} s"
    )
    print("seconds: " + ", ".join(f"{name} {spent:.1f}" for name, spent in seconds.items()))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
