"""A subscriber on the `websockets` library, for tests that look at frames."""

import json

from websockets.sync.client import connect

from conftest import DEADLINE


class Subscriber:
    def __init__(self, broker, pattern=None, url=None):
        self.socket = connect(url or broker.websocket_url, proxy=None, max_size=None, legacy=True)
        if pattern is not None:
            self.subscribe(pattern)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, message):
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def receive_text(self):
        return self.socket.recv(timeout=DEADLINE)

    def receive(self):
        return json.loads(self.receive_text())

    def ask(self, message):
        """Sends a message and answers the next frame."""
        self.send(message)
        return self.receive()

    def subscribe(self, pattern):
        answer = self.ask({"action": "pattern", "pattern": pattern})
        assert answer["status"] == "stored", answer
        return answer

    def connection_id(self):
        return self.ask({"action": "GET_CONNECTION_ID"})["connectionId"]

    def drain(self):
        """Every event that was published before this call and matched: the answer to `unsubscribe` comes behind them."""
        self.send({"action": "unsubscribe"})
        events = []
        while "action" not in (frame := self.receive()):
            events.append(frame)
        return events
