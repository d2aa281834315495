"""The engines that analysts use open the tables, with the columns, types and values that the writer meant."""

import datetime
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars
import pyarrow.parquet as pq
import pytest
from conftest import DAY_ONE, DAY_TWO, Snapshot

MEDIA = ["gskhw4w4lm", "v08dlrgr7v"]
DATES = [datetime.date.fromisoformat(day) for day in (DAY_ONE, DAY_TWO)]
DIM_MEDIA = ["media_id", "title", "url", "created_at", "updated_at", "duration_seconds", "type", "status", "archived",
             "project", "snapshot_ts", "extraction_date"]
Row = dict[str, object]


def with_pyarrow(folder: Path) -> list[Row]:
    # The date stands in the path and in the file, so the path's is not asked.
    return pq.read_table(folder, partitioning=None).to_pylist()


def with_pandas(folder: Path) -> list[Row]:
    if importlib.util.find_spec("pandas") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("pandas is missing; run scripts/install.sh --engines")
        pytest.skip("pandas is missing; run scripts/install.sh --engines")
    import pandas

    frame = pandas.read_parquet(folder, partitioning=None)
    return [{name: value.to_pydatetime() if isinstance(value, pandas.Timestamp) else value for name, value in row.items()}
            for row in frame.to_dict("records")]


def with_duckdb(folder: Path) -> list[Row]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.sql(f"FROM '{folder}/**/*.parquet'")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def with_polars(folder: Path) -> list[Row]:
    return polars.read_parquet(folder).to_dicts()


READERS = [with_pyarrow, with_pandas, with_duckdb, with_polars]


@pytest.fixture(scope="module")
def tables(day_two: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of silver and gold as folders of files, as after `aws s3 sync`."""
    folder = tmp_path_factory.mktemp("tables")
    for layer in ("silver", "gold"):
        for key, body in day_two.bodies[layer].items():
            if key.endswith(".parquet"):
                path = folder / layer / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
    return folder


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__.removeprefix("with_"))
def test_dim_media_opens_with_both_days(tables: Path, day_two: Snapshot, read: Callable[[Path], list[Row]]):
    rows = sorted(read(tables / "silver" / "wistia" / "dim_media"), key=lambda row: (row["extraction_date"], row["media_id"]))
    assert [list(row) for row in rows] == [DIM_MEDIA] * 4
    assert [(row["extraction_date"], row["media_id"]) for row in rows] == [(date, media) for date in DATES for media in MEDIA]
    for row in rows:
        assert (row["type"], row["archived"], row["duration_seconds"]) == ("Video", False, 435.456)
        # When the answers came: the same for the list of a day, later the next day, and the microseconds are there.
        assert row["snapshot_ts"].utcoffset() == datetime.timedelta(0)
    first, second = (row["snapshot_ts"] for row in rows[::2])
    assert [row["snapshot_ts"] for row in rows] == [first, first, second, second]
    assert first < second
    since = datetime.datetime.fromisoformat(day_two.commits["silver"]["since"]["fact_visitors"])
    # A run reads the media before the visitors, perhaps in the same second, which is all that an answer's date tells.
    assert second <= since


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__.removeprefix("with_"))
def test_media_days_opens_with_each_media_s_span(tables: Path, read: Callable[[Path], list[Row]]):
    rows = read(tables / "gold" / "wistia" / "media_days")
    assert rows == [
        {"media_id": media, "first_extraction_date": DATES[0], "last_extraction_date": DATES[1]} for media in MEDIA]
