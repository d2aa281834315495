"""Sends one event to one function and shows what comes of it; started by scripts/invoke.sh."""

from __future__ import annotations

import argparse
import base64
import datetime
import fcntl
import json
import os
import re
import shutil
import signal
import sys
import uuid
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
from local_cloud import LAYERS, ROOT, LocalCloud, LocalCloudError
from sample_lake import ACCOUNT, SampleLake, sandbox_executable

HOME = ROOT / ".local" / "invoke"
# The longest that a function can run.
TIMEOUT_SECONDS = 900


def main() -> int:
    options = parse_options()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda received, _: sys.exit(128 + received))
    payload = read_event(options.event)
    if options.now:
        payload = renewed(payload)
        print(f"Event    id {payload['id']}, time {payload['time']}")
    answer, function_error = invoke_deployed(options, payload) if options.cloud else (invoke_here(options, payload), None)
    if error := error_of(answer, function_error):
        print(f"\nError    {error[0]}\n  {error[1]}")
    else:
        print(f"\nAnswer\n{indented(laid_out(answer))}")
    return 1 if error else 0


def error_of(answer: Any, function_error: str | None) -> tuple[str, str] | None:
    """Type and message of an answer that is an error; None for a success.

    Lambda's answer for a function that it had to end, as for one out of time, need not have a type, but `FunctionError` is set.
    """
    fields = answer if isinstance(answer, dict) else {"errorMessage": json.dumps(answer)}
    if function_error is None and "errorType" not in fields:
        return None
    return fields.get("errorType", function_error), fields.get("errorMessage", "")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="invoke.sh")
    parser.add_argument("layer", choices=LAYERS)
    parser.add_argument("event", type=Path, metavar="EVENT.json")
    parser.add_argument("--cloud", action="store_true", help="send it to the deployed function")
    parser.add_argument("--stack", help="the deployed stack's name (default medallion)")
    parser.add_argument("--now", action="store_true", help="give the event a new id and the present time")
    parser.add_argument("--reset", action="store_true", help="start with an empty local cloud")
    parser.add_argument("--home", type=Path, default=HOME, help="the local cloud's folder, for tests")
    options = parser.parse_args()
    if options.cloud and options.reset:
        parser.error("--reset empties the local cloud, never the deployed stack; leave out --cloud or --reset")
    if options.stack and not options.cloud:
        parser.error("--stack names a deployed stack; it needs --cloud")
    options.stack = options.stack or "medallion"
    return options


def read_event(path: Path) -> dict[str, Any]:
    try:
        payload = json.loads(path.read_bytes())
    except OSError as error:
        raise LocalCloudError(f"read {path} failed: {error.strerror}; name a file such as events/silver-s3-notification.json") from None
    except ValueError as error:
        raise LocalCloudError(f"read {path} failed: it is not JSON: {error}") from None
    if not isinstance(payload, dict):
        raise LocalCloudError(f"read {path} failed: an event is a JSON object, not {type(payload).__name__}")
    return payload


def renewed(payload: dict[str, Any]) -> dict[str, Any]:
    """The event as if it came about now: another run, under today's date."""
    if "id" not in payload or "time" not in payload:
        raise LocalCloudError("--now replaces an event's id and time; this one has none")
    now = datetime.datetime.now(datetime.timezone.utc)
    return payload | {"id": str(uuid.uuid4()), "time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}


def invoke_here(options: argparse.Namespace, payload: dict[str, Any]) -> Any:
    """Runs the layer's bootstrap under the emulator, with the objects that the event names."""
    home = options.home.resolve()
    home.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, so that it outlives --reset.
    lock = home.with_name(f"{home.name}.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalCloudError(f"another call uses {shown(home)}; wait for it to end") from None
    if options.reset:
        shutil.rmtree(home, ignore_errors=True)
    is_new = not home.exists()
    with lock, LocalCloud(home) as cloud, SampleLake(cloud, ROOT / "dist", sandbox_executable()) as lake:
        print(f"Cloud    {cloud.url}, {'empty' if is_new else 'as the last call left it; --reset starts over'}")
        for line in lake.load(options.layer, payload):
            print(f"Loaded   {line}")
        before = lake.objects()
        print(f"Function {options.layer}, under AWS's Runtime Interface Emulator")
        answer, lines = lake.call(options.layer, payload)
        # The emulator's own lines tell times and memory that it invents.
        print(indented("\n".join(line for line in lines if not re.match("(START|END|REPORT) RequestId: ", line))))
        written = {url: found for url, found in lake.objects().items() if found != before.get(url)}
        if written:
            print("\nWritten")
            for url, found in sorted(written.items()):
                print(f"{found.size_bytes:10,} B  {url}")
            print(f"The objects stay in {shown(cloud.bucket_folder(''))} until --reset.")
    return answer


def shown(path: Path) -> Path:
    """A path as the user knows it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def invoke_deployed(options: argparse.Namespace, payload: dict[str, Any]) -> tuple[Any, str | None]:
    """Sends the event to the stack's function; returns its answer and what Lambda calls the error, None for a success."""
    settings = botocore.config.Config(read_timeout=TIMEOUT_SECONDS + 30, retries={"max_attempts": 0})
    try:
        stacks = boto3.client("cloudformation").describe_stacks(StackName=options.stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
        function = outputs[f"{options.layer.title()}FunctionName"]
        payload = with_real_buckets(payload, outputs)
        print(f"Function {function}, deployed" + (f" at {os.environ['AWS_ENDPOINT_URL']}" if "AWS_ENDPOINT_URL" in os.environ else ""),
              flush=True)
        reply = boto3.client("lambda", config=settings).invoke(
            FunctionName=function, LogType="Tail", Payload=json.dumps(payload).encode())
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise LocalCloudError(f"invoke {options.layer} of stack {options.stack} failed: {error}") from None
    except KeyError as error:
        raise LocalCloudError(f"invoke {options.layer} failed: stack {options.stack} has no output {error}; is it Medallion's?") from None
    print(indented(base64.b64decode(reply.get("LogResult", "")).decode(errors="replace").rstrip()))
    return json.loads(reply["Payload"].read() or b"null"), reply.get("FunctionError")


def with_real_buckets(payload: dict[str, Any], outputs: dict[str, str]) -> dict[str, Any]:
    """The event with the samples' bucket names replaced by the stack's."""
    text = json.dumps(payload)
    for layer in LAYERS:
        real = outputs[f"{layer.title()}BucketName"]
        text, count = re.subn(rf"medallion-{layer}-{ACCOUNT}-[a-z0-9-]+", real, text)
        if count:
            print(f"Bucket   the sample's {layer} bucket became {real}")
    return json.loads(text)


def laid_out(value: Any, indent: str = "") -> str:
    """JSON in which what fits stands on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(indent) + len(flat) <= 100:
        return flat
    deeper = indent + "  "
    if isinstance(value, list):
        opening, closing, items = "[", "]", [laid_out(item, deeper) for item in value]
    else:
        opening, closing = "{", "}"
        items = [f"{json.dumps(name)}: {laid_out(item, deeper)}" for name, item in value.items()]
    return opening + "\n" + ",\n".join(deeper + item for item in items) + "\n" + indent + closing


def indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalCloudError as error:
        print(f"invoke.sh: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
