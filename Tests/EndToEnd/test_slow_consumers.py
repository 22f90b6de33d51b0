"""Subscribers that stop reading: they cost bounded memory, hold nobody up, and are told what became of their events.

LAMBDALESS_SLOW_CONSUMERS says how many there are.
"""

import json
import os
import re
import socket
import struct

import pytest
import requests

from cli import cli
from conftest import DEADLINE, clean_environment, running
from subscriber import Subscriber

COUNT = int(os.environ.get("LAMBDALESS_SLOW_CONSUMERS", "300"))
QUEUE_BYTES = 64 << 10
EVENTS, BATCH, FILLER = 3000, 100, "x" * 1000
PATTERN = {"source": ["slow"]}
HANDSHAKE = (
    b"GET /dev HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SUBSCRIBE = json.dumps({"action": "pattern", "pattern": PATTERN}).encode()


class StalledSubscriber:
    """A socket that subscribes and then reads nothing until it is asked to; its kernel buffer is small."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(HANDSHAKE)
        self.stream = self.socket.makefile("rb")
        assert self.stream.readline().startswith(b"HTTP/1.1 101 ")
        while self.stream.readline() != b"\r\n":
            pass
        # A text frame of a client, masked with zeros (RFC 6455, section 5.2).
        self.socket.sendall(bytes([0x81, 0x80 | len(SUBSCRIBE), 0, 0, 0, 0]) + SUBSCRIBE)
        assert self.frame()[1]["status"] == "stored"

    def frame(self):
        """The next frame: its opcode, and what it carries."""
        first, length = self.stream.read(2)
        if length == 126:
            (length,) = struct.unpack(">H", self.stream.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.stream.read(8))
        data = self.stream.read(length)
        return (first & 15, json.loads(data)) if first & 15 == 1 else (first & 15, data)

    def close(self):
        self.stream.close()
        self.socket.close()


def metric(broker, name):
    text = requests.get(f"{broker.url}/metrics", timeout=DEADLINE).text
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))


def publish_and_receive(broker, reader):
    """Publishes batch after batch, each only when the reader has the one before: nobody else may hold it up."""
    for first in range(0, EVENTS, BATCH):
        lines = "\n".join(
            json.dumps({"source": "slow", "detail-type": "n", "detail": {"n": n, "filler": FILLER}})
            for n in range(first, first + BATCH)
        )
        answer = requests.post(
            f"{broker.url}/dev/events", data=lines, headers={"Content-Type": "application/x-ndjson"}, timeout=DEADLINE
        )
        assert answer.json()["FailedEntryCount"] == 0
        for n in range(first, first + BATCH):
            assert reader.receive()["detail"]["n"] == n


@pytest.fixture(params=["close", "drop-oldest"])
def policy(request):
    return request.param


def test_subscribers_that_stop_reading_cost_bounded_memory_and_delay_nobody(policy):
    for broker in running("--slow-consumer", policy, "--queue-bytes", str(QUEUE_BYTES), "--retention-bytes", str(8 << 20)):
        stalled = [StalledSubscriber(broker.port) for _ in range(COUNT)]
        try:
            with Subscriber(broker, PATTERN) as reader:
                before = broker.resident_bytes()
                publish_and_receive(broker, reader)
                grown = broker.resident_bytes() - before
                # Events are shared, so what waits for all is about what waits for one, and the log.
                assert grown < COUNT * QUEUE_BYTES + (48 << 20), f"{grown >> 20} MiB"
                assert metric(broker, "lambdaless_connections_slow_total") == COUNT
                # The reader still is what it was.
                assert reader.connection_id()
            for subscriber in stalled[:5]:
                (check_closed if policy == "close" else check_gap)(subscriber)
        finally:
            for subscriber in stalled:
                subscriber.close()


def test_a_policy_that_is_not_there_is_told_with_those_that_are():
    refused = cli("serve", "--port", "0", "--slow-consumer", "sometimes", check=64)
    assert "sometimes" in refused.stderr and "drop-oldest" in refused.stderr, refused.stderr
    environment = clean_environment(LAMBDALESS_SLOW_CONSUMER="sometimes")
    refused = cli("serve", "--port", "0", environment=environment, check=64)
    assert "LAMBDALESS_SLOW_CONSUMER is 'sometimes'" in refused.stderr, refused.stderr
    assert "one of close, drop-oldest" in refused.stderr, refused.stderr


def check_closed(subscriber):
    """Events in order without a hole, then a close frame that says why."""
    expected = 0
    while (frame := subscriber.frame())[0] == 1:
        assert frame[1]["detail"]["n"] == expected
        expected += 1
    opcode, payload = frame
    assert (opcode, *struct.unpack(">H", payload[:2])) == (8, 4008)
    assert b"resume" in payload
    assert 0 < expected < EVENTS


def check_gap(subscriber):
    """Every event, or a notice that counts those that are left out in its place."""
    expected, gaps = 0, 0
    while expected < EVENTS:
        opcode, message = subscriber.frame()
        assert opcode == 1
        if message.get("action") == "gap":
            assert message["dropped"] > 0
            expected += message["dropped"]
            gaps += 1
        else:
            assert message["detail"]["n"] == expected
            expected += 1
    assert gaps > 0 and message.get("action") != "gap", "the newest events are kept"
