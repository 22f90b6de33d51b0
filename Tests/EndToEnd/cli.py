"""Runs the program's commands as a shell would."""

import contextlib
import json
import os
import pty
import subprocess

from conftest import DEADLINE, PROGRAM, ROOT, clean_environment


def cli(*arguments, stdin=None, check=None, broker=None, environment=None, cwd=ROOT):
    """Runs `lambdaless ARGUMENTS` to its end; with `check`, asserts the exit code."""
    environment = dict(environment or clean_environment())
    if broker is not None:
        environment["LAMBDALESS_ENDPOINT_URL"] = broker.url
    result = subprocess.run(
        [PROGRAM, *arguments], input=stdin if stdin is not None else "", capture_output=True, text=True,
        timeout=DEADLINE, env=environment, cwd=cwd,
    )
    assert check is None or result.returncode == check, f"{result.returncode}: {result.stdout}{result.stderr}"
    return result


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Command:
    """A command that keeps running; its stdout and stderr are read line by line."""

    def __init__(self, *arguments, broker, environment=None, stdin=False):
        environment = dict(environment or clean_environment())
        environment["LAMBDALESS_ENDPOINT_URL"] = broker.url
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment, cwd=ROOT,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        self.process.stdout.close()
        self.process.stderr.close()

    def read_note(self, part):
        """The next line of stderr that contains `part`."""
        for line in self.process.stderr:
            if part in line:
                return line
        raise AssertionError(f"the command ended without saying '{part}'")

    def read_event(self):
        return json.loads(self.process.stdout.readline())

    def wait(self):
        return self.process.wait(DEADLINE)


def subscribe(broker, pattern, *flags, **options):
    """A running `subscribe` that the broker has acknowledged."""
    command = Command("subscribe", pattern, *flags, broker=broker, **options)
    command.note = command.read_note("subscribed as ")
    command.connection_id = command.note.split("subscribed as ")[1].split(",")[0]
    return command


class OnTerminal:
    """A command whose stdout is a terminal."""

    def __init__(self, *arguments, environment):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, text=True,
            env=environment, cwd=ROOT,
        )
        os.close(theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        self.process.stderr.close()
        os.close(self.ours)

    def read_to_end(self):
        text = b""
        # Linux answers EIO when the last writer is gone.
        with contextlib.suppress(OSError):
            while piece := os.read(self.ours, 1 << 16):
                text += piece
        return text.decode().replace("\r\n", "\n")
