"""Many clients at once: a storm of handshakes, the limit of connections, and what happens without descriptors."""

import os
import pathlib
import re
import resource
import selectors
import socket
import time

import pytest
import requests

from conftest import DEADLINE, PROGRAM, Broker

HANDSHAKE = (
    b"GET /dev HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
STORM = 10_000


class Storm:
    """Sockets that all connect at once, without waiting for one another, and shake hands."""

    def __init__(self, port, count):
        self.selector = selectors.DefaultSelector()
        self.answers = {}
        for _ in range(count):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            self.answers[client] = b""
            self.selector.register(client, selectors.EVENT_WRITE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.selector.close()
        for client in self.answers:
            client.close()

    def run(self, is_done, deadline=DEADLINE):
        """Goes on until `is_done` or the deadline; answers whether it was done."""
        end = time.monotonic() + deadline
        while not is_done() and time.monotonic() < end:
            for key, events in self.selector.select(0.1):
                self._ready(key.fileobj, events)
        return is_done()

    def _ready(self, client, events):
        if events & selectors.EVENT_WRITE:
            client.sendall(HANDSHAKE)
            self.selector.modify(client, selectors.EVENT_READ)
            return
        received = client.recv(4096)
        self.answers[client] += received
        if not received:
            self.selector.unregister(client)

    def heads(self, status):
        """How many got this status."""
        return sum(answer.startswith(b"HTTP/1.1 %d " % status) and b"\r\n\r\n" in answer for answer in self.answers.values())

    def close(self, count):
        """Closes so many that are connected."""
        for client in [c for c, answer in self.answers.items() if answer][:count]:
            self.selector.unregister(client)
            client.close()
            del self.answers[client]


@pytest.fixture
def descriptors():
    """As many descriptors for this process as it may have; answers how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def started(*flags, limit=None):
    """A broker, with its hard limit of descriptors lowered to `limit`."""
    prefix = ["prlimit", f"--nofile={limit}:{limit}"] if limit else []
    return Broker(*flags, command=[*prefix, PROGRAM])


def descriptors_of(broker):
    with open(f"/proc/{broker.process.pid}/limits") as limits:
        return next(line.split()[3] for line in limits if line.startswith("Max open files"))


def test_ten_thousand_clients_that_connect_at_once_all_get_in(descriptors):
    count = min(STORM, descriptors - 200)
    broker = started()
    try:
        with Storm(broker.port, count) as storm:
            assert storm.run(lambda: storm.heads(101) == count), f"{storm.heads(101)} of {count}"
            assert f"lambdaless_connections {count}" in requests.get(f"{broker.url}/metrics", timeout=DEADLINE).text
    finally:
        assert broker.stop() == 0, "".join(broker.log)


def test_the_soft_limit_is_raised_to_the_hard_one_and_the_room_is_told():
    command = ["prlimit", "--nofile=128:600", PROGRAM]
    broker = Broker(command=command)
    try:
        assert descriptors_of(broker) == "600"
    finally:
        assert broker.stop() == 0, "".join(broker.log)
    log = "".join(broker.log)
    room = int(re.search(r"connections.max=(\d+)", log)[1])
    assert 400 < room < 600
    assert f"only {room} connections fit; for more, raise the hard limit of open files, which is 600" in log


def test_a_handshake_beyond_the_limit_is_refused_and_publishers_still_get_in(descriptors):
    broker = started("--max-connections", "20")
    try:
        with Storm(broker.port, 30) as storm:
            assert storm.run(lambda: storm.heads(101) == 20 and storm.heads(503) == 10)
            refusal = next(answer for answer in storm.answers.values() if answer.startswith(b"HTTP/1.1 503"))
            assert b"All 20 connections that this broker may have are in use" in refusal
            event = {"source": "a", "detail-type": "b", "detail": {}}
            assert requests.post(f"{broker.url}/dev/events", json=event, timeout=DEADLINE).status_code == 200
            storm.close(5)
            # A place is free when the broker has seen the end of a connection.
            assert until(lambda: "lambdaless_connections 15" in requests.get(f"{broker.url}/metrics", timeout=DEADLINE).text)
            with Storm(broker.port, 5) as late:
                assert late.run(lambda: late.heads(101) == 5)
    finally:
        assert broker.stop() == 0, "".join(broker.log)


def test_without_descriptors_accepting_pauses_without_spinning_and_goes_on_by_itself(descriptors):
    broker = started("--max-connections", "1000", "--event-loops", "1", limit=100)
    try:
        with Storm(broker.port, 150) as storm:
            assert storm.run(lambda: any("connections wait to be accepted" in line for line in broker.log))
            assert "--max-connections is 1000, but only" in "".join(broker.log)
            # One of the broker's sockets is the one that listens.
            assert storm.run(lambda: len(open_descriptors(broker)) == 100 and storm.heads(101) == sockets(broker) - 1)
            got = storm.heads(101)
            before = broker.processor_seconds()
            assert not storm.run(lambda: storm.heads(101) != got, deadline=2), "there is room for no other"
            assert broker.processor_seconds() - before < 0.5, "the broker spins while it has no descriptors"
            storm.close(got)
            assert storm.run(lambda: storm.heads(101) == 150 - got)
    finally:
        assert broker.stop() == 0, "".join(broker.log)


def open_descriptors(broker):
    directory = pathlib.Path(f"/proc/{broker.process.pid}/fd")
    return [os.readlink(descriptor) for descriptor in directory.iterdir()]


def sockets(broker):
    return sum(target.startswith("socket:") for target in open_descriptors(broker))


def until(condition):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return True
    return False
