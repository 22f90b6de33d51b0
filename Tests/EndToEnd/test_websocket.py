"""The WebSocket door: actions, error frames, limits and the handshake, seen by a client."""

import json
import re
import urllib.parse

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from conftest import DEADLINE, running
from subscriber import Subscriber


def publish(broker, **event):
    answer = requests.post(f"{broker.url}/dev/events", json=event, timeout=DEADLINE)
    assert answer.status_code == 200 and answer.json()["FailedEntryCount"] == 0, answer.text
    return answer.json()["Entries"][0]["EventId"]


def sample(n, detail_type="sample"):
    return {"source": "test", "detail-type": detail_type, "detail": {"n": n}}


def test_a_pattern_replaces_the_one_before_at_a_definite_place(broker):
    with Subscriber(broker, {"detail-type": ["sample"], "detail": {"n": [1]}}) as subscriber:
        publish(broker, **sample(1))
        publish(broker, **sample(2))
        subscriber.send({"action": "pattern", "pattern": {"detail-type": ["sample"], "detail": {"n": [2]}}})
        assert subscriber.receive()["detail"] == {"n": 1}
        answer = subscriber.receive()
        assert set(answer) == {"action", "status", "connectionId", "requestId", "sequence", "after"}
        publish(broker, **sample(1))
        publish(broker, **sample(2))
        assert [e["detail"]["n"] for e in subscriber.drain()] == [2]


def test_an_invalid_pattern_leaves_the_old_one_in_force(broker):
    with Subscriber(broker, {"detail-type": ["kept"]}) as subscriber:
        for pattern in ({"source": []}, None, 1, "nonsense", [], '{"source":["x"}'):
            answer = subscriber.ask({"action": "pattern", "pattern": pattern})
            assert answer["message"].startswith("InvalidEventPatternException: Event pattern is not valid. Reason: ")
            assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", answer["connectionId"])
            assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", answer["requestId"])
        assert "InvalidEventPatternException" in subscriber.ask({"action": "pattern"})["message"]
        publish(broker, **sample(1, "kept"))
        assert [e["detail-type"] for e in subscriber.drain()] == ["kept"]


def test_a_pattern_may_be_a_json_string_and_may_come_with_the_url(broker):
    with Subscriber(broker, json.dumps({"detail-type": ["as text"]})) as subscriber:
        publish(broker, **sample(1, "as text"))
        assert len(subscriber.drain()) == 1
    url = broker.websocket_url + "?pattern=" + urllib.parse.quote('{"detail-type":["in the url"]}')
    with Subscriber(broker, url=url) as subscriber:
        subscriber.connection_id()
        publish(broker, **sample(1, "in the url"))
        assert len(subscriber.drain()) == 1


def test_an_invalid_pattern_in_the_url_refuses_the_upgrade(broker):
    with pytest.raises(InvalidStatus) as refused:
        connect(broker.websocket_url + '?pattern={"a":1}', proxy=None)
    assert refused.value.response.status_code == 400
    assert b'must be an object or an array' in refused.value.response.body


def test_anything_else_gets_the_forbidden_frame_and_the_connection_stays_open(broker):
    with Subscriber(broker) as subscriber:
        for message in ("hello", "{}", '{"action":"unheard of"}', "[1]", "\n", '{"action":["pattern"]}'):
            subscriber.send(message)
            assert re.fullmatch(
                r'\{"message": "Forbidden", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}',
                subscriber.receive_text(),
            )
        assert subscriber.connection_id()


def test_sendmessage_reaches_every_connection_of_the_stage(broker):
    with Subscriber(broker) as one, Subscriber(broker) as other:
        one.connection_id(), other.connection_id()
        one.send({"action": "sendmessage", "data": "to all"})
        assert one.receive_text() == other.receive_text() == "to all"


def test_handshakes_are_answered_as_by_api_gateway(broker):
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{broker.port}/elsewhere", proxy=None)
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body) == {"message": "Forbidden"}
    assert requests.get(f"{broker.url}/dev", timeout=DEADLINE).status_code == 426


def test_a_page_of_another_site_cannot_connect_or_publish(broker):
    foreign = {"Origin": "https://evil.example"}
    with pytest.raises(InvalidStatus) as refused:
        connect(broker.websocket_url, proxy=None, additional_headers=foreign)
    assert refused.value.response.status_code == 403
    answer = requests.post(f"{broker.url}/dev/events", json=sample(1), headers=foreign, timeout=DEADLINE)
    assert answer.status_code == 403


@pytest.mark.parametrize("payload, code", [("x" * (128 * 1024 + 1), 1009), (b"binary", 1003)])
def test_messages_that_api_gateway_refuses_close_the_connection(broker, payload, code):
    with Subscriber(broker) as subscriber, Subscriber(broker) as neighbour:
        subscriber.socket.send(payload)
        with pytest.raises(ConnectionClosed) as closed:
            subscriber.receive_text()
        assert closed.value.rcvd.code == code
        assert neighbour.connection_id(), "nobody else notices"


def test_a_large_event_is_delivered_whole(broker):
    with Subscriber(broker, {"detail-type": ["large"]}) as subscriber:
        detail = {"text": "é" * 400_000}
        publish(broker, source="test", **{"detail-type": "large"}, detail=detail)
        assert subscriber.receive()["detail"] == detail


def test_sigterm_closes_with_1001_and_exits_with_0():
    for broker in running():
        with Subscriber(broker) as subscriber:
            subscriber.connection_id()
            assert broker.stop() == 0
            with pytest.raises(ConnectionClosed) as closed:
                subscriber.receive_text()
            assert closed.value.rcvd.code == 1001


def test_aws_compatibility_enforces_the_limits_of_aws():
    for broker in running("--compatibility", "aws"):
        with Subscriber(broker, {"detail-type": ["sample"]}) as subscriber:
            publish(broker, source="test", **{"detail-type": "sample"}, detail={"text": "x" * 140_000})
            publish(broker, **sample(1))
            assert subscriber.receive()["detail"] == {"n": 1}, "an event above 128 KB is not sent"
            subscriber.socket.send("x" * (32 * 1024 + 1))
            with pytest.raises(ConnectionClosed) as closed:
                subscriber.receive_text()
            assert closed.value.rcvd.code == 1009
