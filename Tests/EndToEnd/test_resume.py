"""Clients that are cut off a thousand times at random have every event exactly once, in order; also when the broker itself
is killed and started again meanwhile."""

import asyncio
import json
import os
import random

import aiohttp
import pytest

from conftest import Broker, free_port, running
from follower import SessionFollower, StreamFollower, WebSocketFollower

CUTS = int(os.environ.get("LAMBDALESS_CUTS", "1000"))
SEED = int(os.environ.get("LAMBDALESS_SEED", random.randrange(1 << 32)))
PATTERN = {"source": ["resume"], "detail": {"even": [True]}}
EVENTS = CUTS * 40


@pytest.fixture(scope="module")
def durable_broker(tmp_path_factory):
    yield from running("--data", str(tmp_path_factory.mktemp("data")))


def lines(numbers):
    return b"".join(
        json.dumps({"source": "resume", "detail-type": "n", "detail": {"n": n, "even": n % 2 == 0}}).encode() + b"\n"
        for n in numbers
    )


async def publish(broker, is_over, batch=200):
    """Publishes with a key for each batch, again and again until it is taken, so that each event is there once."""
    async with aiohttp.ClientSession() as session:
        for first in range(0, EVENTS, batch):
            headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": f"{SEED}-{first}"}
            while True:
                try:
                    body = lines(range(first, first + batch))
                    async with session.post(f"{broker.url}/dev/events", data=body, headers=headers) as answer:
                        if answer.status == 200 and (await answer.json())["FailedEntryCount"] == 0:
                            break
                except (aiohttp.ClientError, OSError):
                    await asyncio.sleep(0.02)
            # No faster than the followers are cut off.
            await asyncio.sleep(0.005)
            if is_over():
                return


async def follow_all(broker, followers, cuts):
    tasks = [asyncio.create_task(follower.run(cuts)) for follower in followers]
    await publish(broker, lambda: any(task.done() and task.exception() for task in tasks))
    await asyncio.gather(*tasks)


def check(followers):
    for follower in followers:
        assert follower.numbers == list(range(0, EVENTS, 2)), f"seed {SEED}, {type(follower).__name__}"


def make(broker):
    last = EVENTS - 2
    return [
        WebSocketFollower(broker, PATTERN, last, SEED),
        StreamFollower(broker, PATTERN, last, SEED + 1),
        SessionFollower(broker, PATTERN, last, SEED + 2, name="plain", acknowledges=False),
        SessionFollower(broker, PATTERN, last, SEED + 3, name="acknowledging", acknowledges=True),
    ]


def test_a_thousand_cuts(durable_broker):
    followers = make(durable_broker)
    asyncio.run(follow_all(durable_broker, followers, CUTS))
    check(followers)
    assert all(follower.cuts > CUTS * 0.5 for follower in followers), [f.cuts for f in followers]
    print([(type(f).__name__, f.cuts, getattr(f, "repeated", 0)) for f in followers])


def test_with_a_broker_that_is_killed(tmp_path):
    port, flags = free_port(), ("--data", str(tmp_path))
    brokers = [Broker(*flags, port=port)]
    chance = random.Random(SEED)

    async def kill(is_over):
        while not is_over():
            await asyncio.sleep(chance.uniform(0.2, 1.0))
            brokers[-1].process.kill()
            brokers[-1].process.wait()
            brokers.append(await asyncio.to_thread(Broker, *flags, port=port))

    async def all():
        followers = make(brokers[0])
        following = asyncio.create_task(follow_all(brokers[0], followers, CUTS // 4))
        await asyncio.gather(following, kill(following.done))
        return followers

    try:
        check(asyncio.run(all()))
    finally:
        assert brokers[-1].stop() == 0, "".join(brokers[-1].log)
    assert len(brokers) > 3
