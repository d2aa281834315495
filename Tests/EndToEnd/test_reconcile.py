"""A notification that never comes is made up for by the template's schedule."""

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from conftest import DAY_ONE, NEW, RETURNING
from local_cloud import LocalCloud, Sandbox, Stack, daily_event, event, wait_until


@pytest.fixture(scope="module")
def deaf(zips: Path, sandbox_executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose bronze bucket notifies nobody, and which looks for lost commits every minute."""
    with (LocalCloud(tmp_path_factory.mktemp("deaf")) as cloud,
          Sandbox(sandbox_executable, visitors=300, date=DAY_ONE, new=NEW, returning=RETURNING) as sandbox):
        stack = Stack(cloud)
        stack.deploy(zips, WistiaBaseUrl=sandbox.url, WistiaRequestsPerMinute=600,
                     ReconcileScheduleExpression="rate(1 minute)", ScheduleState="ENABLED")
        stack.set_token(Sandbox.TOKEN)
        cloud.client("s3").put_bucket_notification_configuration(
            Bucket=stack.bucket("bronze"), NotificationConfiguration={})
        yield stack


def test_the_schedule_heals_a_lost_notification(deaf: Stack):
    deaf.send("bronze", daily_event(DAY_ONE))
    commit = deaf.wait_for_commit("bronze", DAY_ONE, 60)
    # Nobody told silver; the rule does within its minute, and silver's commit tells gold.
    assert deaf.commits("silver") == {}
    assert deaf.wait_for_commit("silver", DAY_ONE, 90)["run_id"] == commit["run_id"]
    assert deaf.wait_for_commit("gold", DAY_ONE, 30)["run_id"] == commit["run_id"]
    assert deaf.failures() == []

    # It is what the notifications would have led to.
    healed = {layer: deaf.bodies(layer) for layer in ("silver", "gold")}
    for layer in healed:
        deaf.empty(layer)
    for source, layer in (("bronze", "silver"), ("silver", "gold")):
        for key in deaf.commits(source):
            answer, is_error = deaf.call(layer, deaf.notification(source, key))
            assert not is_error, answer
    assert {layer: deaf.bodies(layer) for layer in healed} == healed


def test_a_commit_that_silver_wrote_again_is_answered_again(deaf: Stack):
    s3 = deaf.cloud.client("s3")
    s3.put_bucket_notification_configuration(Bucket=deaf.bucket("silver"), NotificationConfiguration={})
    (key,) = deaf.commits("silver")
    # A second passes, which is what listings can tell.
    answered = s3.head_object(Bucket=deaf.bucket("gold"), Key=key)["LastModified"]
    wait_until(lambda: rewritten(deaf, key) > answered, 10, "silver's commit is younger than gold's", pause_seconds=0.2)
    wait_until(
        lambda: s3.head_object(Bucket=deaf.bucket("gold"), Key=key)["LastModified"] > answered, 90,
        "the rule makes gold answer again")
    assert deaf.failures() == []


def rewritten(stack: Stack, key: str) -> datetime:
    """Lets silver answer a commit again, and gives the time of its own commit."""
    answer, is_error = stack.call("silver", stack.notification("bronze", key))
    assert not is_error, answer
    return stack.cloud.client("s3").head_object(Bucket=stack.bucket("silver"), Key=key)["LastModified"]


def test_what_the_rule_sends_is_what_both_functions_take(stack: Stack, day_one: object):
    events = stack.cloud.client("events")
    rules = {rule["Name"]: rule for rule in events.list_rules(NamePrefix=f"{stack.name}-")["Rules"]}
    found = {name: {target["Id"]: target for target in events.list_targets_by_rule(Rule=name)["Targets"]}
             for name in rules}
    ((name, targets),) = ((name, targets) for name, targets in found.items() if set(targets) == {"silver", "gold"})
    rule = rules[name]
    assert rule["ScheduleExpression"] == "cron(0 6 * * ? *)"
    for layer, target in targets.items():
        assert target["Arn"].endswith(f":{stack.function(layer)}")
        policy = json.loads(stack.cloud.client("lambda").get_policy(FunctionName=stack.function(layer))["Policy"])
        (statement,) = (statement for statement in policy["Statement"]
                        if statement["Principal"] == {"Service": "events.amazonaws.com"})
        assert (statement["Effect"], statement["Action"]) == ("Allow", "lambda:InvokeFunction")
        assert rule["Arn"] in json.dumps(statement["Condition"])
        # The rule sends its event as it is: its id and time stay the same in every delivery.
        assert not {"Input", "InputPath", "InputTransformer"} & set(target)
        answer, is_error = stack.call(
            layer, event(f"{layer}-schedule-rule", id=str(uuid.uuid4()), time="2026-01-09T06:00:00Z"))
        assert not is_error, answer
