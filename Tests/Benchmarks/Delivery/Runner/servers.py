"""The servers that are measured: how each is started, subscribed to and published to."""

import importlib.util
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
EVENT_BYTES = 500
#: An event as applications publish it, for what depends on its text; filler would be compressed to nothing.
ORDER = (
    '{"source":"b","detail-type":"Order placed","detail":{"ts":%t,"order":"o-48213","customer":{"id":"c-99170",'
    '"tier":"gold","country":"DE"},"items":[{"sku":"A-1001","quantity":2,"price":19.99,"currency":"EUR"},'
    '{"sku":"B-7","quantity":1,"price":249.5,"currency":"EUR"}],"total":289.48,"state":"placed",'
    '"shipping":{"method":"express","city":"Berlin","zip":"10115"}}}'
)
PLAIN_EVENT = '{"ts":%t,"pad":"%p"}'


class Server:
    name = ""
    kinds = ("broadcast", "sparse", "ingest", "memory", "handshakes")
    forms = ("single",)

    def missing(self):
        """What must be installed first; None when the server can be started."""

    def does(self, work):
        named = work.servers is None or self.name in work.servers
        return named and work.kind in self.kinds and (work.kind != "ingest" or work.form in self.forms)

    def connections(self, work):
        return work.connections

    def command(self, port, directory):
        raise NotImplementedError

    def subscribe(self, work):
        """Arguments of the load generator."""
        raise NotImplementedError

    def publish(self, work, port):
        raise NotImplementedError


class Lambdaless(Server):
    name = "lambdaless"
    forms = ("single", "put-events", "lines")
    #: Of the envelope, beside what is posted.
    ENVELOPE_BYTES = 149

    def __init__(self, programs):
        self.program = programs / "lambdaless"

    def command(self, port, directory):
        return [self.program, "serve", "--log", "memory", "--port", port, "--event-loops", 1]

    def subscribe(self, work):
        pattern = {
            "broadcast": {"source": ["b"]},
            "sparse": {"detail": {"topic": ["%d"]}},
            "memory": {"detail": {"topic": ["%d"]}},
            "ingest": {"source": ["nobody"]},
        }.get(work.kind)
        arguments = ["--path", "/dev"]
        if pattern:
            arguments += ["--hello", json.dumps({"action": "pattern", "pattern": pattern}), "--ready-frames", 1]
        return arguments

    def publish(self, work, port):
        if work.form == "put-events":
            return [
                "--publish-path", "/", "--header", "Content-Type: application/x-amz-json-1.1",
                "--header", "X-Amz-Target: AWSEvents.PutEvents",
                "--event", r'{"Source":"b","DetailType":"t","Detail":"{\"ts\":%t,\"pad\":\"%p\"}"}',
                "--prefix", '{"Entries":[', "--separator", ",", "--suffix", "]}", "--batch", work.batch,
                "--event-bytes", EVENT_BYTES,
            ]
        if work.form == "order":
            return ["--publish-path", "/dev/events", "--header", "Content-Type: application/x-ndjson",
                    "--batch", work.batch, "--event", ORDER, "--event-bytes", 0]
        topic = '"topic":"%d",' if work.kind == "sparse" else ""
        type = "application/json" if work.batch == 1 else "application/x-ndjson"
        return [
            "--publish-path", "/dev/events", "--header", f"Content-Type: {type}", "--batch", work.batch,
            "--event", '{"source":"b","detail-type":"t","detail":{%s"ts":%%t,"pad":"%%p"}}' % topic,
            "--event-bytes", EVENT_BYTES - (self.ENVELOPE_BYTES if work.kind != "ingest" else 0),
        ]


class TwoLoops(Lambdaless):
    """The same with two event loops."""

    name = "lambdaless-2-loops"

    def does(self, work):
        return work.name.startswith("loops")

    def command(self, port, directory):
        return [*super().command(port, directory)[:-1], 2]


class OnDisk(Lambdaless):
    """The same with its event log on disk."""

    name = "lambdaless-disk"

    def does(self, work):
        return work.name in ("ingest-put-events", "latency-disk")

    def command(self, port, directory):
        command = super().command(port, directory)
        place = command.index("--log")
        command[place : place + 2] = ["--data", f"{directory}/lambdaless-data"]
        return command


class Deflated(Lambdaless):
    """The same with permessage-deflate."""

    name = "lambdaless-deflated"

    def does(self, work):
        return work.form == "order"

    def command(self, port, directory):
        return [*super().command(port, directory), "--compress-from", 1]

    def subscribe(self, work):
        return [*super().subscribe(work), "--upgrade-header", "Sec-WebSocket-Extensions: permessage-deflate"]


class Limit(Server):
    """Our own loop of the system calls that no broker can do without: one write for each message."""

    name = "limit"
    kinds = ("broadcast", "ingest", "handshakes")
    batch = 1

    def __init__(self, programs):
        self.program = programs / "delivery-benchmark"

    def command(self, port, directory):
        return [self.program, "limit", "--port", port]

    def connections(self, work):
        # It has no topics: whoever is there gets everything.
        return 0 if work.kind == "ingest" else work.connections

    def subscribe(self, work):
        return []

    def publish(self, work, port):
        return ["--event", PLAIN_EVENT, "--event-bytes", EVENT_BYTES, "--batch", self.batch]


class BatchedLimit(Limit):
    """The same with 16 messages in one write."""

    name = "limit-16"
    kinds = ("broadcast",)
    batch = 16

    def does(self, work):
        return super().does(work) and work.batch == self.batch


class SpreadLimit(Limit):
    """The same with each message for one connection, to another one each time."""

    name = "limit-spread"
    kinds = ("sparse",)
    batch = 100

    def command(self, port, directory):
        return [*super().command(port, directory), "--spread"]


class Nats(Server):
    name = "nats"
    kinds = ("broadcast", "sparse", "memory", "handshakes")

    def missing(self):
        return None if shutil.which("nats-server") else "nats-server (Debian: nats-server)"

    def command(self, port, directory):
        configuration = directory / "nats.conf"
        configuration.write_text(
            f"listen: 127.0.0.1:{port + 1}\n"
            f"websocket {{ listen: '127.0.0.1:{port}', no_tls: true }}\n"
            "max_connections: 100000\n"
        )
        return ["nats-server", "-c", configuration]

    def subscribe(self, work):
        if work.kind == "handshakes":
            return ["--ready-frames", 1]
        # One frame may hold several messages, but each is as long as the other.
        message = len(f"MSG t.00000 1 {EVENT_BYTES}\r\n") + EVENT_BYTES + 2
        hello = 'CONNECT {"verbose":false}\r\nSUB t.%d 1\r\nPING\r\n'
        return ["--hello", hello, "--ready-frames", 2, "--message-bytes", message]

    def publish(self, work, port):
        return [
            "--publish-port", port + 1, "--form", "nats", "--publish-hello", 'CONNECT {"verbose":false}\r\n',
            "--publish-path", "t.%d", "--event", PLAIN_EVENT, "--event-bytes", EVENT_BYTES, "--batch", work.batch,
        ]


class Nchan(Server):
    name = "nchan"
    MODULE = pathlib.Path("/usr/lib/nginx/modules/ngx_nchan_module.so")

    def missing(self):
        found = shutil.which("nginx", path="/usr/sbin:/usr/bin") and self.MODULE.exists()
        return None if found else "nginx with Nchan (Debian: nginx-light, libnginx-mod-nchan)"

    def does(self, work):
        # Beyond, nginx itself is short of connections.
        return super().does(work) and work.connections <= 18_000

    def command(self, port, directory):
        configuration = directory / "nginx.conf"
        configuration.write_text((HERE / "nchan.conf").read_text() % {
            "module": self.MODULE, "directory": directory, "port": port})
        return ["/usr/sbin/nginx", "-p", directory, "-c", configuration]

    def subscribe(self, work):
        return ["--path", "/sub/nobody" if work.kind == "ingest" else "/sub/%d"]

    def publish(self, work, port):
        return ["--publish-path", "/pub/%d", "--event", PLAIN_EVENT, "--event-bytes", EVENT_BYTES]


class Socketify(Server):
    """uWebSockets, through Python."""

    name = "socketify"

    def missing(self):
        return None if importlib.util.find_spec("socketify") else "socketify (PyPI; Debian: libuv1)"

    def command(self, port, directory):
        return [sys.executable, HERE / "socketify_server.py", port]

    def subscribe(self, work):
        if work.kind == "handshakes":
            return []
        return ["--hello", "nobody" if work.kind == "ingest" else "%d", "--ready-frames", 1]

    def publish(self, work, port):
        return ["--publish-path", "/pub/%d", "--event", PLAIN_EVENT, "--event-bytes", EVENT_BYTES]
