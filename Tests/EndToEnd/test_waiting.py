"""What a packed function does while it waits for an answer: nothing."""

import os
import subprocess
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local_cloud import event
from runtime_api import RuntimeAPI

ANSWER_SECONDS = 2
REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class SlowHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(ANSWER_SECONDS)
        self.send_response(403)
        self.send_header("Content-Length", str(len(REFUSAL)))
        self.end_headers()
        self.wfile.write(REFUSAL)

    def log_message(self, *_: object) -> None:
        pass


def test_waiting_for_the_first_answer_on_a_connection_takes_no_cpu_time(zips: Path, tmp_path: Path):
    with zipfile.ZipFile(zips / "gold.zip") as archive:
        archive.extract("bootstrap", tmp_path)
    (tmp_path / "bootstrap").chmod(0o755)
    payload = event("gold-s3-notification")
    payload["Records"][0]["s3"]["bucket"]["name"] = "silver"
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowHandler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    begin = time.monotonic()
    with RuntimeAPI([(payload, None)]) as api:
        process = subprocess.Popen(
            [tmp_path / "bootstrap"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
                 "AWS_SECRET_ACCESS_KEY": "example", "SILVER_BUCKET": "silver", "GOLD_BUCKET": "gold",
                 "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}"})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    server.shutdown()
    server.server_close()
    assert [call.path.rsplit("/", 1)[1] for call in api.posts] == ["error"]
    assert b"AccessDenied" in api.posts[0].body
    assert time.monotonic() - begin >= ANSWER_SECONDS
    assert usage.ru_utime + usage.ru_stime < 0.1 * ANSWER_SECONDS
