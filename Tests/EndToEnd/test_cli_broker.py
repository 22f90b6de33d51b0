"""The commands that talk to a broker."""

import json
import select

import pytest

from cli import Command, OnTerminal, cli, json_lines, subscribe
from conftest import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Broker, clean_environment, client_environment, free_port


def event(n, source="cli", **more):
    return json.dumps({"source": source, "detail-type": "t", "detail": {"n": n}, **more})


def test_subscribe_prints_what_is_published(broker):
    with subscribe(broker, '{"source":["flags"]}', "--count", "1") as subscriber:
        published = cli(
            "publish", "--source", "flags", "--detail-type", "a type", "--detail", '{"price": 1.50}', "--resource",
            "arn:one", "--resource", "arn:two", "--time", "2026-01-02T03:04:05Z", broker=broker, check=0,
        )
        line = subscriber.process.stdout.readline()
        assert json.loads(line) == {
            "version": "0", "id": published.stdout.strip(), "detail-type": "a type", "source": "flags",
            "account": "000000000000", "time": "2026-01-02T03:04:05Z", "region": "us-east-1",
            "resources": ["arn:one", "arn:two"], "detail": {"price": 1.5},
        }
        assert '{"price": 1.50}' in line
        assert subscriber.wait() == 0


def test_on_a_terminal_an_event_is_spread_over_lines(broker):
    environment = clean_environment(LAMBDALESS_ENDPOINT_URL=broker.url)
    with OnTerminal("subscribe", '{"source":["pretty"]}', "--count", "1", environment=environment) as subscriber:
        assert "subscribed as" in subscriber.process.stderr.readline()
        detail = '{"price":1.50,"empty":{},"list":[1, "a: {b},\\"c"],"none":[]}'
        cli("publish", "--source", "pretty", "--detail-type", "t", "--detail", detail, broker=broker, check=0)
        text = subscriber.read_to_end()
    assert text.startswith('{\n  "version": "0",\n') and '\n  "resources": [],\n' in text
    assert text.endswith(
        '  "detail": {\n    "price": 1.50,\n    "empty": {},\n    "list": [\n      1,\n      "a: {b},\\"c"\n    ],\n'
        '    "none": []\n  }\n}\n'
    )


def test_publish_streams_lines_and_names_the_bad_ones(broker):
    lines = "\n".join([event(1), "", event(2, source=""), event(3), "{", event(5)])
    with subscribe(broker, '{"source":["cli"]}', "--count", "3") as subscriber:
        result = cli("publish", stdin=lines, broker=broker, check=1)
        assert result.stdout == "published 3 of 5 events\n"
        assert "line 3: " in result.stderr and "line 5: " in result.stderr and "line 2" not in result.stderr
        assert [subscriber.read_event()["detail"]["n"] for _ in range(3)] == [1, 3, 5]
    answer = json.loads(cli("publish", "-", "--output", "json", stdin=lines, broker=broker, check=1).stdout)
    assert (answer["published"], answer["refused"]) == (3, 2)
    assert [error["line"] for error in answer["errors"]] == [3, 5]


def test_publish_streams_more_lines_than_memory_should_hold(broker):
    count = 20_000
    with subscribe(broker, '{"source":["many"],"detail":{"n":[%d]}}' % (count - 1), "--count", "1") as subscriber:
        lines = "".join(event(n, source="many") + "\n" for n in range(count))
        result = cli("publish", stdin=lines, broker=broker, check=0)
        assert result.stdout == f"published {count} of {count} events\n"
        assert subscriber.read_event()["detail"] == {"n": count - 1}


def test_publish_takes_a_document(broker, tmp_path):
    (tmp_path / "one").write_text(json.dumps(json.loads(event(1, source="document")), indent=2))
    (tmp_path / "array").write_text(f"[{event(2, source='document')},\n{event(3, source='document')}]")
    with subscribe(broker, '{"source":["document"]}') as subscriber:
        one = cli("publish", str(tmp_path / "one"), broker=broker, check=0)
        assert cli("publish", str(tmp_path / "array"), broker=broker, check=0).stdout == "published 2 of 2 events\n"
        events = [subscriber.read_event() for _ in range(3)]
        assert [e["detail"]["n"] for e in events] == [1, 2, 3] and events[0]["id"] == one.stdout.strip()


def test_publish_adds_nothing_under_a_name_that_is_known(broker):
    event = ("publish", "--source", "named", "--detail-type", "b", "--deduplication-id", "order-6")
    first = cli(*event, broker=broker, check=0)
    assert cli(*event, broker=broker, check=0).stdout == first.stdout
    other = cli(*event, "--detail", '{"a":1}', broker=broker, check=1)
    assert "DeduplicationId stands for an event of other content" in other.stderr


@pytest.mark.parametrize(
    "arguments, stdin, code, reason",
    [
        ([], "", 2, "stdin holds no event"),
        ([], '{"source":', 2, "neither JSON nor one event a line"),
        ([], '{"source":}', 2, "line 1, column 11"),
        (["no/such/file"], "", 2, "cannot open no/such/file"),
        (["--source", "a", "--detail-type", "b", "--detail", "{x}"], "", 2, "--detail is not valid JSON"),
        (["--source", "a", "--detail-type", "b", "--detail", "[]"], "", 2, "--detail must be a JSON object"),
        (["--source", "a", "--detail-type", "b", "--time", "yesterday"], "", 64, "'yesterday' is invalid for '--time"),
        (["--source", "a", "--detail-type", "b", "--time", "9"], "", 64, "a time such as 2026-11-21T01:02:03Z"),
        (["--source", "a", "--detail-type", "b", "--deduplication-id", "a b"], "", 64, "invalid for '--deduplication-id"),
        (["--source", "", "--detail-type", "b"], "", 64, "one event needs --source and --detail-type"),
        (["--source", "a", "--detail-type", ""], "", 64, "one event needs --source and --detail-type"),
        (["--source", "aws.s3", "--detail-type", "b"], "", 1, "Not authorized for the source."),
    ],
)
def test_publish_says_why_it_did_not(broker, arguments, stdin, code, reason):
    result = cli("publish", *arguments, stdin=stdin, broker=broker, check=code)
    assert reason in result.stderr


def test_subscribe_takes_files_and_names(broker, tmp_path):
    (tmp_path / "pattern").write_text('{"source": ["from a file"]}\n')
    for pattern in [str(tmp_path / "pattern"), "exact/number"]:
        with subscribe(broker, pattern) as subscriber:
            status = json.loads(cli("connections", subscriber.connection_id, "--output", "json", broker=broker).stdout)
            assert status["pattern"] is not None


def test_subscribe_refuses_a_bad_pattern_before_it_connects(broker):
    result = cli("subscribe", '{"a":[{"prefix":1}]}', broker=broker, check=2)
    assert "prefix match pattern must be a string ($.a[0]" in result.stderr


def test_subscribe_gives_up_after_its_timeout(broker):
    result = cli("subscribe", '{"source":["nobody"]}', "--count", "1", "--timeout", "0.2", broker=broker, check=1)
    assert result.stdout == ""


def test_subscribe_connects_again(request):
    first = Broker()
    request.addfinalizer(first.stop)
    with subscribe(first, '{"source":["again"]}', "--count", "2") as subscriber:
        cli("publish", stdin=event(1, "again"), broker=first, check=0)
        assert subscriber.read_event()["detail"]["n"] == 1
        assert first.stop() == 0
        assert "1001" in subscriber.read_note("trying again in")
        second = Broker(port=first.port)
        request.addfinalizer(second.stop)
        subscriber.read_note("subscribed as")
        cli("publish", stdin=event(2, "again"), broker=second, check=0)
        assert subscriber.read_event()["detail"]["n"] == 2
        # The first broker's log was in its memory: nobody knows what it held after the last event.
        assert subscriber.wait() == 1
        assert "gap: " in subscriber.process.stderr.read()


def test_a_stage_that_is_not_there_is_refused(broker):
    result = cli("subscribe", '{"a":["x"]}', "--stage", "nowhere", broker=broker, check=2)
    assert "Forbidden" in result.stderr
    conflict = cli("connections", "--stage", "b", "--endpoint-url", broker.url + "/a", check=2)
    assert "leave out its path or --stage b" in conflict.stderr


def test_connections_are_listed_sent_to_and_closed(broker):
    with subscribe(broker, '{"source":["listed"]}') as subscriber:
        connection = subscriber.connection_id
        listed = json_lines(cli("connections", "--output", "json", broker=broker, check=0).stdout)
        (status,) = [c for c in listed if c["connectionId"] == connection]
        assert json.loads(status["pattern"]) == {"source": ["listed"]} and status["identity"]["sourceIp"] == "127.0.0.1"
        assert connection in cli("connections", broker=broker, check=0).stdout
        assert f"connectionId: {connection}\n" in cli("connections", connection, broker=broker, check=0).stdout

        assert cli("send", connection, "hällo", broker=broker, check=0).stdout == f"sent 6 bytes to {connection}\n"
        assert subscriber.read_note("message: ").endswith("message: hällo\n")
        sent = cli("send", connection, "-", "--output", "json", stdin="from stdin", broker=broker, check=0)
        assert json.loads(sent.stdout) == {"connectionId": connection, "status": "sent", "bytes": 10}
        assert subscriber.read_note("message: ").endswith("message: from stdin\n")

        cli("disconnect", connection, broker=broker, check=0)
        subscriber.read_note("trying again")
        assert "gone" in cli("send", connection, "too late", broker=broker, check=1).stderr


def test_an_id_that_begins_with_a_hyphen_is_no_flag(broker):
    assert "gone" in cli("disconnect", "-0SM9cOFvHcCIhw=", broker=broker, check=1).stderr
    assert "Invalid connectionId: nonsense" in cli("disconnect", "nonsense", broker=broker, check=2).stderr


def test_matches_says_whom_an_event_would_reach_and_why_not_the_others(broker):
    sample = event(1, "sample")
    with subscribe(broker, '{"source":["sample"]}') as hit, subscribe(broker, '{"source":["Sample"]}') as miss:
        result = cli("matches", "-e", sample, broker=broker, check=0)
        assert result.stdout == f'✓ {hit.connection_id}  {{"source":["sample"]}}\n'
        everything = cli("matches", "-e", "-", "--all", stdin=sample, broker=broker, check=0).stdout
        assert f"✗ {miss.connection_id}" in everything and "case only" in everything
        answer = json.loads(cli("matches", "-e", sample, "--all", "--output", "json", broker=broker, check=0).stdout)
        assert [m["connectionId"] for m in answer["matches"]] == [hit.connection_id]
        assert [m["connectionId"] for m in answer["misses"]] == [miss.connection_id]
        assert answer["misses"][0]["explanation"]["nodes"][0]["found"] == ['"sample"']
        nobody = cli("matches", "-e", event(1, "other"), broker=broker, check=1)
        assert (nobody.stdout, nobody.stderr) == ("", "no connection would get it\n")
        assert "not valid JSON" in cli("matches", "-e", "{", broker=broker, check=2).stderr


def test_matches_follow_shows_deliveries_as_they_happen(broker):
    pattern = '{"source":["followed"]}'
    with subscribe(broker, pattern) as one, subscribe(broker, pattern) as two:
        with Command("matches", "--follow", "--output", "json", broker=broker) as follower:
            # Following begins some time after the command does: publish until it has.
            published = []
            while not published or not follower_has_line(follower):
                published.append(cli("publish", stdin=event(1, "followed"), broker=broker, check=0).stdout.strip())
            notice = follower.read_event()
            assert notice["eventId"] in published
            assert sorted(notice["connectionIds"]) == sorted([one.connection_id, two.connection_id])


def follower_has_line(command):
    return bool(select.select([command.process.stdout], [], [], 0.2)[0])


def test_requests_are_signed_where_there_are_credentials(locked_broker):
    unsigned = cli("publish", stdin=event(1), broker=locked_broker, check=2)
    assert "the broker wants signed requests" in unsigned.stderr
    aws = client_environment()
    own = clean_environment(LAMBDALESS_ACCESS_KEY_ID=ACCESS_KEY_ID, LAMBDALESS_SECRET_ACCESS_KEY=SECRET_ACCESS_KEY)
    flags = ["--access-key-id", ACCESS_KEY_ID, "--secret-access-key", SECRET_ACCESS_KEY]
    for environment, extra in [(aws, []), (own, []), (None, flags)]:
        options = {"broker": locked_broker, "environment": environment, "check": 0}
        cli("publish", *extra, stdin=event(1) + "\n" + event(2), **options)
        cli("publish", "--source", "a", "--detail-type", "b", *extra, **options)
        cli("connections", *extra, **options)
        with subscribe(locked_broker, '{"source":["signed"]}') as subscriber:
            cli("send", subscriber.connection_id, "signed", *extra, **options)
            cli("matches", "-e", event(1, "signed"), "--all", *extra, **options)
    wrong = cli("connections", broker=locked_broker, environment=client_environment(secret="wrong"), check=2)
    assert "The request signature we calculated does not match" in wrong.stderr
    refused = cli("connections", "--no-sign-request", broker=locked_broker, environment=aws, check=2)
    assert "the broker wants signed requests" in refused.stderr


@pytest.mark.parametrize(
    "variable", ["LAMBDALESS_ENDPOINT_URL", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]
)
def test_the_endpoint_comes_from_the_environment(broker, variable):
    for path in ["", "/dev", "/dev/"]:
        cli("connections", environment=clean_environment(**{variable: broker.url + path}), check=0)


@pytest.mark.parametrize(
    "flags, code, reason",
    [
        (["--allowed-origin", "foo"], 2, "'foo' cannot be an allowed origin"),
        (["--allowed-origin", "https://app.example.com/"], 2, "https://app.example.com or"),
        (["--fsync", "full"], 64, "--fsync full is for a log on disk"),
    ],
)
def test_serve_refuses_what_would_do_nothing(flags, code, reason):
    assert reason in cli("serve", "--port", "0", "--log", "memory", *flags, check=code).stderr


def test_no_broker_is_said_plainly():
    url = f"http://127.0.0.1:{free_port()}"
    commands = [["connections"], ["subscribe", '{"a":[1]}'], ["publish", "--source", "a", "--detail-type", "b"]]
    for command in commands:
        result = cli(*command, "--endpoint-url", url, check=2)
        assert f"no broker at {url}: connection refused; start one with `lambdaless serve`" in result.stderr
    assert "TLS is not there yet" in cli("connections", "--endpoint-url", "https://broker", check=2).stderr
