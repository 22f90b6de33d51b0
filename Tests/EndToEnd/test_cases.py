"""The table of cases under Tests/Cases through two more engines: TestEventPattern over HTTP, and a live WebSocket.

Both see a case's event as the `detail` of an envelope and its pattern under `detail`, because that is where they take
free-form JSON. Cases that only ask whether a pattern is valid, or for the text of an error, are asked as they are.
"""

import asyncio
import json

import pytest
import requests
from websockets.asyncio.client import connect

from conftest import DEADLINE, ROOT

CASES = [json.loads(line) for path in sorted((ROOT / "Tests/Cases").glob("*.jsonl")) for line in path.open()]
REASON = "Event pattern is not valid. Reason: "
ENVELOPE = (
    '{"id":"1","account":"1","source":"s","time":"2026-01-02T03:04:05Z","region":"r","detail-type":"%s","detail":%s}'
)
VALIDITY = [case for case in CASES if case["event"] is None]


def can_be_a_detail(case):
    """Text after an event is ignored where the event ends the text, which a detail never does; and an event at the
    limit of nesting is beyond it one level deeper."""
    try:
        json.loads(case["event"])
    except json.JSONDecodeError as fault:
        return not fault.msg.startswith("Extra data")
    except RecursionError:
        return False
    return True


MATCHES = [case for case in CASES if case["event"] is not None and can_be_a_detail(case)]


def first_line(message):
    return message.removeprefix("InvalidEventPatternException: ").removeprefix(REASON).split("\n")[0]


def outcome(pattern_error, event_error, matched):
    """What a case's `expect` and `message` are compared with."""
    if pattern_error is not None:
        return "error", first_line(pattern_error)
    return ("error", None) if event_error else (matched, None)


def differences(cases, outcomes):
    for case, (result, message) in zip(cases, outcomes, strict=True):
        expected = case["expect"]
        if result != expected:
            yield f"{case['name']}: expected {expected}, got {result} ({message})"
        elif message is not None and case.get("message") and message != first_line(case["message"]):
            yield f"{case['name']}: expected {case['message']!r}, got {message!r}"


def ask_over_http(session, broker, pattern, event):
    answer = session.post(
        broker.url + "/",
        data=json.dumps({"EventPattern": pattern, "Event": event}),
        headers={"X-Amz-Target": "AWSEvents.TestEventPattern", "Content-Type": "application/x-amz-json-1.1"},
        timeout=DEADLINE,
    )
    body = answer.json()
    match body.get("__type"):
        case "InvalidEventPatternException":
            return outcome(body["message"], None, None)
        case "ValidationException":
            return outcome(None, body["message"], None)
    return outcome(None, None, body["Result"])


def test_the_table_is_large_enough():
    assert len(CASES) >= 400
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_every_case_over_http(broker):
    with requests.Session() as session:
        plain = ENVELOPE % ("d", "{}")
        outcomes = [ask_over_http(session, broker, case["pattern"], plain) for case in VALIDITY]
        outcomes = [("valid", None) if result in (True, False) else (result, m) for result, m in outcomes]
        assert list(differences(VALIDITY, outcomes)) == []
        outcomes = [
            ask_over_http(session, broker, case["pattern"], case["event"])
            if case.get("where") == "event"
            else ask_over_http(session, broker, '{"detail":%s}' % case["pattern"], ENVELOPE % ("d", case["event"]))
            for case in MATCHES
        ]
        assert list(differences(MATCHES, outcomes)) == []


async def subscribe(broker, n, pattern):
    """A connection that takes only case n's event; answers (connection, refusal)."""
    socket = await connect(broker.websocket_url, proxy=None, max_size=None, max_queue=None, ping_interval=None)
    await socket.send('{"action":"pattern","pattern":%s}' % json.dumps(pattern))
    answer = json.loads(await socket.recv())
    return socket, answer.get("message")


async def received(socket):
    """How many events came before the answer to `unsubscribe`, which stands behind all that matched."""
    await socket.send('{"action":"unsubscribe"}')
    count = 0
    while "action" not in json.loads(await socket.recv()):
        count += 1
    await socket.close()
    return count


async def live_outcomes(broker):
    validity, matches = [], []
    for n, case in enumerate(VALIDITY):
        socket, refusal = await subscribe(broker, n, case["pattern"])
        validity.append(outcome(refusal, None, "valid"))
        await socket.close()
    connections = [
        await subscribe(broker, n, '{"detail-type":["case-%d"],"detail":%s}' % (n, case["pattern"]))
        for n, case in enumerate(MATCHES)
    ]

    def publish():
        with requests.Session() as session:
            for n, case in enumerate(MATCHES):
                body = {"Entries": [{"Source": "cases", "DetailType": f"case-{n}", "Detail": case["event"]}]}
                answer = session.post(
                    broker.url + "/", data=json.dumps(body), headers={"X-Amz-Target": "AWSEvents.PutEvents"},
                    timeout=DEADLINE,
                )
                yield answer.json()["Entries"][0].get("ErrorCode")

    refused = await asyncio.to_thread(lambda: list(publish()))
    for (socket, refusal), event_error in zip(connections, refused, strict=True):
        count = await received(socket)
        matches.append(outcome(refusal, event_error, count == 1))
    return validity, matches


def test_every_case_on_a_live_websocket(broker):
    validity, matches = asyncio.run(live_outcomes(broker))
    assert list(differences(VALIDITY, validity)) == []
    assert list(differences(MATCHES, matches)) == []
