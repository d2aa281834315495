"""The Glue catalog, as the local cloud understood it, beside the files that the functions wrote."""

import io
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import DAY_TWO, Snapshot
from local_cloud import ROOT, Stack
from run_clickstream import named_queries

TEMPLATE = ROOT / "infra" / "catalog.yaml"
GLUE_TYPES = {
    pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean",
    pa.date32(): "date", pa.timestamp("us", tz="UTC"): "timestamp", pa.decimal128(18, 4): "decimal(18,4)",
    pa.json_(): "string"}


def deployed(stack: Stack, database: str, source: str) -> dict[str, dict[str, Any]]:
    """The tables of a catalog of one source, deployed for the buckets of a stack, by their names."""
    formation = stack.cloud.client("cloudformation")
    values = {"SilverBucket": stack.bucket("silver"), "GoldBucket": stack.bucket("gold"), "DatabaseName": database,
              "WistiaSource": "off", "ClickstreamSource": "off"} | {f"{source.title()}Source": "on"}
    # ministack has no named queries.
    text = "\n\n".join(block for block in TEMPLATE.read_text().split("\n\n") if "AWS::Athena::" not in block)
    # A request may not hold as much.
    bucket = f"{stack.name}-code"
    stack.cloud.client("s3").put_object(Bucket=bucket, Key="catalog.yaml", Body=text.encode())
    formation.create_stack(
        StackName=database, TemplateURL=f"{stack.cloud.url}/{bucket}/catalog.yaml",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()])
    formation.get_waiter("stack_create_complete").wait(StackName=database, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    pages = stack.cloud.client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
    return {table["Name"]: table for page in pages for table in page["TableList"]}


def check_described(stack: Stack, tables: dict[str, dict[str, Any]], bodies: dict[str, dict[str, bytes]]) -> None:
    """Checks that a catalog describes every Parquet file that the functions wrote, and nothing else."""
    seen = set()
    for layer in ("silver", "gold"):
        for key, body in bodies[layer].items():
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
                assert table["Parameters"][f"projection.{inside[0]}.range"].startswith("2026-01-01,NOW")
    assert seen == set(tables)


@pytest.fixture(scope="module")
def tables(stack: Stack) -> dict[str, dict[str, Any]]:
    return deployed(stack, "lake", "wistia")


def test_every_table_that_the_functions_write_is_there_with_its_columns(
        stack: Stack, tables: dict[str, dict[str, Any]], day_two: Snapshot):
    check_described(stack, tables, day_two.bodies)


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
    queries = named_queries("wistia")
    assert len(queries + named_queries("clickstream")) == TEMPLATE.read_text().count("Type: AWS::Athena::NamedQuery")
    assert queries
    for _, _, text in queries:
        assert database.sql(text.replace("current_date", f"DATE '{DAY_TWO}'")).fetchall() != [], text
