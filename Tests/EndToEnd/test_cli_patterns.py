"""The commands that need no broker: test and explain."""

import json
import subprocess

import pytest

from cli import OnTerminal, cli, json_lines
from conftest import DEADLINE, PROGRAM, clean_environment

EVENTS = '{"a":"x","n":1.50}\n\n{"a":"y"}\n{"b":1, "a":"x"}\n'


def test_one_event_is_answered_in_words_and_in_the_exit_code():
    matched = cli("test", "-p", '{"a":["x"]}', "-e", '{"a":"x"}', check=0)
    assert (matched.stdout, matched.stderr) == ("match\n", "")
    missed = cli("test", "-p", '{"a":["x"]}', "-e", '{"a":"y"}', check=1)
    assert (missed.stdout, missed.stderr) == ("no match\n", "")
    assert cli("test", "-p", '{"a":["x"]}', "-e", '{"a":"y"}', "--output", "json", check=1).stdout == '{"result":false}\n'


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["-p", '{"a":1}', "-e", "{}"], '"a" must be an object or an array ($.a, line 1, column 7)'),
        (["-p", "{", "-e", "{}"], "Unexpected end-of-input"),
        (["-p", '{"a":[1]}', "-e", '{"a":01}'], "the event is not valid JSON"),
        (["-p", '{"a":[1]}', "-e", "no/such/file"], "'no/such/file' is neither JSON"),
        (["-p", "exact/numbre", "-e", "{}"], "exact/number"),
        (["--cases", "no/such/file"], "cannot open no/such/file: no such file or directory"),
    ],
)
def test_bad_input_says_what_is_wrong_and_exits_with_2(arguments, reason):
    result = cli("test", *arguments, check=2)
    assert result.stdout == "" and reason in result.stderr and result.stderr.startswith("lambdaless: ")


@pytest.mark.parametrize(
    "arguments",
    [["test"], ["test", "-p", "{}", "--cases", "x"], ["matches"], ["subscribe"], ["publish", "--source", "a"], ["nope"]],
)
def test_wrong_usage_exits_with_64(arguments):
    assert "Usage: lambdaless" in cli(*arguments, check=64).stderr


def test_many_events_are_filtered_as_grep_does(tmp_path):
    matching = EVENTS.splitlines()[0] + "\n" + EVENTS.splitlines()[3] + "\n"
    pattern = ["-p", '{"a":["x"]}']
    assert cli("test", *pattern, stdin=EVENTS, check=0).stdout == matching
    assert cli("test", *pattern, "-e", "-", stdin=EVENTS, check=0).stdout == matching
    (tmp_path / "events").write_text(EVENTS)
    assert cli("test", *pattern, "-e", str(tmp_path / "events"), check=0).stdout == matching
    assert cli("test", "-p", '{"a":["z"]}', stdin=EVENTS, check=1).stdout == ""
    results = json_lines(cli("test", *pattern, "--output", "json", stdin=EVENTS, check=0).stdout)
    assert results == [{"line": 1, "result": True}, {"line": 3, "result": False}, {"line": 4, "result": True}]


def test_a_bad_line_among_events_is_reported_and_the_rest_goes_on():
    result = cli("test", "-p", '{"a":["x"]}', stdin='{"a":"x"}\n{"a":}\n{"a":"x"}\n', check=2)
    assert result.stdout == '{"a":"x"}\n{"a":"x"}\n'
    assert "line 2: the event is not valid JSON" in result.stderr


def test_an_event_spread_over_lines_is_one_event():
    assert cli("test", "-p", '{"a":["x"]}', "-e", "-", stdin='{\n "a":\n "x"\n}\n', check=0).stdout == "match\n"


def test_a_filter_passes_events_on_as_they_come():
    process = subprocess.Popen(
        [PROGRAM, "test", "-p", '{"a":["x"]}'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=clean_environment(),
    )
    with process:
        for n in range(3):
            process.stdin.write('{"a":"x","n":%d}\n' % n)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["n"] == n
        process.stdin.close()
        assert process.wait(DEADLINE) == 0


def test_a_reader_that_goes_away_is_no_failure():
    events = '{"a":"x"}\n' * 200_000
    process = subprocess.Popen(
        f"'{PROGRAM}' test -p '{{\"a\":[\"x\"]}}' | head -1; exit ${{PIPESTATUS[0]}}", shell=True, text=True,
        executable="/bin/bash", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    out, err = process.communicate(events, timeout=DEADLINE)
    assert (out, err, process.returncode) == ('{"a":"x"}\n', "", 0)


def test_a_pattern_has_a_name_in_the_library(tmp_path):
    events = "Patterns/exact/number.misses.jsonl"
    assert cli("test", "-p", "exact/number", "-e", events, check=1).stdout == ""
    (tmp_path / "mine.json").write_text('{"a":["x"]}')
    own = clean_environment(LAMBDALESS_PATTERNS=str(tmp_path))
    assert cli("test", "-p", "mine", "-e", '{"a":"x"}', environment=own, check=0).stdout == "match\n"
    # Found beside the program, too, wherever one is.
    assert cli("test", "-p", "exact/number", "-e", '{"a":"x"}', cwd="/", check=1).stdout == "no match\n"


def test_names_are_told_of_a_library_that_is_a_link(tmp_path):
    (tmp_path / "library/own").mkdir(parents=True)
    (tmp_path / "library/own/mine.json").write_text('{"a":["x"]}')
    (tmp_path / "Patterns").symlink_to(tmp_path / "library")
    linked = clean_environment(LAMBDALESS_PATTERNS=str(tmp_path / "Patterns"))
    for options in [{"cwd": tmp_path}, {"environment": linked, "cwd": "/"}]:
        assert cli("test", "-p", "own/mine", "-e", '{"a":"x"}', **options, check=0).stdout == "match\n"
        assert "there are own/mine\n" in cli("test", "-p", "own/mien", "-e", "{}", **options, check=2).stderr


CASES = [
    {"name": "hit", "pattern": '{"a":["x"]}', "event": '{"a":"x"}', "expect": True},
    {"name": "miss", "pattern": '{"a":["x"]}', "event": '{"a":"\\u0079"}', "expect": False},
    {"name": "valid", "pattern": '{"a":["x"]}', "event": None, "expect": "valid"},
    {"name": "bad pattern", "pattern": '{"a":"x"}', "event": None, "expect": "error"},
    {"name": "bad event", "pattern": '{"a":["x"]}', "event": '{"a":', "expect": "error"},
    {"name": "half a pair \ud800", "pattern": '{"a":["\\ud800"]}', "event": '{"a":"\\ud800"}'},
]


def table(cases):
    return "\n".join(json.dumps(case) for case in cases) + "\n"


def test_a_table_of_cases_is_run(tmp_path):
    (tmp_path / "cases").write_text(table(CASES))
    result = cli("test", "--cases", str(tmp_path / "cases"), check=0)
    assert result.stdout.splitlines()[-1] == "6 cases: 5 as expected, 1 without expectation"
    results = json_lines(cli("test", "--cases", "-", "--output", "json", stdin=table(CASES), check=0).stdout)
    assert [row["name"] for row in results] == [case["name"] for case in CASES]
    assert [row["result"] for row in results[:5]] == [True, False, "valid", "error", "error"]
    assert [row["message"] for row in results[:3]] == [None, None, None]
    assert results[3]["message"].split("\n")[0] == '"a" must be an object or an array'
    assert "[Source: (String)" in results[3]["message"]
    assert results[4]["message"].startswith("Unexpected end-of-input")


def test_a_case_that_differs_is_shown_and_exits_with_1():
    cases = [dict(CASES[0], expect=False), dict(CASES[3], expect="valid"), CASES[1]]
    result = cli("test", "--cases", "-", stdin=table(cases), check=1)
    assert result.stdout.splitlines() == [
        "line 1: hit: expected false, got true",
        'line 2: bad pattern: expected valid, got error: "a" must be an object or an array',
        "3 cases: 1 as expected, 2 differ",
    ]


@pytest.mark.parametrize(
    "line, reason",
    [
        ("{", "Unexpected end-of-input"),
        ('{"name":"a","event":null}', 'a case needs a "pattern"'),
        ('{"name":"a","pattern":"{}"}', 'a case needs an "event", which may be null'),
        ('{"pattern":{"a":["x"]},"event":null}', '"pattern" must be a string that holds JSON text'),
        ('{"pattern":"{}","event":null,"expect":"yes"}', '"expect" must be true, false, "valid" or "error", not "yes"'),
    ],
)
def test_a_line_that_is_no_case_is_reported_and_the_rest_runs(line, reason):
    text = line + "\n" + table(CASES[:1])
    result = cli("test", "--cases", "-", "--output", "json", stdin=text, check=2)
    assert json_lines(result.stdout) == [{"name": "hit", "result": True, "message": None}]
    assert result.stderr.startswith("lambdaless: line 1: ") and reason in result.stderr


def test_explain_draws_a_tree():
    pattern = '{"source":["a"],"detail":{"state":["on"],"n":[{"numeric":[">",3]}]}}'
    result = cli("explain", "-p", pattern, "-e", '{"source":"a","detail":{"State":"on","n":5}}', check=1)
    assert result.stdout.splitlines() == [
        "✗ no match",
        '  ✓ source: "a", which is "a"',
        "  ✗ detail",
        '    ✗ state: nothing there, expected "on"',
        "        the event has detail.State: names are compared with their case",
        '    ✓ n: 5, which is {"numeric":[">",3]}',
    ]
    assert cli("explain", "-p", '{"a":[1]}', "-e", '{"a":1}', check=0).stdout.splitlines()[0] == "✓ match"


def test_explain_answers_in_json():
    result = cli("explain", "-p", '{"a":["x"],"$or":[{"b":[1]},{"c":[2]}]}', "-e", '{"a":"X","c":2.0}', "--output", "json", check=1)
    (answer,) = json_lines(result.stdout)
    leaf, alternatives = answer["nodes"]
    assert (answer["matched"], leaf["path"], leaf["found"], leaf["expected"]) == (False, "a", ['"X"'], ['"x"'])
    assert "case only" in leaf["cause"] and "case only" in answer["summary"]
    assert [branch["matched"] for branch in alternatives["or"]] == [False, True]


def test_explain_tells_what_is_no_address():
    result = cli("explain", "-p", '{"ip":[{"cidr":"10.0.0.0/8"}]}', "-e", '{"ip":"host-1"}', check=1)
    assert "the value is no IP address" in result.stdout


def test_explain_takes_many_events():
    result = cli("explain", "-p", "exact/number", "-e", "Patterns/exact/number.misses.jsonl", check=1)
    assert [line for line in result.stdout.splitlines() if line.startswith("line ")] == ["line 1:", "line 2:", "line 3:"]


def on_a_terminal(*arguments, environment):
    with OnTerminal(*arguments, environment=environment) as command:
        return command.read_to_end()


def test_colour_is_for_terminals_that_want_it():
    arguments = ["explain", "-p", '{"a":[1]}', "-e", '{"a":1}']
    environment = clean_environment(TERM="xterm")
    del environment["NO_COLOR"]
    assert on_a_terminal(*arguments, environment=environment).startswith("\x1b[32m✓\x1b[0m match\n")
    assert on_a_terminal(*arguments, environment=environment | {"NO_COLOR": "1"}).startswith("✓ match\n")
    assert on_a_terminal(*arguments, environment=environment | {"TERM": "dumb"}).startswith("✓ match\n")
    assert cli(*arguments, environment=environment, check=0).stdout.startswith("✓ match\n")
