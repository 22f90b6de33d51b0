"""permessage-deflate with a client that offers it."""

import contextlib

import requests
from websockets.sync.client import connect

from conftest import DEADLINE, running


started = contextlib.contextmanager(running)


@contextlib.contextmanager
def subscribe(broker, compression):
    with connect(broker.websocket_url, compression=compression, proxy=None, close_timeout=1) as client:
        client.send('{"action":"pattern","pattern":{"source":["test"]}}')
        assert '"stored"' in client.recv(DEADLINE)
        yield client


def publish(broker, text):
    event = {"source": "test", "detail-type": "sample", "detail": {"text": text}}
    assert requests.post(f"{broker.url}/dev/events", json=event, timeout=DEADLINE).json()["FailedEntryCount"] == 0


def extensions(client):
    return client.response.headers.get("Sec-WebSocket-Extensions")


def test_a_client_that_offers_compression_gets_the_same_events_in_fewer_bytes():
    with started("--compress-from", "500") as broker:
        with subscribe(broker, "deflate") as compressed, subscribe(broker, None) as plain:
            assert extensions(compressed) == (
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
            assert extensions(plain) is None
            for n in range(100):
                publish(broker, "short" if n % 2 else f"{n} " + "the same again " * 100)
            for n in range(100):
                event = compressed.recv(DEADLINE)
                assert event == plain.recv(DEADLINE)
                assert ("short" if n % 2 else f"{n} the same again") in event
            # The client itself compresses what it sends.
            compressed.send('{"action":"GET_CONNECTION_ID"' + " " * 2000 + "}")
            assert '"connectionId"' in compressed.recv(DEADLINE)
            rows = requests.get(f"{broker.url}/dev/@connections", timeout=DEADLINE).json()
            sent = sorted(row["sentBytes"] for row in rows["connections"] if row["sentBytes"])
            assert sent[0] < sent[1] / 3, sent


def test_an_offer_is_declined_unless_the_broker_was_asked_to_compress():
    with started() as broker, subscribe(broker, "deflate") as client:
        assert extensions(client) is None
        publish(broker, "the same again " * 100)
        assert "the same again" in client.recv(DEADLINE)
