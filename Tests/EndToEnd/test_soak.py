"""Hours in small: events flow at a steady rate while connections come and go, politely and not. Nobody misses an event,
gets one twice or out of order, and the broker's memory stays flat.

A few seconds by default. LAMBDALESS_SOAK_SECONDS and LAMBDALESS_SOAK_RATE (events a second) make a long run of it; -s shows
what was measured.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import statistics

import aiohttp
import pytest
from websockets.asyncio.client import connect

from conftest import DEADLINE, running

SECONDS = float(os.environ.get("LAMBDALESS_SOAK_SECONDS", "12"))
RATE = int(os.environ.get("LAMBDALESS_SOAK_RATE", "2000"))
BATCH = 50
SHARDS = 40
STAYING, COMING_AND_GOING = 80, 16


@pytest.fixture(scope="module")
def soaked_broker():
    """The log is small, so that it is full, and memory flat, early on."""
    yield from running("--retention-bytes", str(8 << 20))


def line(n):
    detail = {"n": n, "shard": n % SHARDS, "filler": "x" * 500}
    return json.dumps({"source": "soak", "detail-type": "n", "detail": detail}).encode() + b"\n"


async def publish(broker, ended):
    """Publishes event after event; the one with the number n is the (n + 1)th of the log."""
    start = asyncio.get_running_loop().time()
    async with aiohttp.ClientSession() as session:
        for first in itertools.count(0, BATCH):
            await asyncio.sleep(max(0, start + first / RATE - asyncio.get_running_loop().time()))
            if ended.is_set():
                return first
            lines = b"".join(map(line, range(first, first + BATCH)))
            async with session.post(
                f"{broker.url}/dev/events", data=lines, headers={"Content-Type": "application/x-ndjson"}
            ) as answer:
                assert (await answer.json())["FailedEntryCount"] == 0


async def listen(broker, shard, until, *, abrupt=False):
    """Subscribes to one shard until `until` says so; every event of the time in between must come once, in order."""
    async with connect(broker.websocket_url, proxy=None, max_queue=None, ping_interval=None) as socket:
        await socket.send(json.dumps({"action": "pattern", "pattern": {"detail": {"shard": [shard]}}}))
        first = json.loads(await socket.recv())["sequence"]
        received = []
        ending = asyncio.ensure_future(until)
        while True:
            receiving = asyncio.ensure_future(socket.recv())
            await asyncio.wait({ending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            if ending is not None and ending.done():
                break
            received.append(json.loads(await receiving)["detail"]["n"])
        await socket.send('{"action":"unsubscribe"}')
        while "action" not in (frame := json.loads(await receiving)):
            received.append(frame["detail"]["n"])
            receiving = asyncio.ensure_future(socket.recv())
        # Sequence numbers count from 1, events from 0.
        expected = [n for n in range(first, frame["sequence"]) if n % SHARDS == shard]
        assert received == expected, f"shard {shard} between {first} and {frame['sequence']}"
        if abrupt:
            socket.transport.abort()
        return len(received)


async def come_and_go(broker, number, ended):
    chance = random.Random(number)
    events = 0
    while not ended.is_set():
        with contextlib.suppress(ConnectionError):
            events += await listen(
                broker, chance.randrange(SHARDS), asyncio.sleep(chance.random()), abrupt=chance.random() < 0.5
            )
    return events


async def watch(broker, ended):
    """The broker's memory, twenty times in the run."""
    sizes = []
    while not ended.is_set():
        await asyncio.sleep(SECONDS / 20)
        sizes.append(broker.resident_bytes())
    return sizes


async def soak(broker):
    ended = asyncio.Event()
    staying = [asyncio.create_task(listen(broker, n % SHARDS, ended.wait())) for n in range(STAYING)]
    going = [asyncio.create_task(come_and_go(broker, n, ended)) for n in range(COMING_AND_GOING)]
    publishing, watching = asyncio.create_task(publish(broker, ended)), asyncio.create_task(watch(broker, ended))
    everyone = asyncio.gather(*staying, *going, publishing, watching)
    before = broker.processor_seconds()
    # Whoever fails ends the run at once.
    await asyncio.wait({asyncio.ensure_future(everyone)}, timeout=SECONDS)
    share = (broker.processor_seconds() - before) / SECONDS
    ended.set()
    *received, published, sizes = await asyncio.wait_for(everyone, DEADLINE)
    return published, sum(received), sizes, share


def test_connections_that_come_and_go_miss_nothing_and_memory_stays_flat(soaked_broker):
    published, received, sizes, share = asyncio.run(soak(soaked_broker))
    second, last = sizes[len(sizes) // 4 : len(sizes) // 2], sizes[-len(sizes) // 4 :]
    print(
        f"{published} events published, {received} received; broker {share:.0%} of a core; "
        f"memory {statistics.median(second) / 2**20:.0f} MiB early, {statistics.median(last) / 2**20:.0f} MiB at the end"
    )
    assert received > published, "everyone together gets more than one copy"
    assert statistics.median(last) < 1.25 * statistics.median(second) + (4 << 20), sizes
