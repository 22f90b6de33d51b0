"""What is measured: each work is done by every server that can do it."""

from dataclasses import dataclass

DESCRIPTORS = 20_000


@dataclass(frozen=True)
class Work:
    name: str
    #: broadcast, sparse, ingest, memory or handshakes
    kind: str
    #: What to read from the load generator's report; see figures.py.
    figures: tuple
    connections: int = 1
    #: Events under way at most.
    window: int = 64
    #: Events in one request, for servers that take several.
    batch: int = 1
    publish_connections: int = 16
    #: Events a second; 0 for flat out.
    rate: int = 0
    latency: bool = False
    seconds: float = 5
    #: Before the measured part.
    warm: float = 1
    #: How events are posted; "order": longer ones, as applications have them.
    form: str = "single"
    #: None for all.
    servers: tuple | None = None

    @property
    def publishes(self):
        return self.kind not in ("memory", "handshakes")


def works(quick):
    seconds = 2 if quick else 5

    def broadcast(count, window, factor=1, **more):
        return Work(
            f"broadcast-{count}", "broadcast", ("deliveries",), count, window, 16, seconds=factor * seconds, **more)

    def ingest(form, batch):
        return Work(
            f"ingest-{form}", "ingest", ("events",), window=16 * batch, batch=batch, form=form, seconds=seconds)

    return [
        broadcast(100, 256),
        broadcast(1_000, 64),
        # A window is 640,000 deliveries here: it takes some time to get going, and to even out.
        broadcast(10_000, 64, warm=2, factor=2),
        # What is left of it when few publishers send one event at a time.
        Work(
            "broadcast-1000-single", "broadcast", ("deliveries",), 1_000, 64, 1, publish_connections=4,
            seconds=seconds,
        ),
        # What compressing costs and saves.
        *(
            Work(
                f"compression-{count}", "broadcast", ("deliveries", "bytes_per_message"), count, 64, 16,
                seconds=seconds, form="order", servers=("lambdaless", "lambdaless-deflated"))
            for count in (1, 1_000)
        ),
        # What a second event loop costs; with as much under way as keeps both busy.
        Work(
            "loops-1000", "broadcast", ("deliveries",), 1_000, 512, 16, seconds=seconds,
            servers=("lambdaless", "lambdaless-2-loops")),
        Work("sparse-10000", "sparse", ("deliveries",), 10_000, 1_000, 100, seconds=seconds),
        Work(
            "latency-1000", "broadcast", ("p50_ms", "p99_ms"), 1_000, rate=10, publish_connections=1, latency=True,
            seconds=4 if quick else 10,
        ),
        # What it costs a subscriber that events are on disk before they are delivered.
        Work(
            "latency-disk", "broadcast", ("p50_ms", "p99_ms"), 10, rate=1_000, publish_connections=16, latency=True,
            seconds=4 if quick else 10, servers=("lambdaless", "lambdaless-disk"),
        ),
        Work("memory-10000", "memory", ("bytes_per_connection", "subscribes"), 10_000, seconds=0),
        # Just below what one process may open.
        Work(
            f"memory-{DESCRIPTORS - 100}", "memory", ("bytes_per_connection", "subscribes"), DESCRIPTORS - 100,
            seconds=0,
        ),
        Work("handshakes-10000", "handshakes", ("handshakes",), 10_000, seconds=0),
        # The window is a request of each of the 16 connections.
        ingest("single", 1),
        ingest("put-events", 10),
        ingest("lines", 100),
    ]
