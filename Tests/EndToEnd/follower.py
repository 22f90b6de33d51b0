"""Clients that are cut off at random and go on where they were, over each of the ways that the broker offers."""

import asyncio
import json
import random
import urllib.parse

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


class Follower:
    """Collects the details' `n`; `run` ends when `last` has come."""

    def __init__(self, broker, pattern, last, seed):
        self.broker, self.pattern, self.last = broker, pattern, last
        self.random = random.Random(seed)
        self.numbers, self.cursor, self.cuts = [], None, 0

    async def run(self, cuts):
        """Is cut off `cuts` times, or until everything has come, and then reads to the end."""
        while not self.is_complete():
            try:
                await self.follow(self.random.randint(0, 25) if self.cuts < cuts else None)
            except (OSError, WebSocketException, aiohttp.ClientError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.02)  # The broker is away for a moment.
            self.cuts += 1
        return self

    def is_complete(self):
        return bool(self.numbers) and self.numbers[-1] == self.last

    def take(self, event):
        self.numbers.append(event["detail"]["n"])
        self.cursor = event["id"]

    def query(self, **more):
        return urllib.parse.urlencode({"pattern": json.dumps(self.pattern), **more})


class WebSocketFollower(Follower):
    """Keeps the id of the last event, and says it with its pattern."""

    async def follow(self, count):
        async with connect(self.broker.websocket_url, proxy=None, close_timeout=0) as socket:
            start = {"after": self.cursor} if self.cursor else {"from": "horizon"}
            await socket.send(json.dumps({"action": "pattern", "pattern": self.pattern, **start}))
            stored = json.loads(await socket.recv())
            assert stored["status"] == "stored" and stored["gap"] is False, stored
            while count != 0 and not self.is_complete():
                frame = json.loads(await socket.recv())
                if "action" in frame:
                    assert frame["status"] == "live", frame
                    continue
                self.take(frame)
                count = count and count - 1
            socket.transport.abort()


class StreamFollower(Follower):
    """Server-sent events, with Last-Event-ID as EventSource sends it."""

    async def follow(self, count):
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        url = f"{self.broker.url}/dev/events?{self.query(**{'from': 'horizon'})}"
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            block = {}
            while count != 0 and not self.is_complete():
                line = (await answer.content.readuntil(b"\n")).decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    block[name] = value
                    continue
                assert block.get("event") is None, block
                if "data" in block:
                    self.take(json.loads(block["data"]))
                    assert block["id"] == self.cursor
                    count = count and count - 1
                elif "id" in block:
                    self.cursor = block["id"]
                block = {}
            answer.connection.transport.abort()


class SessionFollower(Follower):
    """Keeps nothing but which events it has had: the broker's session brings again what may not have arrived.

    Without acknowledgements, what has come to the client's library has arrived: it is read to the end after a cut. With
    them, what the client did not get to acknowledge comes again.
    """

    def __init__(self, *arguments, name, acknowledges):
        super().__init__(*arguments)
        self.name, self.acknowledges, self.seen, self.repeated = name, acknowledges, set(), 0

    async def follow(self, count):
        start = {} if self.cursor else {"from": "horizon"}
        query = self.query(session=self.name, acknowledge=str(self.acknowledges).lower(), **start)
        url = f"{self.broker.websocket_url}?{query}"
        async with connect(url, proxy=None, close_timeout=0, max_queue=4) as socket:
            while count != 0 and not self.is_complete():
                if not self.receive(await socket.recv()):
                    continue
                count = count and count - 1
                if self.acknowledges:
                    await socket.send(json.dumps({"action": "ack", "id": self.cursor}))
            socket.transport.abort()
            while not self.acknowledges and not self.is_complete():
                self.receive(await socket.recv())

    def receive(self, text):
        event = json.loads(text)
        assert "action" not in event, event
        if event["id"] in self.seen:
            self.repeated += 1
            return False
        self.seen.add(event["id"])
        self.take(event)
        return True
