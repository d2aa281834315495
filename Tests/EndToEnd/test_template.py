"""The template, as the local cloud understood it."""

from pathlib import Path

import botocore.exceptions
import pytest
from local_cloud import LAYERS, TEMPLATE, LocalCloud, Sandbox, Stack


def test_every_promised_resource_can_be_read_back(stack: Stack):
    assert stack.missing(policies=False) == []


def test_reading_back_notices_what_was_taken_away(stack: Stack):
    events = stack.cloud.client("events")
    rule = stack.outputs["DailyRuleArn"].rsplit("/", 1)[1]
    targets = events.list_targets_by_rule(Rule=rule)["Targets"]
    events.remove_targets(Rule=rule, Ids=[target["Id"] for target in targets])
    try:
        assert stack.missing(policies=False) == ["rules with dead-letter queues"]
    finally:
        events.put_targets(Rule=rule, Targets=targets)


def test_a_second_deployment_of_the_same_changes_nothing(stack: Stack, sandbox: Sandbox, zips: Path):
    assert stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=600) == "unchanged"


def test_plain_http_is_refused_while_the_bucket_policies_stand(cloud: LocalCloud, zips: Path):
    sealed = Stack(cloud, "sealed")
    sealed.deploy(zips, allow_plain_http=False)
    for layer in LAYERS:
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied.*explicit deny"):
            sealed.client_as(layer, "s3").list_objects_v2(Bucket=sealed.bucket(layer), Prefix="commits/")


def test_no_secret_is_a_parameter():
    head = TEMPLATE.read_text().split("\nConditions:")[0].split("\nParameters:")[1].lower()
    names = [line.strip().rstrip(":") for line in head.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert len(names) > 10
    assert [name for name in names if "token" in name or "secret" in name or "password" in name] == []
