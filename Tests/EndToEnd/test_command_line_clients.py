"""aws, awscurl, wscat and websocat, unmodified, as processes."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from conftest import DEADLINE, client_environment
from subscriber import Subscriber

TOOLS = os.path.dirname(sys.executable)


def run(*command, environment=None, check=True):
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
        env=environment or client_environment(),
    )
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


def aws(broker, service, *arguments, **options):
    endpoint = broker.url + ("/dev" if service == "apigatewaymanagementapi" else "")
    return run(f"{TOOLS}/aws", service, *arguments, "--endpoint-url", endpoint, **options)


def test_awscli_publishes_and_tests_patterns(locked_broker):
    with Subscriber(locked_broker, {"source": [{"prefix": "cli."}]}) as subscriber:
        entries = [{"Source": "cli.test", "DetailType": "d", "Detail": '{"n": 1.50}'}]
        answer = json.loads(aws(locked_broker, "events", "put-events", "--entries", json.dumps(entries)).stdout)
        text = subscriber.receive_text()
        assert json.loads(text)["id"] == answer["Entries"][0]["EventId"]
        assert '"detail":{"n": 1.50}' in text, "the detail keeps its spelling"
    event = {
        "id": "1", "account": "1", "source": "s", "time": "2026-01-02T03:04:05Z", "region": "r", "detail-type": "d",
    }
    answer = aws(
        locked_broker, "events", "test-event-pattern",
        "--event-pattern", '{"source":["s"]}', "--event", json.dumps(event),
    )
    assert json.loads(answer.stdout) == {"Result": True}


def test_awscli_uses_the_callback_api(locked_broker):
    with Subscriber(locked_broker) as subscriber:
        # ids may begin with "-", so the "=" form.
        connection = "--connection-id=" + subscriber.connection_id()
        aws(locked_broker, "apigatewaymanagementapi", "post-to-connection", connection, "--data", "from the CLI")
        assert subscriber.receive_text() == "from the CLI"
        status = aws(locked_broker, "apigatewaymanagementapi", "get-connection", connection)
        assert json.loads(status.stdout)["Identity"]["SourceIp"] == "127.0.0.1"
        aws(locked_broker, "apigatewaymanagementapi", "delete-connection", connection)
        gone = aws(locked_broker, "apigatewaymanagementapi", "get-connection", connection, check=False)
        assert gone.returncode != 0 and "GoneException" in gone.stderr


@pytest.mark.parametrize("spelling", ["@connections/{}", "%40connections/{}", "@connections/{escaped}"])
def test_awscurl_reaches_a_connection_in_every_spelling(locked_broker, spelling):
    with Subscriber(locked_broker) as subscriber:
        connection = subscriber.connection_id()
        path = spelling.format(connection, escaped=connection.replace("=", "%3D"))
        run(
            f"{TOOLS}/awscurl", "--fail-with-body", "--service", "execute-api", "--region", "us-east-1",
            "-X", "POST", "-d", "hi", f"{locked_broker.url}/dev/{path}",
        )
        assert subscriber.receive_text() == "hi"


def test_awscurl_publishes(locked_broker):
    with Subscriber(locked_broker, {"source": ["awscurl"]}) as subscriber:
        body = json.dumps({"Entries": [{"Source": "awscurl", "DetailType": "d", "Detail": "{}"}]})
        run(
            f"{TOOLS}/awscurl", "--fail-with-body", "--service", "events", "--region", "us-east-1", "-X", "POST",
            "-H", "Content-Type: application/x-amz-json-1.1", "-H", "X-Amz-Target: AWSEvents.PutEvents",
            "-d", body, locked_broker.url + "/",
        )
        assert subscriber.receive()["source"] == "awscurl"


class Tool:
    """A WebSocket tool as a process whose lines are read one by one."""

    def __init__(self, *command, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=environment or client_environment(),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(DEADLINE)

    def write(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def read_json(self):
        """The next line that holds a JSON object (tools add prompts and notices of their own)."""
        for line in self.process.stdout:
            if "{" in line:
                return json.loads(line[line.index("{"):])
        raise AssertionError("the tool ended")


PATTERN = {"action": "pattern", "pattern": {"detail-type": ["tool"]}}


def publish_from(broker, source):
    broker.boto3("events").put_events(Entries=[{"Source": source, "DetailType": "tool", "Detail": '{"é": "\\u00e9"}'}])


def test_websocat_subscribes_and_receives(broker):
    with Tool(f"{TOOLS}/websocat", "-t", "-E", broker.websocket_url) as tool:
        tool.write(PATTERN)
        assert tool.read_json()["status"] == "stored"
        publish_from(broker, "for websocat")
        event = tool.read_json()
        assert (event["source"], event["detail"]) == ("for websocat", {"é": "é"})


def test_wscat_subscribes_and_receives(broker):
    wscat = shutil.which("wscat")
    assert wscat, "wscat is missing: Deploy/test installs it (Debian package node-ws)"
    environment = client_environment(NODE_PATH="/usr/share/nodejs")
    command = [wscat, "--no-color", "-c", broker.websocket_url, "-x", json.dumps(PATTERN), "-w", str(DEADLINE)]
    with Tool(*command, environment=environment) as tool:
        assert tool.read_json()["status"] == "stored"
        publish_from(broker, "for wscat")
        assert tool.read_json()["source"] == "for wscat"


def test_websocket_client_receives_and_sends_an_origin(broker):
    import websocket

    socket = websocket.create_connection(broker.websocket_url + "/", timeout=DEADLINE)
    socket.send(json.dumps(PATTERN))
    assert json.loads(socket.recv())["status"] == "stored"
    publish_from(broker, "for websocket-client")
    assert json.loads(socket.recv())["source"] == "for websocket-client"
    socket.close()
