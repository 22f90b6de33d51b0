"""The past: subscribing across restarts, replay, export and import, the log."""

import json
import re
import threading
import time

import pytest
import requests

from cli import Command, cli, json_lines, subscribe
from conftest import DEADLINE, Broker, client_environment
from subscriber import Subscriber

EVERYTHING = '{"source":["past"]}'


@pytest.fixture
def make_durable(tmp_path):
    """Starts brokers with their logs on disk, each in a folder of its own, for one test."""
    brokers = []

    def make(*flags):
        brokers.append(Broker("--data", str(tmp_path / f"data-{len(brokers)}"), *flags))
        return brokers[-1]

    yield make
    for broker in brokers:
        broker.stop()


@pytest.fixture
def durable(make_durable):
    return make_durable()


def publish(broker, numbers, source="past", **more):
    """Publishes an event for each number; answers their ids."""
    events = [{"source": source, "detail-type": "t", "detail": {"n": n}, **more} for n in numbers]
    answer = requests.post(broker.url + "/dev/events", json=events, timeout=DEADLINE).json()
    assert answer["FailedEntryCount"] == 0, answer
    return [entry["EventId"] for entry in answer["Entries"]]


def numbers(events):
    return [event["detail"]["n"] for event in events]


def read_numbers(command, count):
    return [command.read_event()["detail"]["n"] for _ in range(count)]


# Subscribing


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_subscriber_misses_nothing_while_the_broker_is_away(durable, end):
    with subscribe(durable, EVERYTHING, "--count", "9") as subscriber:
        publish(durable, [1, 2, 3])
        assert read_numbers(subscriber, 3) == [1, 2, 3]
        for first in [4, 6]:
            getattr(durable, end)()
            subscriber.read_note("trying again")
            durable.start()
            # Published before or after the subscriber has come back: it gets both.
            publish(durable, [first])
            subscriber.read_note("subscribed as")
            publish(durable, [first + 1])
            assert read_numbers(subscriber, 2) == [first, first + 1]
        publish(durable, [8, 9])
        assert read_numbers(subscriber, 2) == [8, 9]
        assert subscriber.wait() == 0 and subscriber.process.stdout.read() == ""


def test_a_subscriber_of_an_empty_log_misses_nothing_either(durable):
    with subscribe(durable, EVERYTHING, "--count", "1") as subscriber:
        durable.stop()
        subscriber.read_note("trying again")
        durable.start()
        publish(durable, [1])
        assert read_numbers(subscriber, 1) == [1]
        assert subscriber.wait() == 0


def test_a_subscriber_under_load_has_each_event_once_and_in_order(durable):
    """Connections break at any moment, also in the middle of what was missed."""
    count = 6_000
    with subscribe(durable, EVERYTHING, "--count", str(count)) as subscriber:
        received = []
        reader = threading.Thread(target=lambda: received.extend(read_numbers(subscriber, count)))
        reader.start()
        for start in range(0, count, 1_000):
            publish(durable, range(start, start + 500))
            if start % 2_000:
                cli("disconnect", connection_of(durable), broker=durable)
            publish(durable, range(start + 500, start + 1_000))
            if start == 2_000:
                durable.kill()
                durable.start()
        reader.join(DEADLINE)
        assert received == list(range(count))
        assert subscriber.wait() == 0


def connection_of(broker):
    """The id of the only connection, as soon as it is there."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        listed = json_lines(cli("connections", "--output", "json", broker=broker, check=0).stdout)
        if listed:
            return listed[0]["connectionId"]
        time.sleep(0.05)
    raise AssertionError("nobody came back")


def test_a_subscriber_that_did_not_keep_up_goes_on_where_it_was(make_durable):
    """The queue of a connection is small, and nothing is read for a while: the broker closes with 4008."""
    broker = make_durable("--queue-bytes", "1048576")
    count, padding = 400, "x" * 40_000
    with Command("subscribe", EVERYTHING, "--count", str(count), broker=broker) as subscriber:
        subscriber.read_note("subscribed as")
        for start in range(0, count, 20):
            publish(broker, range(start, start + 20), resources=[padding])
        time.sleep(0.5)
        assert read_numbers(subscriber, count) == list(range(count))
        assert subscriber.wait() == 0
        notes = subscriber.process.stderr.read()
        assert "4008" in notes and "gap" not in notes


def test_a_subscriber_begins_in_the_past_and_goes_on_live(durable):
    ids = publish(durable, [1, 2, 3])
    past = [1, 2, 3]
    for start, left_out in [
        (["--from", "horizon"], 0), (["--since", "1h"], 0), (["--after", ids[1]], 2), (["--after", "1"], 1),
        (["--since", "2999-01-01T00:00:00Z"], None),
    ]:
        expected = [] if left_out is None else past[left_out:]
        with subscribe(durable, EVERYTHING, *start, "--count", str(len(expected) + 1)) as subscriber:
            subscriber.read_note("what follows is live")
            past.append(len(past) + 1)
            publish(durable, past[-1:])
            assert read_numbers(subscriber, len(expected) + 1) == [*expected, past[-1]]
            assert subscriber.wait() == 0
    limited = cli("subscribe", EVERYTHING, "--from", "horizon", "--limit", "2", broker=durable, check=0)
    assert numbers(json_lines(limited.stdout)) == [1, 2]
    few = cli("subscribe", EVERYTHING, "--after", ids[2], "--limit", "9", "--count", "9", broker=durable, check=1)
    assert numbers(json_lines(few.stdout)) == past[3:]


def test_a_gap_is_said_and_makes_the_exit_status_1(durable, make_durable):
    first = publish(durable, [1, 2])[0]
    other = make_durable()
    publish(other, [3])
    for output in ["text", "json"]:
        result = cli(
            "subscribe", EVERYTHING, "--after", first, "--count", "1", "--output", output, broker=other, check=1)
        assert "gap: events that were asked for may have left the broker's log" in result.stderr
        assert numbers(json_lines(result.stdout)) == [3]
    result = cli("replay", "--after", first, broker=other, check=1)
    assert "gap: " in result.stderr and numbers(json_lines(result.stdout)) == [3]


def test_a_session_goes_on_where_its_client_stopped(durable):
    with session(durable) as subscriber:
        publish(durable, [1, 2])
        assert read_numbers(subscriber, 2) == [1, 2]
        wait_for_cursor(durable, 2)
        durable.stop()
        subscriber.read_note("trying again")
        durable.start()
        publish(durable, [3])
        assert read_numbers(subscriber, 1) == [3]
        wait_for_cursor(durable, 3)
    publish(durable, [4])
    with session(durable) as subscriber:
        assert read_numbers(subscriber, 1) == [4]
        with session(durable):
            # The session has one client at a time, and they do not take turns.
            assert subscriber.wait() == 1
            assert "4009" in subscriber.process.stderr.read()


def test_who_replaces_the_pattern_of_a_session_is_told(durable):
    with session(durable):
        pass
    with session(durable) as subscriber:
        subscriber.process.terminate()
        assert "had another pattern" not in subscriber.process.stderr.read()
    with Command("subscribe", '{"source":["other"]}', "--session", "s", broker=durable) as subscriber:
        assert subscriber.read_note("had another pattern").endswith(f"replaced: {EVERYTHING}\n")


def session(broker):
    command = Command("subscribe", EVERYTHING, "--session", "s", broker=broker)
    command.read_note("with the session s")
    return command


def wait_for_cursor(broker, cursor):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        (session,) = json_lines(cli("sessions", "--output", "json", broker=broker, check=0).stdout)
        if session["cursor"] == cursor:
            return
        time.sleep(0.05)
    raise AssertionError(session)


# Replay


def test_replay_prints_a_part_of_the_past(durable):
    ids = publish(durable, [1, 2])
    time.sleep(0.01)
    middle = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() * 1000) % 1000:03}Z"
    time.sleep(0.01)
    ids += publish(durable, [3, 4, 5])
    publish(durable, [6], source="other")

    def replayed(*arguments):
        return numbers(json_lines(cli("replay", *arguments, broker=durable, check=0).stdout))

    assert replayed("--from", "horizon") == [1, 2, 3, 4, 5, 6]
    assert replayed("--since", "1h", "-p", EVERYTHING) == [1, 2, 3, 4, 5]
    assert replayed("--since", middle) == [3, 4, 5, 6]
    assert replayed("--since", "1h", "--until", middle) == [1, 2]
    assert replayed("--after", ids[0], "--limit", "2") == [2, 3]
    assert replayed("--since", "2999-01-01T00:00:00Z") == []
    line = cli("replay", "--after", ids[1], "--limit", "1", broker=durable, check=0).stdout
    assert json.loads(line)["id"] == ids[2]


def test_replay_of_much_is_whole(durable):
    count = 30_000
    for start in range(0, count, 10_000):
        publish(durable, range(start, start + 10_000))
    result = cli("replay", "--from", "horizon", broker=durable, check=0)
    assert numbers(json_lines(result.stdout)) == list(range(count))


def test_replay_keeps_a_pace(durable):
    publish(durable, range(10))
    began = time.monotonic()
    result = cli("replay", "--from", "horizon", "--speed", "20", broker=durable, check=0)
    assert numbers(json_lines(result.stdout)) == list(range(10))
    assert time.monotonic() - began >= 0.4


def test_replay_goes_on_when_the_broker_was_away(durable):
    publish(durable, range(40))
    with Command("replay", "--from", "horizon", "--speed", "40", broker=durable) as replay:
        assert read_numbers(replay, 10) == list(range(10))
        durable.kill()
        durable.start()
        assert read_numbers(replay, 30) == list(range(10, 40))
        assert replay.wait() == 0 and replay.process.stdout.read() == ""


def test_replay_to_a_connection(durable):
    publish(durable, range(300))
    with Subscriber(durable) as subscriber:
        connection = subscriber.connection_id()
        result = cli("replay", "--from", "horizon", "--to", connection, broker=durable, check=0)
        assert result.stdout == f"sent 300 events to {connection}\n"
        assert [subscriber.receive()["detail"]["n"] for _ in range(300)] == list(range(300))
        result = cli(
            "replay", "--since", "1h", "--limit", "2", "--to", connection, "--output", "json", broker=durable, check=0)
        assert json.loads(result.stdout) == {"connectionId": connection, "sent": 2, "refused": 0}
    gone = cli("replay", "--from", "horizon", "--to", connection, broker=durable, check=1)
    assert "the connection is gone" in gone.stderr and "0 events had been sent" in gone.stderr


def test_replay_waits_for_a_connection_that_does_not_keep_up(make_durable):
    broker = make_durable("--queue-bytes", "262144")
    count = 300
    publish(broker, range(count), resources=["x" * 40_000])
    with Subscriber(broker) as subscriber:
        with Command("replay", "--from", "horizon", "--to", subscriber.connection_id(), broker=broker) as replay:
            replay.read_note("does not keep up")
            assert [subscriber.receive()["detail"]["n"] for _ in range(count)] == list(range(count))
            assert replay.wait() == 0
            assert f"sent {count} events" in replay.process.stdout.read()


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["replay"], "say where to begin"),
        (["replay", "--since", "yesterday"], "it is to be a time such as"),
        (["replay", "--after", "x"], "the id of an event, or a sequence number"),
        (["replay", "--since", "1h", "--from", "horizon"], "--since and --from exclude each other"),
        (["replay", "--since", "1h", "--speed", "fast"], "--speed"),
        (["replay", "--since", "1h", "--limit", "0"], "--limit takes a number from 1"),
        (["subscribe", EVERYTHING, "--limit", "1"], "--limit is for the past"),
        (["subscribe", EVERYTHING, "--session", "a b"], "a session's name has"),
    ],
)
def test_wrong_usage_is_explained(arguments, reason):
    assert reason in cli(*arguments, check=64).stderr


# Export and import


def test_export_and_import_keep_everything_but_ids(durable, make_durable, tmp_path):
    publish(durable, range(250), time="2026-01-02T03:04:05Z", resources=["arn:one", 'arn:"two"'])
    publish(durable, [250], account="111122223333", region="eu-west-1")
    requests.post(
        durable.url + "/dev/events", headers={"Content-Type": "application/cloudevents+json"}, timeout=DEADLINE,
        data='{"specversion":"1.0","id":"x","source":"/cloud","type":"t","subject":"s","data":{"price":1.50}}',
    ).raise_for_status()
    requests.post(
        durable.url + "/dev/events", timeout=DEADLINE,
        data='{"source":"spelled","detail-type":"t\\u00e4","detail":{"n": 1.50,\n "big":123456789012345678901234567890}}',
    ).raise_for_status()
    first, second = tmp_path / "first", tmp_path / "second"
    assert cli("export", str(first), broker=durable, check=0).stdout == f"exported 253 events to {first}\n"
    other = make_durable()
    assert cli("import", str(first), broker=other, check=0).stdout == "imported 253 of 253 events\n"
    told = cli("export", str(second), "--output", "json", broker=other, check=0)
    assert json.loads(told.stdout) == {"exported": 253, "file": str(second), "gap": False}
    without_ids = [re.sub(r'"id":"[0-9a-f-]{36}"', "", path.read_text()) for path in (first, second)]
    assert without_ids[0] == without_ids[1]
    assert "1.50" in without_ids[1] and "123456789012345678901234567890" in without_ids[1]


def test_export_takes_a_part_and_goes_to_stdout(durable):
    publish(durable, [1, 2])
    publish(durable, [3], source="other")
    result = cli("export", "-p", EVERYTHING, broker=durable, check=0)
    assert numbers(json_lines(result.stdout)) == [1, 2] and result.stderr == "exported 2 events\n"
    assert cli("export", "-", "--until", "2020-01-01T00:00:00Z", broker=durable, check=0).stdout == ""
    assert "cannot open /no/such" in cli("export", "/no/such/file", broker=durable, check=2).stderr


def test_import_names_the_lines_that_are_refused(durable):
    lines = ['{"source":"import","detail-type":"t","detail":{"n":%d}}' % n for n in range(250)]
    lines[120] = ""
    lines[130] = '{"source":"import","detail-type":"t"}'
    lines[240] = "{"
    result = cli("import", stdin="\n".join(lines), broker=durable, check=1)
    assert result.stdout == "imported 247 of 249 events\n"
    assert "line 131: " in result.stderr and "line 241: " in result.stderr
    assert "(line 131, column" in result.stderr.replace("at line", "(line") and "line 241, column" in result.stderr
    answer = json.loads(cli("import", "--output", "json", stdin=lines[240], broker=durable, check=1).stdout)
    assert (answer["published"], answer["refused"], answer["errors"][0]["line"]) == (0, 1, 1)
    assert "stdin holds no event" in cli("import", stdin="\n \n", broker=durable, check=2).stderr
    exported = json_lines(cli("export", broker=durable, check=0).stdout)
    assert numbers(exported) == [n for n in range(250) if n not in (120, 130, 240)]


def test_import_goes_on_when_the_broker_was_away(durable, tmp_path):
    (tmp_path / "events").write_text(
        "".join('{"source":"import","detail-type":"t","detail":{"n":%d}}\n' % n for n in range(100)))
    assert durable.stop() == 0
    assert "no broker at" in cli("import", str(tmp_path / "events"), broker=durable, check=2).stderr
    durable.start()
    feeder = FedCommand("import", "-", broker=durable)
    for n in range(100):
        feeder.write('{"source":"import","detail-type":"t","detail":{"n":%d}}\n' % n)
    end = time.monotonic() + DEADLINE
    while log(durable)["events"] < 100 and time.monotonic() < end:
        time.sleep(0.05)
    durable.stop()
    durable.start()
    for n in range(100, 200):
        feeder.write('{"source":"import","detail-type":"t","detail":{"n":%d}}\n' % n)
    assert feeder.end() == "imported 200 of 200 events\n"
    assert numbers(json_lines(cli("export", broker=durable, check=0).stdout)) == list(range(200))


def test_import_is_whole_and_without_repetition_whatever_happens_to_the_broker(durable, tmp_path):
    count = 6_000
    lines = ['{"source":"import","detail-type":"t","detail":{"n":%d}}\n' % n for n in range(count)]
    (tmp_path / "events").write_text("".join(lines))
    with Command("import", str(tmp_path / "events"), broker=durable) as importer:
        for reached in [500, 2_000, 4_000]:
            end = time.monotonic() + DEADLINE
            while log(durable)["events"] < reached and time.monotonic() < end:
                time.sleep(0.01)
            durable.kill()
            durable.start()
        assert importer.process.stdout.read() == f"imported {count} of {count} events\n"
        assert importer.wait() == 0
    assert numbers(json_lines(cli("export", broker=durable, check=0).stdout)) == list(range(count))
    # Within five minutes the broker knows what it has.
    again = cli("import", str(tmp_path / "events"), broker=durable, check=0)
    assert again.stdout == f"imported 0 of {count} events; {count} were there already\n"
    assert log(durable)["events"] == count


class FedCommand(Command):
    """A command whose stdin the test writes."""

    def __init__(self, *arguments, broker):
        super().__init__(*arguments, broker=broker, stdin=True)

    def write(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def end(self):
        out, err = self.process.communicate(timeout=DEADLINE)
        assert self.process.returncode == 0, err
        return out


# The log


def log(broker, **options):
    return json.loads(cli("log", "--output", "json", broker=broker, check=0, **options).stdout)


def test_log_shows_range_size_and_rates(durable):
    empty = {"bus": "default", "events": 0, "bytes": 0, "oldest": None, "newest": None, "lastMinute": 0, "lastHour": 0}
    assert log(durable) == empty
    assert re.search(r"^oldest +-$", cli("log", broker=durable, check=0).stdout, re.MULTILINE)
    ids = publish(durable, range(1_000))
    told = log(durable)
    assert (told["events"], told["lastMinute"], told["lastHour"]) == (1_000, 1_000, 1_000)
    assert (told["oldest"]["id"], told["newest"]["id"]) == (ids[0], ids[-1])
    assert (told["oldest"]["sequence"], told["newest"]["sequence"]) == (1, 1_000)
    text = cli("log", broker=durable, check=0).stdout
    assert re.search(r"^events +1,000$", text, re.MULTILINE) and ids[0] in text
    assert re.search(r"^last minute +1,000 events, 16\.7 a second$", text, re.MULTILINE)
    metrics = requests.get(durable.url + "/metrics", timeout=DEADLINE).text
    assert 'lambdaless_event_log_events{bus="default"} 1000\n' in metrics
    assert f'lambdaless_event_log_bytes{{bus="default"}} {told["bytes"]}\n' in metrics
    # Numbers skip ahead then; the rates do not.
    durable.kill()
    durable.start()
    publish(durable, [1])
    assert (log(durable)["lastMinute"], log(durable)["lastHour"]) == (1_001, 1_001)


def test_rates_are_of_what_the_log_holds():
    small = Broker("--log", "memory", "--retention-bytes", "64KiB")
    try:
        publish(small, range(1_000))
        told = log(small)
        assert told["oldest"]["sequence"] > 1 and told["lastMinute"] == told["events"] < 1_000
        text = cli("log", broker=small, check=0).stdout
        for name in "minute", "hour":
            match = re.search(
                rf"^last {name} +(\d+) events in the last (\d+) s, all that is held, ([0-9.]+) a second$", text, re.MULTILINE)
            assert int(match[1]) == told["events"]
            assert int(match[1]) / (int(match[2]) + 1) <= float(match[3]) <= int(match[1]) / int(match[2]) + 0.1
    finally:
        assert small.stop() == 0


def test_the_log_is_for_those_who_may_see_it(locked_broker):
    assert "signed requests" in cli("log", broker=locked_broker, check=2).stderr
    assert log(locked_broker, environment=client_environment())["bus"] == "default"
    signed = {"broker": locked_broker, "environment": client_environment(), "check": 0}
    cli("import", stdin='{"source":"a","detail-type":"b","detail":{}}', **signed)
    assert len(json_lines(cli("export", **signed).stdout)) == 1
