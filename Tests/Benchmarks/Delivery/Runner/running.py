"""One run: a fresh server on one core, the load on the other."""

import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

SERVER_CORE, LOAD_CORE = 0, 1
PORTS = itertools.cycle(range(20_000, 29_990, 2))


class RunError(Exception):
    pass


class Runner:
    def __init__(self, programs, profiles=None):
        self.load = programs / "delivery-benchmark"
        self.profiles = profiles

    def run(self, server, work):
        """What the load generator reports."""
        port = next(PORTS)
        with tempfile.TemporaryDirectory(prefix="delivery-") as name:
            directory = pathlib.Path(name)
            with open(directory / "log", "w") as log:
                process = pinned(SERVER_CORE, server.command(port, directory), stdout=log, stderr=log)
            try:
                wait_until_listening(process, port)
                return self.measure(server, work, port, process.pid)
            except (RunError, subprocess.TimeoutExpired) as error:
                raise RunError(f"{error}\n{(directory / 'log').read_text()[-2000:]}") from None
            finally:
                end(process)

    def measure(self, server, work, port, pid):
        arguments = ["load", "--server-pid", pid, "--port", port, "--connections", server.connections(work)]
        arguments += ["--topics", work.connections if work.kind in ("sparse", "memory") else 1]
        arguments += server.subscribe(work)
        arguments += ["--warm", work.warm, "--seconds", work.seconds]
        if work.publishes:
            arguments += ["--publish-port", port, "--publish-connections", work.publish_connections]
            arguments += ["--window", work.window, "--rate", work.rate]
            arguments += ["--fanout", {"broadcast": work.connections, "sparse": 1}.get(work.kind, 0)]
            arguments += server.publish(work, port)
        if work.kind == "memory":
            arguments += ["--settle", 2]
        if work.latency:
            arguments += ["--latency"]
        command = [self.load, *arguments]
        with self.profile(server, work, pid):
            process = pinned(LOAD_CORE, command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                output, errors = process.communicate(timeout=120)
            finally:
                end(process)
        if process.returncode != 0:
            raise RunError(f"{' '.join(map(str, command))}\n{errors[-2000:]}")
        return json.loads(output)

    def profile(self, server, work, pid):
        return Profile(self.profiles and self.profiles / f"{work.name}.{server.name}.perf", pid)


class Profile:
    """Where the server's CPU goes meanwhile, for `perf report`."""

    def __init__(self, file, pid):
        self.file, self.pid, self.process = file, pid, None

    def __enter__(self):
        if self.file:
            self.process = subprocess.Popen(
                ["perf", "record", "-q", "-e", "cpu-clock", "-F", "997", "-g", "-o", self.file, "-p", str(self.pid)])

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)


def pinned(core, command, **options):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], **options)


def wait_until_listening(process, port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RunError("the server ended")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            time.sleep(0.3)
            return
        except OSError:
            time.sleep(0.05)
    raise RunError("the server does not listen")


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait(timeout=30)
