"""What must not harm: the end of the process at any moment, a full disk, a clock that goes back, a second broker."""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import threading
import urllib.request

import pytest

from conftest import DEADLINE, PROGRAM, Broker, clean_environment, free_port
from subscriber import Subscriber

ROUNDS = int(os.environ.get("LAMBDALESS_CRASHES", "100"))
SEED = int(os.environ.get("LAMBDALESS_SEED", random.randrange(1 << 32)))
ALL = "%7B%22source%22%3A%5B%22crash%22%5D%7D"


def post(url, body, **headers):
    request = urllib.request.Request(url, body, {k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return json.load(answer)


def put(broker, *entries):
    body = {"Entries": [{"Source": "crash", "DetailType": "t", "Detail": json.dumps(e)} for e in entries]}
    return post(f"{broker.url}/", json.dumps(body).encode(), X_Amz_Target="AWSEvents.PutEvents")["Entries"]


def read_after(broker, cursor):
    """Every event behind a place: their ids and details, in order."""
    start = f"after={cursor}" if cursor else "from=horizon"
    url = f"{broker.url}/dev/events?pattern={ALL}&{start}&until=9999-01-01T00:00:00Z"
    request = urllib.request.Request(url, headers={"Accept": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        lines = [json.loads(line) for line in answer]
    assert lines.pop()["status"] == "ended"
    return [(event["id"], event["detail"]) for event in lines]


class Load(threading.Thread):
    """Publishes until its broker is gone; keeps what was answered."""

    def __init__(self, broker, number):
        super().__init__()
        self.broker, self.number, self.acknowledged = broker, number, {}

    def run(self):
        for turn in range(1_000_000):
            details = [{"from": self.number, "turn": turn, "n": n, "filler": "x" * 300} for n in range(10)]
            try:
                for detail, entry in zip(details, put(self.broker, *details)):
                    self.acknowledged[entry["EventId"]] = detail
            except (OSError, ValueError):
                return


def test_nothing_that_was_answered_is_lost(tmp_path):
    chance, port = random.Random(SEED), free_port()
    cursor, ids, count = None, set(), 0
    for turn in range(ROUNDS):
        broker = Broker("--data", str(tmp_path), port=port)
        loads = [Load(broker, (turn, number)) for number in range(4)]
        timer = threading.Timer(chance.uniform(0.005, 0.4), broker.process.kill)
        timer.start()
        for load in loads:
            load.start()
        for load in loads:
            load.join()
        timer.join()
        broker.process.wait()
        broker = Broker("--data", str(tmp_path), port=port)
        stored = read_after(broker, cursor)
        assert broker.stop() == 0
        found = dict(stored)
        assert len(found) == len(stored) and not ids & found.keys(), f"an id came twice (seed {SEED}, round {turn})"
        for load in loads:
            for event_id, detail in load.acknowledged.items():
                expected = json.loads(json.dumps(detail))
                assert found.get(event_id) == expected, f"lost {event_id} (seed {SEED}, round {turn})"
            count += len(load.acknowledged)
        ids |= found.keys()
        if stored:
            cursor = stored[-1][0]
    assert count > ROUNDS * 10
    print(f"{count} answered events in {ROUNDS} rounds, {len(ids)} stored")


def test_a_full_disk_refuses_events_and_stops_nothing_else(tmp_path):
    # Files may not grow beyond this; a process that ignores the signal gets an error, as from a full disk.
    limit = 2 << 20
    shell = f'trap "" XFSZ; ulimit -S -f {limit >> 10}; exec "$0" "$@"'
    broker = Broker("--data", str(tmp_path), command=("bash", "-c", shell, PROGRAM))
    try:
        with Subscriber(broker, {"source": ["crash"]}) as subscriber:
            taken, refused = 0, 0
            while refused < 5:
                entries = put(broker, *({"n": n, "filler": "x" * 20_000} for n in range(5)))
                assert all(e.get("ErrorCode", "InternalFailure") == "InternalFailure" for e in entries)
                taken += sum("EventId" in e for e in entries)
                refused += sum("ErrorCode" in e for e in entries)
                assert taken < 10_000, "the disk never filled"
            received = [subscriber.receive() for _ in range(taken)]
            assert len({event["id"] for event in received}) == taken
            # Everybody is still there, and what is stored can be had.
            assert len(subscriber.connection_id()) == 16
            assert len(read_after(broker, None)) == taken
            # There is room again.
            resource.prlimit(broker.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            assert "EventId" in put(broker, {"n": "after"})[0]
            assert subscriber.receive()["detail"] == {"n": "after"}
    finally:
        assert broker.stop() == 0, "".join(broker.log)


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", disk], capture_output=True).returncode:
        pytest.skip("a file system of its own cannot be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(path):
    """Takes all the room that is left."""
    with open(path, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                pass


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_broker_starts_on_a_full_disk(small_disk, end):
    data, filler = small_disk / "data", small_disk / "filler"
    broker = Broker("--data", str(data))
    stored = [put(broker, {"n": n})[0]["EventId"] for n in range(3)]
    assert broker.stop() == 0
    # The second time it has nothing set aside any more.
    for turn in range(3):
        fill(filler)
        broker = Broker("--data", str(data))
        try:
            with Subscriber(broker, {"source": ["crash"]}) as subscriber:
                assert [event_id for event_id, _ in read_after(broker, None)] == stored
                while "EventId" in (entry := put(broker, {"filler": "x" * 50_000})[0]):
                    stored.append(entry["EventId"])
                    assert subscriber.receive()["id"] == stored[-1]
                    assert len(stored) < 100
                assert entry["ErrorCode"] == "InternalFailure"
                assert [event_id for event_id, _ in read_after(broker, stored[1])] == stored[2:]
                if turn == 2:
                    filler.unlink()
                    stored.append(put(broker, {"n": "after"})[0]["EventId"])
                    assert subscriber.receive()["id"] == stored[-1]
        finally:
            if end == "kill":
                broker.process.kill()
                broker.process.wait(DEADLINE)
            else:
                assert broker.stop() == 0, "".join(broker.log)
    broker = Broker("--data", str(data))
    assert [event_id for event_id, _ in read_after(broker, None)] == stored
    assert broker.stop() == 0
    assert (data / "reserve").exists()


@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
def test_a_clock_that_goes_back_harms_neither_ids_nor_order(tmp_path):
    def broker(offset):
        environment = clean_environment(FAKETIME_DONT_FAKE_MONOTONIC="1")
        command = ("faketime", "-f", offset, PROGRAM)
        return Broker("--data", str(tmp_path), environment=environment, command=command)

    def stop(running):
        # faketime waits for the broker, and hands on its exit code but no signal.
        children = pathlib.Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
        os.kill(int(children.read_text()), signal.SIGTERM)
        return running.process.wait(DEADLINE)

    ids = []
    for offset in ("+2d", "+0", "-1d", "+1d"):
        running = broker(offset)
        try:
            cursor = ids[-1] if ids else None
            with Subscriber(running) as subscriber:
                start = {"after": cursor} if cursor else {"from": "horizon"}
                answer = subscriber.ask({"action": "pattern", "pattern": {"source": ["crash"]}, **start})
                assert answer["gap"] is False, answer
                assert subscriber.receive()["status"] == "live"
                ids += [put(running, {"n": n})[0]["EventId"] for n in range(3)]
                assert [subscriber.receive()["id"] for _ in range(3)] == ids[-3:]
        finally:
            assert stop(running) == 0, "".join(running.log)
    assert ids == sorted(set(ids))


def test_one_folder_is_for_one_broker(tmp_path):
    first = Broker("--data", str(tmp_path))
    try:
        second = subprocess.run(
            [PROGRAM, "serve", "--port", "0", "--data", str(tmp_path)],
            capture_output=True, text=True, timeout=DEADLINE, env=clean_environment(),
        )
        assert second.returncode == 2
        assert str(tmp_path) in second.stderr and str(first.process.pid) in second.stderr
        assert "EventId" in put(first, {"n": 1})[0]
    finally:
        assert first.stop() == 0
