"""A thousand subscribers with a hundred different patterns receive exactly their events, in order."""

import asyncio
import json

import requests
from websockets.asyncio.client import connect

from conftest import DEADLINE

SUBSCRIBERS, PATTERNS, EVENTS = 1000, 100, 3000


def pattern(n):
    """A hundred patterns of many kinds; each is also told apart by a plain function."""
    if n % 5 == 0:
        return {"detail": {"shard": [n]}}, lambda e: e["shard"] == n
    if n % 5 == 1:
        return {"detail": {"n": [{"numeric": [">=", n * 20, "<", n * 20 + 100]}]}}, lambda e: n * 20 <= e["n"] < n * 20 + 100
    if n % 5 == 2:
        return {"detail": {"name": [{"suffix": f"-{n}"}]}}, lambda e: e["name"].endswith(f"-{n}")
    if n % 5 == 3:
        return {"detail": {"name": [{"wildcard": f"e*{n}*"}]}}, lambda e: str(n) in e["name"][1:]
    return (
        {"detail": {"$or": [{"shard": [n]}, {"n": [n, n + 1]}]}},
        lambda e: e["shard"] == n or e["n"] in (n, n + 1),
    )


async def follow(broker, n, ready, published):
    async with connect(broker.websocket_url, proxy=None, max_queue=None, ping_interval=None) as socket:
        await socket.send(json.dumps({"action": "pattern", "pattern": pattern(n % PATTERNS)[0]}))
        assert json.loads(await socket.recv())["status"] == "stored"
        ready.release()
        await published.wait()
        await socket.send('{"action":"unsubscribe"}')
        received = []
        while "action" not in (frame := json.loads(await socket.recv())):
            received.append(frame["detail"]["n"])
        return received


async def everything(broker, details):
    ready, published = asyncio.Semaphore(0), asyncio.Event()
    subscribers = [asyncio.create_task(follow(broker, n, ready, published)) for n in range(SUBSCRIBERS)]
    for _ in subscribers:
        await ready.acquire()
    lines = (json.dumps({"source": "fan-out", "detail-type": "n", "detail": d}).encode() + b"\n" for d in details)
    answer = await asyncio.to_thread(
        requests.post, f"{broker.url}/dev/events", data=lines,
        headers={"Content-Type": "application/x-ndjson"}, timeout=DEADLINE,
    )
    assert answer.json()["FailedEntryCount"] == 0
    published.set()
    return await asyncio.gather(*subscribers)


def test_a_thousand_subscribers_receive_exactly_their_events_in_order(broker):
    details = [{"n": n, "shard": n * 7 % PATTERNS, "name": f"event-{n % 1000}-{n % PATTERNS}"} for n in range(EVENTS)]
    received = asyncio.run(asyncio.wait_for(everything(broker, details), DEADLINE * 2))
    for n, numbers in enumerate(received):
        matches = pattern(n % PATTERNS)[1]
        expected = [d["n"] for d in details if matches(d)]
        assert expected, "every pattern matches something"
        assert numbers == expected, f"subscriber {n} with {pattern(n % PATTERNS)[0]}"
