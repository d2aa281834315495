"""Each function may do what it must and nothing else; no secret leaves its place."""

import botocore.exceptions
import pytest
from conftest import Snapshot
from local_cloud import LAYERS, Sandbox, Stack


def refuses(operation, **arguments) -> bool:
    try:
        operation(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    return False


@pytest.mark.parametrize(
    ("layer", "secret", "may"),
    [("bronze", "WistiaTokenSecretArn", True), ("bronze", "PiiKeySecretArn", False),
     ("silver", "WistiaTokenSecretArn", False), ("silver", "PiiKeySecretArn", True),
     ("gold", "WistiaTokenSecretArn", False), ("gold", "PiiKeySecretArn", False)])
def test_a_function_reads_only_its_own_secret(stack: Stack, layer: str, secret: str, may: bool):
    secrets = stack.client_as(layer, "secretsmanager")
    assert refuses(secrets.get_secret_value, SecretId=stack.outputs[secret]) is not may


@pytest.mark.parametrize(
    ("layer", "bucket", "key"),
    [("bronze", "bronze", "elsewhere/x"), ("bronze", "silver", "wistia/x"), ("bronze", "gold", "wistia/x"),
     ("silver", "bronze", "raw/x"), ("silver", "bronze", "commits/x"), ("silver", "bronze", "state/wistia.json"),
     ("silver", "silver", "elsewhere/x"), ("silver", "gold", "wistia/x"),
     ("gold", "bronze", "raw/x"), ("gold", "silver", "wistia/x"), ("gold", "silver", "commits/x")])
def test_a_function_writes_only_under_its_own_prefixes(stack: Stack, layer: str, bucket: str, key: str):
    assert refuses(stack.client_as(layer, "s3").put_object, Bucket=stack.bucket(bucket), Key=key, Body=b"")


@pytest.mark.parametrize(
    ("layer", "bucket", "prefix"),
    [("bronze", "silver", "wistia/"), ("bronze", "gold", "wistia/"), ("silver", "gold", "wistia/"),
     ("silver", "bronze", "state/"), ("gold", "bronze", "raw/"), ("gold", "silver", "quarantine/")])
def test_a_function_lists_and_reads_only_what_it_needs(stack: Stack, layer: str, bucket: str, prefix: str):
    s3 = stack.client_as(layer, "s3")
    assert refuses(s3.list_objects_v2, Bucket=stack.bucket(bucket), Prefix=prefix)
    assert refuses(s3.get_object, Bucket=stack.bucket(bucket), Key=f"{prefix}x")


@pytest.mark.parametrize(
    ("layer", "bucket", "prefix"),
    [("bronze", "bronze", "raw/"), ("bronze", "bronze", "state/"), ("silver", "bronze", "commits/"),
     ("silver", "silver", "wistia/"), ("gold", "silver", "commits/"), ("gold", "gold", "wistia/")])
def test_a_missing_object_is_not_found_rather_than_forbidden(stack: Stack, layer: str, bucket: str, prefix: str):
    s3 = stack.client_as(layer, "s3")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=stack.bucket(bucket), Key=f"{prefix}missing")


def test_no_function_may_delete_or_reconfigure(stack: Stack):
    for layer in LAYERS:
        s3 = stack.client_as(layer, "s3")
        assert refuses(s3.delete_object, Bucket=stack.bucket(layer), Key="commits/x")
        assert refuses(s3.delete_bucket_policy, Bucket=stack.bucket(layer))


def test_no_log_shows_the_token_or_a_signature(stack: Stack, day_two: Snapshot):
    for layer in LAYERS:
        lines = stack.log_lines(layer)
        assert lines, f"{layer} has no log"
        text = "\n".join(lines)
        assert Sandbox.TOKEN not in text
        assert "Bearer" not in text and "Signature=" not in text
