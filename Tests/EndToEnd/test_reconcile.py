"""A notification that never comes is made up for by the template's schedule."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DAY_ONE, NEW, RETURNING
from local_cloud import LocalCloud, Sandbox, Stack, daily_event


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


def test_what_the_rule_sends_is_what_both_functions_take(stack: Stack, day_one: object):
    events = stack.cloud.client("events")
    rules = events.list_rules(NamePrefix=f"{stack.name}-")["Rules"]
    targets = {target["Id"]: target for rule in rules
               for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"] if "InputTransformer" in target}
    assert set(targets) == {"silver", "gold"}
    for layer, target in targets.items():
        assert target["Arn"].endswith(f":{stack.function(layer)}")
        assert target["InputTransformer"]["InputPathsMap"] == {"id": "$.id", "time": "$.time"}
        text = target["InputTransformer"]["InputTemplate"]
        for name, value in (("id", str(uuid.uuid4())), ("time", "2026-01-09T06:00:00Z")):
            text = text.replace(f"<{name}>", json.dumps(value))
        answer, is_error = stack.call(layer, json.loads(text))
        assert not is_error, answer
