"""The Glue catalog, as the local cloud understood it, beside the files that the functions wrote."""

import io
import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import DAY_TWO, Snapshot
from local_cloud import ROOT, Stack

TEMPLATE = ROOT / "infra" / "catalog.yaml"
GLUE_TYPES = {
    pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean",
    pa.date32(): "date", pa.timestamp("us", tz="UTC"): "timestamp"}


@pytest.fixture(scope="module")
def tables(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every table of the deployed catalog by its name."""
    formation = stack.cloud.client("cloudformation")
    buckets = {"SilverBucket": stack.bucket("silver"), "GoldBucket": stack.bucket("gold"), "DatabaseName": "lake"}
    # ministack has no named queries.
    text = "\n\n".join(block for block in TEMPLATE.read_text().split("\n\n") if "AWS::Athena::" not in block)
    formation.create_stack(
        StackName="catalog", TemplateBody=text,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in buckets.items()])
    formation.get_waiter("stack_create_complete").wait(StackName="catalog", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    pages = stack.cloud.client("glue").get_paginator("get_tables").paginate(DatabaseName="lake")
    return {table["Name"]: table for page in pages for table in page["TableList"]}


def test_every_table_that_the_functions_write_is_there_with_its_columns(
        stack: Stack, tables: dict[str, dict[str, Any]], day_two: Snapshot):
    seen = set()
    for layer in ("silver", "gold"):
        for key, body in day_two.bodies[layer].items():
            if not key.endswith(".parquet"):
                continue
            source, name, *folders, _ = key.split("/")
            table = tables[f"{source}_{name}"]
            seen.add(table["Name"])
            storage = table["StorageDescriptor"]
            assert storage["Location"] == f"s3://{stack.bucket(layer)}/{source}/{name}/"
            inside = [column["Name"] for column in table["PartitionKeys"]]
            assert inside == [folder.split("=")[0] for folder in folders]
            described = {column["Name"]: column["Type"] for column in storage["Columns"]}
            found = {field.name: GLUE_TYPES[field.type] for field in pq.read_schema(io.BytesIO(body))}
            assert described == {column: type_ for column, type_ in found.items() if column not in inside}
            if folders:
                template = table["Parameters"]["storage.location.template"]
                for folder in folders:
                    column, value = folder.split("=")
                    template = template.replace(f"${{{column}}}", value)
                assert f"{template}part-0.parquet" == f"s3://{stack.bucket(layer)}/{key}"
                assert table["Parameters"]["projection.extraction_date.range"] == "2026-01-01,NOW"
    assert seen == set(tables)


def test_comments_tell_meaning_and_unit(tables: dict[str, dict[str, Any]]):
    columns = {column["Name"]: column["Comment"] for column in tables["wistia_kpi_daily"]["StorageDescriptor"]["Columns"]}
    assert columns["total_hours_watched"].endswith(" Unit: h.")


def test_every_named_query_has_an_answer(day_two: Snapshot, tmp_path: Path):
    database = duckdb.connect()
    for layer in ("silver", "gold"):
        for key, body in day_two.bodies[layer].items():
            if key.endswith(".parquet"):
                (tmp_path / key).parent.mkdir(parents=True)
                (tmp_path / key).write_bytes(body)
    for folder in tmp_path.glob("*/*"):
        database.sql(f"CREATE VIEW {folder.parent.name}_{folder.name} AS "
                     f"FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = false)")
    texts = re.findall(r"QueryString: \|\n((?:        .*\n)+)", TEMPLATE.read_text())
    assert len(texts) == TEMPLATE.read_text().count("Type: AWS::Athena::NamedQuery") > 0
    for text in texts:
        assert database.sql(text.replace("current_date", f"DATE '{DAY_TWO}'")).fetchall() != [], text
