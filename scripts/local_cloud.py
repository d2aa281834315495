"""The local cloud: ministack, the Wistia sandbox and the deployed stack, as objects that the scripts and the tests share.

ministack stands in for AWS on one machine without Docker. It runs the real template and the real zips; functions are host
processes that speak the real Lambda Runtime API. Everything listens on 127.0.0.1 only.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import botocore.config
import botocore.exceptions

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "infra" / "template.yaml"
LAYERS = ("bronze", "silver", "gold")
REGION = "us-east-1"
# ministack takes a key of twelve digits for the root user of that account.
ROOT_CREDENTIALS = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "local"}
# What of this machine's environment ministack may see, because its functions inherit it: no token, no AWS profile.
PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
)


# What runs here is asked directly, whatever proxy this machine has.
for _name in ("no_proxy", "NO_PROXY"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name), "127.0.0.1"]))


class LocalCloudError(Exception):
    """What went wrong, and what to do about it."""


def wait_until(condition: Callable[[], Any], seconds: float, what: str, pause_seconds: float = 0.05) -> Any:
    """Asks until the condition is truthy and returns its value; raises `LocalCloudError` when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise LocalCloudError(f"waiting failed: {what}: not within {seconds:g} s")
        time.sleep(pause_seconds)
    return found


def stop_process(process: subprocess.Popen | None, seconds: float = 20) -> None:
    """Ends a process that was started here in a session of its own, with what it started: asks first, then insists."""
    if process is None:
        return
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # Functions of a cloud that is gone notice it late.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class LocalCloud:
    """A ministack process whose state lives in one folder and outlives the process.

    Objects are plain files at `<folder>/objects/<account>/<bucket>/<key>`, each with a `.meta.json` beside it.
    """

    def __init__(self, folder: Path, *, auth: bool = False, retry_seconds: float = 1):
        self.folder = folder.resolve()
        self.auth = auth
        self.retry_seconds = retry_seconds
        self.log = self.folder / "ministack.log"
        self.objects = self.folder / "objects"
        self.url = ""
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> LocalCloud:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        for name in ("state", "objects", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment |= {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AWS_ENDPOINT_URL": self.url,  # ministack gives this one to every function
            "MINISTACK_REGION": REGION,
            "AUTH": "true" if self.auth else "false",
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(self.retry_seconds),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.objects),
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": str(self.folder),
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [ROOT / ".venv" / "bin" / "ministack"], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            wait_until(self._is_up, 60, f"ministack answers at {self.url}")
        except BaseException:
            self.stop()
            raise

    def _is_up(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise LocalCloudError(f"ministack ended at once; the end of {self.log}:\n{self.log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """Ends ministack, which writes its state before it goes."""
        stop_process(self._process)
        self._process = None
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def bucket_folder(self, bucket: str) -> Path:
        """Where a bucket's objects lie as files; there once the first object is written."""
        return self.objects / ROOT_CREDENTIALS["aws_access_key_id"] / bucket

    def function_process(self, port: int) -> int | None:
        """The process of a function that holds the local end of the TCP connection from a port of 127.0.0.1, if one does.

        Only processes that this cloud started are looked at.
        """
        local = f"0100007F:{port:04X}"
        lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        wanted = {f"socket:[{fields[9]}]" for fields in lines if fields[1] == local and fields[9] != "0"}
        if not wanted or self._process is None:
            return None
        # Its threads start them, so each of them may be the parent.
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for pid in (task / "children").read_text().split():
                    with contextlib.suppress(OSError):
                        if any(os.readlink(link) in wanted for link in Path(f"/proc/{pid}/fd").iterdir()):
                            return int(pid)
        return None

    def client(self, service: str, **credentials: str) -> botocore.client.BaseClient:
        """A boto3 client, as root unless credentials are given."""
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, **(credentials or ROOT_CREDENTIALS),
            config=botocore.config.Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 2}, connect_timeout=5, read_timeout=60))


class Sandbox:
    """A pretend Wistia account: the `wistia-sandbox` executable as a process."""

    TOKEN = "sandbox-token-not-a-secret"

    def __init__(self, executable: Path, **options: str | int | float):
        self.url = ""
        self._command = [str(executable), "--host", "127.0.0.1", "--port", "0"]
        for name, value in options.items():
            self._command += [f"--{name.replace('_', '-')}", str(value)]
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, seconds: float = 30) -> None:
        self._process = subprocess.Popen(
            self._command, env=os.environ | {"WISTIA_SANDBOX_TOKEN": self.TOKEN}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, start_new_session=True)
        try:
            ready, _, _ = select.select([self._process.stdout], [], [], seconds)
            line = self._process.stdout.readline() if ready else b""
            if not line:
                # Without a line it either hangs or has closed its output by ending.
                cause = (f"it ended with exit status {self._process.wait(seconds)}, perhaps an older build; build it again"
                         if ready else f"no line with its URL within {seconds:g} s")
                raise LocalCloudError(f"start {self._command[0]} failed: {cause}")
            self.url = json.loads(line)["url"]
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        stop_process(self._process)
        self._process = None

    def state(self) -> dict[str, Any]:
        """The day it plays and the requests it has answered."""
        return self._call("GET", "/sandbox/state")

    def requests(self) -> list[dict[str, Any]]:
        """Every request to the API so far: when it came and was answered, its resource, page and status."""
        return self._call("GET", "/sandbox/requests")

    def visitors(self) -> list[dict[str, Any]]:
        """Everybody as the API's list has them now, at once."""
        return self._call("GET", "/sandbox/visitors")

    def set_activity(self, per_second: float) -> None:
        """How many visitors become active each second from now on."""
        self._call("POST", "/sandbox/activity", {"per_second": per_second})

    def turn_to_day(self, day: int) -> None:
        self._call("POST", "/sandbox/day", {"day": day})

    def fault(self, **faults: Any) -> None:
        """Makes coming requests fail, as `POST /sandbox/faults` describes it."""
        self._call("POST", "/sandbox/faults", faults)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")


def event(name: str, **fields: Any) -> dict[str, Any]:
    """A sample of `events/` with some fields replaced."""
    return json.loads((ROOT / "events" / f"{name}.json").read_text()) | fields


def daily_event(day: str) -> dict[str, Any]:
    """What the daily rule sends on a day such as 2026-01-08: the same id whenever it is built."""
    return event("bronze-schedule-rule", id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"medallion:{day}")), time=f"{day}T02:00:00Z")


def without_tls_only(policy: str) -> str:
    """A policy without the statements that refuse plain HTTP; empty when nothing is left of it."""
    parsed = json.loads(policy)
    parsed["Statement"] = [
        statement for statement in parsed["Statement"] if "aws:SecureTransport" not in json.dumps(statement)]
    return json.dumps(parsed) if parsed["Statement"] else ""


@dataclass(frozen=True)
class StoredObject:
    """One version of an object."""

    key: str
    version: str
    etag: str
    size_bytes: int
    is_latest: bool


class Stack:
    """The deployed template: the three buckets and functions, and ways to drive and to watch them."""

    def __init__(self, cloud: LocalCloud, name: str = "medallion"):
        self.cloud = cloud
        self.name = name
        self.outputs: dict[str, str] = {}
        self._parameters: dict[str, str] = {}
        self._s3 = cloud.client("s3")
        self._lambda = cloud.client("lambda")
        self._sqs = cloud.client("sqs")
        self._formation = cloud.client("cloudformation")
        self._zip_hashes: dict[str, bytes] = {}

    # Deployment

    def deploy(self, zips: Path, *, allow_plain_http: bool = True, **parameters: str | int) -> str:
        """Creates or updates the stack from a folder of zips and reads its resources back.

        A cloud that enforces policies speaks plain HTTP all the same, so the TLS-only statements of a new stack are taken
        off once they were read back, unless `allow_plain_http` is false. Returns `created`, `updated` or `unchanged`.
        """
        bucket = f"{self.name}-code"
        self._s3.create_bucket(Bucket=bucket)
        values = {"CodeBucket": bucket, "ScheduleState": "DISABLED"} | parameters
        for layer in LAYERS:
            content = (zips / f"{layer}.zip").read_bytes()
            self._zip_hashes[layer] = hashlib.sha256(content).digest()
            # A key of its own for each content, because CloudFormation compares keys, not contents.
            key = f"{self._zip_hashes[layer].hex()[:16]}/{layer}.zip"
            self._s3.put_object(Bucket=bucket, Key=key, Body=content)
            values[f"{layer.title()}CodeKey"] = key
        # It is larger than what a request may hold.
        self._s3.put_object(Bucket=bucket, Key="template.yaml", Body=TEMPLATE.read_bytes())
        outcome = self._create_or_update(values)
        stack = wait_until(self._settled, 60, f"stack {self.name} settles")
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise LocalCloudError(f"deploy {self.name} failed: {stack['StackStatus']}: {'; '.join(self._failures())}")
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self._parameters = {
            parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}
        if missing := self.missing(policies=outcome == "created"):
            raise LocalCloudError(f"deploy {self.name} failed: {stack['StackStatus']}, but missing: {'; '.join(missing)}")
        if allow_plain_http and self.cloud.auth and outcome == "created":
            self._allow_plain_http()
        return outcome

    def _create_or_update(self, values: dict[str, Any]) -> str:
        request = {
            "StackName": self.name,
            "TemplateURL": f"{self.cloud.url}/{self.name}-code/template.yaml",
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in values.items()],
        }
        try:
            self._formation.describe_stacks(StackName=self.name)
        except botocore.exceptions.ClientError:
            self._formation.create_stack(**request)
            return "created"
        try:
            self._formation.update_stack(**request)
        except botocore.exceptions.ClientError as error:
            if "No updates are to be performed" in str(error):
                return "unchanged"
            raise
        return "updated"

    def _settled(self) -> dict[str, Any] | None:
        stack = self._formation.describe_stacks(StackName=self.name)["Stacks"][0]
        return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

    def _failures(self) -> list[str]:
        events = self._formation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
                for event in events if event["ResourceStatus"].endswith("_FAILED")]

    def _allow_plain_http(self) -> None:
        """Takes the TLS-only statements off; every other statement stays in force."""
        for bucket in [self.bucket(layer) for layer in LAYERS] + self._landing_buckets():
            if policy := without_tls_only(self._s3.get_bucket_policy(Bucket=bucket)["Policy"]):
                self._s3.put_bucket_policy(Bucket=bucket, Policy=policy)
            else:
                self._s3.delete_bucket_policy(Bucket=bucket)
        for queue in filter(None, [self.outputs["FailureQueueUrl"], self._landing_queue()]):
            policy = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]["Policy"]
            self._sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": without_tls_only(policy)})

    def _landing_buckets(self) -> list[str]:
        """The bucket where files land, if the stack has made one."""
        name = self.outputs.get("LandingBucketName", "")
        return [name] if name.startswith(f"{self.name}-landing-") else []

    def _landing_queue(self) -> str:
        """The URL of the queue of landed files; empty without one."""
        arn = self.outputs.get("LandingQueueArn", "")
        return self._sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"] if arn else ""

    def missing(self, *, policies: bool = True) -> list[str]:
        """What the template promises and the cloud does not have, read from the services themselves.

        `policies` is false once `_allow_plain_http` has taken the bucket policies off.
        """
        return [promise for promise, kept in self._promises(policies) if not kept]

    def _promises(self, policies: bool) -> Iterator[tuple[str, bool]]:
        prefixes = {"bronze": {("commits/", "silver"), ("continuations/", "bronze")},
                    "silver": {("commits/", "gold")}, "gold": set()}
        events = self.cloud.client("events")
        logs = self.cloud.client("logs")
        # How many permissions each function's policy has. Nothing starts bronze but its own continuations, unless a source
        # that is on has a schedule or files that land.
        permissions_expected = dict.fromkeys(LAYERS, 2) | {
            "bronze": 1 + sum(name in self.outputs for name in ("DailyRuleArn", "ClickstreamReconcileRuleArn"))
            + ("LandingBucketName" in self.outputs and self._parameters["ClickstreamNotifications"] != "sqs")}
        for bucket in [self.bucket(layer) for layer in LAYERS] + self._landing_buckets():
            versioning = self._s3.get_bucket_versioning(Bucket=bucket).get("Status")
            yield f"{bucket} versioned", versioning == "Enabled"
            access = self._s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
            yield f"{bucket} not public", len(access) == 4 and all(access.values())
            rules = self._s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
            yield f"{bucket} encrypted", rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
            if policies:
                policy = self._s3.get_bucket_policy(Bucket=bucket)["Policy"]
                yield f"{bucket} TLS only", "aws:SecureTransport" in policy and '"Deny"' in policy
        for bucket in self._landing_buckets():
            yield f"{bucket} tells bronze", self._ways_from(bucket) == [self._parameters["ClickstreamNotifications"]]
        for layer in LAYERS:
            bucket, function = self.bucket(layer), self.function(layer)
            yield f"{bucket} notifications", self._notifications(bucket) == prefixes[layer]

            self._lambda.get_waiter("function_active_v2").wait(
                FunctionName=function, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
            self._lambda.get_waiter("function_updated_v2").wait(
                FunctionName=function, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
            configuration = self._lambda.get_function_configuration(FunctionName=function)
            yield f"{function} runtime", configuration["Runtime"] == "provided.al2023"
            if layer in self._zip_hashes:
                code = self._lambda.get_function(FunctionName=function)["Configuration"]["CodeSha256"]
                yield f"{function} new code", code == base64.b64encode(self._zip_hashes[layer]).decode()
            failures = self._lambda.get_function_event_invoke_config(FunctionName=function, Qualifier="$LATEST")
            yield f"{function} retries twice", failures["MaximumRetryAttempts"] == 2
            yield f"{function} failure queue", bool(failures["DestinationConfig"]["OnFailure"].get("Destination"))
            permissions = json.loads(self._lambda.get_policy(FunctionName=function)["Policy"])["Statement"]
            # A bucket's ARN lacks the account; a rule's has it, and EventBridge sends no source account.
            yield f"{function} permissions name their source", len(permissions) == permissions_expected[layer] and all(
                "SourceArn" in str(statement["Condition"])
                and ("SourceAccount" in str(statement["Condition"])) == ("s3.amazonaws.com" in str(statement["Principal"]))
                for statement in permissions)
            group = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]
            yield f"{function} log retention", bool(group) and group[0].get("retentionInDays") == 30
        targets = {
            target["Arn"].rsplit(":", 1)[1]
            for rule in events.list_rules(NamePrefix=f"{self.name}-")["Rules"]
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            if "DeadLetterConfig" in target}
        yield "rules with dead-letter queues", targets == {
            self.function(layer) for layer in LAYERS if layer != "bronze" or permissions_expected["bronze"] > 1}
        queue = self._sqs.get_queue_attributes(
            QueueUrl=self.outputs["FailureQueueUrl"], AttributeNames=["All"])["Attributes"]
        yield "failure queue keeps 14 days", queue["MessageRetentionPeriod"] == "1209600"
        key = self.cloud.client("secretsmanager").get_secret_value(SecretId=self.outputs["PiiKeySecretArn"])
        yield "generated PII key", len(json.loads(key["SecretString"])["pii_key"]) == 64

    def _ways_from(self, bucket: str) -> list[str]:
        """The ways by which bronze hears of what lands in a bucket, as the parameter calls them, if they are complete."""
        function = self.function("bronze")
        notified = self._s3.get_bucket_notification_configuration(Bucket=bucket)
        found = ["direct" for item in notified.get("LambdaFunctionConfigurations", [])
                 if item["LambdaFunctionArn"].endswith(f":{function}")]
        mapped = [mapping["EventSourceArn"] for mapping in
                  self._lambda.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]]
        for item in notified.get("QueueConfigurations", []):
            queue = self._sqs.get_queue_attributes(QueueUrl=self._landing_queue(), AttributeNames=["All"])["Attributes"]
            if mapped == [item["QueueArn"]] == [queue["QueueArn"]] and "deadLetterTargetArn" in queue["RedrivePolicy"]:
                found.append("sqs")
        if "EventBridgeConfiguration" in notified:
            rules = self.cloud.client("events").list_rules(NamePrefix=f"{self.name}-")["Rules"]
            patterns = [json.loads(rule["EventPattern"]) for rule in rules if rule.get("EventPattern")]
            found += ["eventbridge" for pattern in patterns if pattern["detail"]["bucket"]["name"] == [bucket]]
        return found

    def _notifications(self, bucket: str) -> set[tuple[str, str]]:
        configurations = self._s3.get_bucket_notification_configuration(Bucket=bucket).get(
            "LambdaFunctionConfigurations", [])
        found = set()
        for configuration in configurations:
            rules = {rule["Name"].lower(): rule["Value"] for rule in configuration["Filter"]["Key"]["FilterRules"]}
            if rules.get("suffix") == ".json" and configuration["Events"] == ["s3:ObjectCreated:*"]:
                found.add((rules["prefix"], configuration["LambdaFunctionArn"].rsplit("-", 1)[1]))
        return found

    def set_token(self, token: str) -> None:
        self.cloud.client("secretsmanager").put_secret_value(
            SecretId=self.outputs["WistiaTokenSecretArn"], SecretString=json.dumps({"api_token": token}))

    def forget_token(self) -> None:
        """Makes sure that no token is in the state that the cloud writes when it stops."""
        # It keeps the current and the previous value.
        for _ in range(2):
            self.set_token("")

    def bucket(self, layer: str) -> str:
        return self.outputs[f"{layer.title()}BucketName"]

    def function(self, layer: str) -> str:
        return self.outputs[f"{layer.title()}FunctionName"]

    def client_as(self, layer: str, service: str) -> botocore.client.BaseClient:
        """A boto3 client with the rights of a layer's function and no others."""
        role = self._lambda.get_function_configuration(FunctionName=self.function(layer))["Role"]
        session = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.cloud.client(
            service, aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"])

    # Events

    def send(self, layer: str, payload: dict[str, Any]) -> None:
        """Starts a function as S3 and EventBridge do: asynchronously, with retries."""
        self._lambda.invoke(FunctionName=self.function(layer), InvocationType="Event", Payload=json.dumps(payload))

    def call(self, layer: str, payload: dict[str, Any]) -> tuple[Any, bool]:
        """Starts a function and waits; returns its answer and whether that is an error."""
        answer = self._lambda.invoke(FunctionName=self.function(layer), Payload=json.dumps(payload))
        return json.loads(answer["Payload"].read() or b"null"), "FunctionError" in answer

    def notification(self, source: str, key: str) -> dict[str, Any]:
        """The S3 notification of one object in a layer's bucket."""
        notified = event("silver-s3-notification")
        target = notified["Records"][0]["s3"]
        head = self._s3.head_object(Bucket=self.bucket(source), Key=key)
        target["bucket"] |= {"name": self.bucket(source), "arn": f"arn:aws:s3:::{self.bucket(source)}"}
        target["object"] |= {
            "key": urllib.parse.quote_plus(key, safe="/"), "size": head["ContentLength"],
            "eTag": head["ETag"].strip('"'), "versionId": head["VersionId"]}
        return notified

    def land(self, key: str, body: bytes, **headers: str) -> str:
        """Puts a file where files land, and returns the key of its run's commit, which is the same in every layer.

        The run follows from the file as `LandedFile.swift` says: when it came, and bucket, key and version.
        """
        bucket = self.bucket("landing")
        version = self._s3.put_object(Bucket=bucket, Key=key, Body=body, **headers)["VersionId"]
        came = self._s3.head_object(Bucket=bucket, Key=key, VersionId=version)["LastModified"]
        tag = hashlib.sha256("\0".join([bucket, key, version]).encode()).hexdigest()[:8]
        return f"commits/clickstream/{came:%Y-%m-%d}/{came:%Y%m%dT%H%M%SZ}-{tag}.json"

    # Objects

    def objects(self, layer: str, prefix: str = "") -> dict[str, StoredObject]:
        """The current objects of a layer by key."""
        return {version.key: version for version in self.versions(layer, prefix) if version.is_latest}

    def versions(self, layer: str, prefix: str = "") -> set[StoredObject]:
        """Every version of every object of a layer."""
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket(layer), Prefix=prefix)
        return {
            StoredObject(item["Key"], item["VersionId"], item["ETag"], item["Size"], item["IsLatest"])
            for page in pages for item in page.get("Versions", [])}

    def read(self, layer: str, key: str) -> bytes:
        return self._s3.get_object(Bucket=self.bucket(layer), Key=key)["Body"].read()

    def bodies(self, layer: str) -> dict[str, bytes]:
        """Every current object of a layer with its bytes."""
        return {key: self.read(layer, key) for key in sorted(self.objects(layer))}

    def empty(self, layer: str) -> None:
        """Deletes every version of every object of a layer."""
        for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket(layer)):
            for item in page.get("Versions", []) + page.get("DeleteMarkers", []):
                self._s3.delete_object(Bucket=self.bucket(layer), Key=item["Key"], VersionId=item["VersionId"])

    def commits(self, layer: str, day: str = "", source: str = "wistia") -> dict[str, dict[str, Any]]:
        """A layer's commits of a source by key, of one day or of all."""
        prefix = f"commits/{source}/{day}" + ("/" if day else "")
        return {key: json.loads(self.read(layer, key)) for key in sorted(self.objects(layer, prefix))}

    def find_commit(self, layer: str, day: str) -> dict[str, Any] | None:
        """A layer's commit of a day's scheduled run."""
        prefix = f"commits/wistia/{day}/{day.replace('-', '')}T020000Z-"
        return next((json.loads(self.read(layer, key)) for key in self.objects(layer, prefix)), None)

    def wait_for_commit(
        self, layer: str, day: str, seconds: float, meanwhile: Callable[[], None] = lambda: None
    ) -> dict[str, Any]:
        """Waits for a layer's commit of a day's scheduled run; raises at the first event that failed for good."""

        return self._wait(layer, day, lambda: self.find_commit(layer, day), seconds, meanwhile)

    def wait_for_object(
        self, layer: str, key: str, seconds: float, meanwhile: Callable[[], None] = lambda: None
    ) -> dict[str, Any]:
        """Waits for a commit by its key; raises at the first event that failed for good."""

        def find() -> dict[str, Any] | None:
            return json.loads(self.read(layer, key)) if key in self.objects(layer, key) else None

        return self._wait(layer, key.rsplit("/", 1)[1].removesuffix(".json"), find, seconds, meanwhile)

    def _wait(
        self, layer: str, what: str, find: Callable[[], dict[str, Any] | None], seconds: float, meanwhile: Callable[[], None]
    ) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            meanwhile()
            if failures := self.failures():
                raise LocalCloudError(f"{layer} of {what} failed: {'; '.join(failures)}")
            return find()

        try:
            return wait_until(look, seconds, f"{layer} commits {what}", pause_seconds=0.1)
        except LocalCloudError as error:
            log = "\n  ".join(self.log_lines(layer)[-20:]) or "empty, as it is while an invocation runs"
            raise LocalCloudError(f"{error}\nThe end of {layer}'s log:\n  {log}") from error

    # What went wrong

    def failures(self) -> list[str]:
        """Events that a function failed at for good since the last call, with the error it gave."""
        return [f"{function}: {json.dumps(body.get('responsePayload', body))}" for function, body in self.failed_events()]

    def failed_events(self) -> list[tuple[str, dict[str, Any]]]:
        """The function's name and its record of each such event: `requestPayload` and `responsePayload` among others."""
        messages = self._sqs.receive_message(
            QueueUrl=self.outputs["FailureQueueUrl"], MaxNumberOfMessages=10).get("Messages", [])
        found = []
        for message in messages:
            self._sqs.delete_message(QueueUrl=self.outputs["FailureQueueUrl"], ReceiptHandle=message["ReceiptHandle"])
            body = json.loads(message["Body"])
            found.append((body.get("requestContext", {}).get("functionArn", "?").rsplit(":", 1)[-1], body))
        return found

    def log_lines(self, layer: str, since_milliseconds: int = 0) -> list[str]:
        """What a function has logged in the invocations that are over."""
        pages = self.cloud.client("logs").get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.function(layer)}", startTime=since_milliseconds)
        return [item["message"].rstrip() for page in pages for item in page["events"]]
