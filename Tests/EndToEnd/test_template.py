"""The template, as the local cloud understood it."""

import re
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
import yaml
from local_cloud import LAYERS, TEMPLATE, LocalCloud, Sandbox, Stack, event


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


def test_functions_start_without_what_a_source_that_is_off_needs(cloud: LocalCloud, zips: Path):
    quiet = Stack(cloud, "quiet")
    quiet.deploy(zips, WistiaSource="off")
    assert not {"WistiaTokenSecretArn", "DailyRuleArn"} & set(quiet.outputs)
    names = [secret["Name"] for secret in cloud.client("secretsmanager").list_secrets()["SecretList"]]
    assert [name for name in names if "quiet" in name and "Token" in name] == []
    for layer in LAYERS:
        assert quiet.call(layer, event(f"{layer}-schedule-rule")) == ({"reports": []}, False)
    answer, is_error = quiet.call("bronze", event("bronze-full-run"))
    assert is_error and "expected no source at all, since SOURCES says that none is on" in answer["errorMessage"]
    # Turned on, it gets what it needs; the token has to be set again.
    assert quiet.deploy(zips, WistiaSource="on") == "updated"
    assert {"WistiaTokenSecretArn", "DailyRuleArn"} <= set(quiet.outputs)


@pytest.mark.parametrize("notifications", ["direct", "sqs", "eventbridge"])
def test_an_existing_bucket_is_taken_for_landing_and_left_as_it_is(cloud: LocalCloud, zips: Path, notifications: str):
    shop, name = Stack(cloud, f"shop-{notifications}"), f"shop-{notifications}-events"
    cloud.client("s3").create_bucket(Bucket=name)
    shop.deploy(zips, WistiaSource="off", ClickstreamSource="on", ClickstreamLandingBucket=name,
                ClickstreamLandingPrefix="events/", ClickstreamNotifications=notifications)
    assert shop.bucket("landing") == name
    assert ("LandingQueueArn" in shop.outputs) == (notifications == "sqs")
    with pytest.raises(botocore.exceptions.ClientError, match="NoSuchBucket|404"):
        cloud.client("s3").head_bucket(Bucket=f"shop-{notifications}-landing-000000000000-us-east-1")
    bronze = shop.client_as("bronze", "s3")
    bronze.list_object_versions(Bucket=name, Prefix="events/year=2026/")
    for refused in ({"Prefix": "others/"}, {"Prefix": ""}):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            bronze.list_object_versions(Bucket=name, **refused)
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        bronze.put_object(Bucket=name, Key="events/x", Body=b"")


def test_no_secret_is_a_parameter():
    head = TEMPLATE.read_text().split("\nConditions:")[0].split("\nParameters:")[1].lower()
    names = [line.strip().rstrip(":") for line in head.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert len(names) > 10
    assert [name for name in names if "token" in name or "secret" in name or "password" in name] == []


class Tag(str):
    """A function of CloudFormation's short form, such as !Sub, by its text."""


def template() -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        pass

    def construct(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return Tag(node.value)
        return loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else loader.construct_mapping(node)

    Loader.add_multi_constructor("!", construct)
    return yaml.load(TEMPLATE.read_text(), Loader)


def test_every_resource_is_explained():
    told = set(re.findall(r"`(\w+)`", (TEMPLATE.parent / "README.md").read_text().split("Decisions:")[0]))
    assert sorted(set(template()["Resources"]) - told) == []
    # Parameters may be named there too; anything else would be a resource that is gone.
    assert sorted(name for name in told - set(template()["Resources"]) - set(template()["Parameters"]) if name[0].isupper()) == []


def test_no_function_starts_itself_but_by_a_continuation():
    resources = template()["Resources"]
    loops = []
    for layer in LAYERS:
        # What a function may write is what it can write: its role is enforced in these tests.
        statements = list(resources[f"{layer.title()}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"])
        for resource in resources.values():
            if resource["Type"] == "AWS::IAM::Policy" and resource["Properties"]["Roles"] == [f"{layer.title()}Role"]:
                statements += resource["Properties"]["PolicyDocument"]["Statement"]
        written = [resource for statement in statements if "s3:PutObject" in statement["Action"]
                   for resource in statement["Resource"]]
        assert written
        for resource in written:
            bucket, prefix = re.fullmatch(r"arn:\$\{AWS::Partition\}:s3:::\$\{AWS::StackName\}-(\w+)-[^/]*/(.*)\*", resource).groups()
            notifications = resources[f"{bucket.title()}Bucket"]["Properties"].get("NotificationConfiguration", {})
            for rule in notifications.get("LambdaConfigurations", []):
                wanted = {part["Name"]: part["Value"] for part in rule["Filter"]["S3Key"]["Rules"]}
                if rule["Function"] == f"{layer.title()}Function.Arn" and (
                        wanted["prefix"].startswith(prefix) or prefix.startswith(wanted["prefix"])):
                    loops.append((layer, prefix))
    assert loops == [("bronze", "continuations/")]
