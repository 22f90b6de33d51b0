"""Starts the real program for each test module and gives the tests its addresses.

The program is the one that LAMBDALESS_PROGRAM names (Deploy/test sets it), else the release build of this checkout.
"""

import os
import pathlib
import signal
import socket
import subprocess
import threading

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("LAMBDALESS_PROGRAM", str(ROOT / ".build/release/lambdaless"))
ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
DEADLINE = 60  # seconds until a wait for something that must happen is given up


def free_port():
    """A loopback port below the ephemeral range that nothing listens on."""
    for port in range(20000 + os.getpid() % 8000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 20000 and 32000")


def clean_environment(**more):
    """This process's environment without any AWS or Lambdaless settings of the person who runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LAMBDALESS_"))}
    kept |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "NO_COLOR": "1"}
    kept |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "NO_PROXY": "127.0.0.1,localhost"}
    return kept | more


def client_environment(secret=SECRET_ACCESS_KEY, **more):
    return clean_environment(
        AWS_ACCESS_KEY_ID=ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY=secret, AWS_DEFAULT_REGION="us-east-1", **more
    )


class Broker:
    """A running `lambdaless serve`; with its log in memory, unless the flags say where it is."""

    def __init__(self, *flags, port=None, environment=None, command=(PROGRAM,)):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.websocket_url = f"ws://127.0.0.1:{self.port}/dev"
        log = () if "--log" in flags or "--data" in flags else ("--log", "memory")
        self._command = [*command, "serve", "--port", str(self.port), *log, *flags]
        self._environment = environment or clean_environment()
        self.log = []
        self.start()

    def start(self):
        """Starts it; again after it has ended, on the same port and with the same flags."""
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self._environment
        )
        self._listening = threading.Event()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process, stream, self._listening), daemon=True)
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        if not self._listening.wait(DEADLINE):
            self.stop()
            raise RuntimeError("the broker did not start:\n" + "".join(self.log))

    def _read(self, process, stream, listening):
        for line in stream:
            self.log.append(line)
            if line.startswith("lambdaless is listening on"):
                listening.set()
        if process.poll() is not None:
            listening.set()

    def stop(self):
        """SIGTERM and wait; answers the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def kill(self):
        """SIGKILL: an end without a good-bye."""
        self.process.kill()
        self.process.wait()

    def resident_bytes(self):
        """The broker's memory."""
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def processor_seconds(self):
        """The processor time that the broker has used, of all its threads."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def boto3(self, service, stage="dev", secret=SECRET_ACCESS_KEY):
        """A boto3 client for `events` or `apigatewaymanagementapi` that talks to this broker."""
        suffix = f"/{stage}" if service == "apigatewaymanagementapi" and stage else ""
        return boto3.client(
            service,
            endpoint_url=self.url + suffix,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=secret,
            config=botocore.config.Config(proxies={}, retries={"total_max_attempts": 1}),
        )


def running(*flags, environment=None):
    broker = Broker(*flags, environment=environment)
    try:
        yield broker
    finally:
        assert broker.stop() == 0, "".join(broker.log)


@pytest.fixture(scope="module")
def broker():
    """A broker without credentials: requests may be signed or not."""
    yield from running()


@pytest.fixture(scope="module")
def locked_broker():
    """A broker that has credentials configured and so wants every publish and callback request signed."""
    yield from running(
        environment=clean_environment(
            LAMBDALESS_ACCESS_KEY_ID=ACCESS_KEY_ID, LAMBDALESS_SECRET_ACCESS_KEY=SECRET_ACCESS_KEY
        )
    )
