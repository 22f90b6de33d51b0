"""How full the index of patterns is: `lambdaless stats` and the gauges in /metrics; and what the others are."""

import json
import re
import time

import pytest
import requests

from cli import cli, subscribe
from conftest import DEADLINE, ROOT, Broker, client_environment, free_port


@pytest.fixture
def fresh_broker():
    """A broker of its own, so that all patterns in it are the test's."""
    broker = Broker()
    yield broker
    assert broker.stop() == 0, "".join(broker.log)


def stats(broker, **options):
    return json.loads(cli("stats", "--output", "json", broker=broker, check=0, **options).stdout)


def gauges(broker):
    """The index's gauges: the number by name, of tests by kind."""
    text = requests.get(broker.url + "/metrics", timeout=DEADLINE).text
    found = re.findall(r'^lambdaless_(\w+)\{bus="default"(?:,kind="(\w+)")?\} (\d+)$', text, re.MULTILINE)
    wanted = {"patterns", "distinct_patterns", "index_conjunctions", "index_fields", "index_bytes", "index_tests"}
    return {kind or name: int(value) for name, kind, value in found if name in wanted}


def test_stats_tell_what_the_patterns_are_made_of(fresh_broker):
    empty = stats(fresh_broker)
    assert (empty["patterns"], empty["tests"], empty["longestLists"]) == (0, {}, [])
    assert empty["bytes"] > 0 and empty["bytesPerDistinctPattern"] is None
    assert re.search(r"^bytes per pattern +- ", cli("stats", broker=fresh_broker, check=0).stdout, re.MULTILINE)

    several = '{"detail":{"$or":[{"n\\n":[{"numeric":[">",1]}]},{"name":[{"wildcard":"a*b"}]}]}}'
    same = '{"source":["shop"]}'
    with subscribe(fresh_broker, several), subscribe(fresh_broker, same), subscribe(fresh_broker, same):
        full = stats(fresh_broker)
        assert list(full) == [
            "patterns", "distinct", "conjunctions", "fields", "tests", "unconditional", "longestLists", "bytes",
            "operandBytes", "bytesPerDistinctPattern",
        ]
        assert [full[name] for name in ["patterns", "distinct", "conjunctions", "fields", "unconditional"]] == [
            3, 2, 3, 4, 0,
        ]
        pieces = {kind: count for kind, count in full["tests"].items() if kind.endswith("Piece")}
        assert full["tests"] == {"string": 1, "range": 1, "wildcard": 1, **pieces} and sum(pieces.values()) == 1
        assert sorted((each["test"], each["count"]) for each in full["longestLists"]) == [
            ("detail.n\n range", 1), ("detail.name wildcard", 1), ("source string", 1),
        ]
        assert full["bytesPerDistinctPattern"] == (full["bytes"] + 1) // 2 and full["operandBytes"] > 0

        text = cli("stats", broker=fresh_broker, check=0).stdout
        for row in [
            "patterns +3  connections that have one", "distinct patterns +2  .*", f"bytes +{full['bytes']:,}  .*",
            f"bytes per pattern +{full['bytesPerDistinctPattern']:,}  .*", "different tests, by kind",
            "  wildcard +1", r"  detail\.n\\n range +1",
        ]:
            assert re.search(f"^{row}$", text, re.MULTILINE), f"{row} in\n{text}"


def test_every_metric_is_described_there_and_in_the_readme(fresh_broker):
    text = requests.get(fresh_broker.url + "/metrics", timeout=DEADLINE).text
    readme = (ROOT / "README.md").read_text()
    names = re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 20
    for name in names:
        (description,) = re.findall(rf"^# HELP {name} (.+)$", text, re.MULTILINE)
        series = re.findall(rf"^{name}(?:_bucket)?\{{(.*)\}} ", text, re.MULTILINE)
        labels = [label for label in re.findall(r'(\w+)="', series[0]) if label != "le"] if series else []
        row = f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} | {description} |"
        assert row.replace("|  |", "| |") in readme, row


def test_metrics_follow_the_index(fresh_broker):
    sizes = ["patterns", "distinct_patterns", "index_conjunctions", "index_fields"]
    before = gauges(fresh_broker)
    # All kinds are there from the start, so that a graph of one begins at zero.
    assert {before[name] for name in [*sizes, "string", "wildcard", "anyOf"]} == {0}
    assert before["index_bytes"] == stats(fresh_broker)["bytes"]
    with subscribe(fresh_broker, '{"detail":{"a":[{"prefix":"x"}],"b":["y","z"]}}') as one:
        with subscribe(fresh_broker, '{"detail":{"a":[{"prefix":"x"}]}}') as two:
            # The gauges are set right after the change that was acknowledged; a later question has them.
            full = stats(fresh_broker)
            stats(fresh_broker)
            during = gauges(fresh_broker)
            assert [during[name] for name in sizes] == [2, 2, 2, 3]
            assert {name: during[name] for name in full["tests"]} == {"prefix": 1, "string": 2, "anyOf": 1}
            assert during["index_bytes"] == full["bytes"]
            cli("disconnect", two.connection_id, broker=fresh_broker, check=0)
            two.read_note("trying again in")
            two.process.kill()
        cli("disconnect", one.connection_id, broker=fresh_broker, check=0)
        one.read_note("trying again in")
        one.process.kill()
    # That a connection is gone is heard a moment later.
    deadline = time.monotonic() + DEADLINE
    while stats(fresh_broker)["patterns"] > 0:
        assert time.monotonic() < deadline
    stats(fresh_broker)
    after = gauges(fresh_broker)
    assert {value for name, value in after.items() if name != "index_bytes"} == {0} and set(after) == set(before)


def test_stats_are_signed_where_there_are_credentials(locked_broker):
    assert "the broker wants signed requests" in cli("stats", broker=locked_broker, check=2).stderr
    assert requests.get(f"{locked_broker.url}/dev/stats", timeout=DEADLINE).status_code == 403
    assert stats(locked_broker, environment=client_environment())["patterns"] == 0
    wrong = cli("stats", broker=locked_broker, environment=client_environment(secret="wrong"), check=2)
    assert "The request signature we calculated does not match" in wrong.stderr


def test_stats_of_no_stage_and_no_broker_are_refused(broker):
    assert "Forbidden" in cli("stats", "--stage", "nowhere", broker=broker, check=2).stderr
    assert "no broker at" in cli("stats", "--endpoint-url", f"http://127.0.0.1:{free_port()}", check=2).stderr
    cli("stats", "extra", broker=broker, check=64)


def test_names_of_strangers_cannot_steer_the_terminal(fresh_broker):
    pattern = json.dumps({"detail": {"a\u009b31mRED\u202egnp.\u0085x": [1]}}, ensure_ascii=False)
    with subscribe(fresh_broker, pattern):
        for command in (["stats"], ["connections"], ["matches", "--all", "-e", '{"source":"s","detail":{}}']):
            text = cli(*command, broker=fresh_broker).stdout
            assert "\\u009b31mRED\\u202e" in text, text
            assert not set("\u009b\u202e\u0085") & set(text)
