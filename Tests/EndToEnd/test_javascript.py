"""The JavaScript client that the broker serves, in Node and in Chromium."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest
import requests

from breaker import Breaker
from browser import Page
from conftest import DEADLINE, ROOT, Broker, clean_environment, free_port

FOLDER = ROOT / "Tests/Browser"
SEED = int(os.environ.get("LAMBDALESS_SEED", random.SystemRandom().randrange(2**32)))
EVENTS = 2_000


def node(*arguments, **environment):
    """Debian's packages for Node are found by NODE_PATH also by a Node that is not Debian's."""
    return subprocess.Popen(
        ["node", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=clean_environment(NODE_PATH="/usr/share/nodejs", **environment),
    )


def output(process):
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, out + err
    return out


@pytest.fixture(scope="module")
def module(broker, tmp_path_factory):
    """The module as the broker serves it, in a file that every Node takes for a module."""
    answer = requests.get(f"{broker.url}/lambdaless.js", timeout=DEADLINE)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.content == (ROOT / "Sources/Gateway/Browser/lambdaless.js").read_bytes()
    file = tmp_path_factory.mktemp("module") / "lambdaless.mjs"
    file.write_bytes(answer.content)
    return file


def test_units():
    output(node("--test", FOLDER / "subscription.test.mjs"))


def test_the_module_is_revalidated(broker):
    first = requests.get(f"{broker.url}/lambdaless.js", timeout=DEADLINE)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = requests.get(
        f"{broker.url}/lambdaless.js", headers={"If-None-Match": first.headers["ETag"]}, timeout=DEADLINE)
    assert again.status_code == 304 and again.content == b""
    head = requests.head(f"{broker.url}/lambdaless.js", timeout=DEADLINE)
    assert head.headers["Content-Length"] == str(len(first.content)) and head.content == b""


def node_has_websocket():
    return output(node("-p", "typeof WebSocket")).strip() == "function"


def publish_numbers(brokers, breaker, chance):
    """Numbered events, while connections are cut off in every way."""
    number = 0
    while number < EVENTS:
        if number > EVENTS // 4 * (brokers.restarts + 1):
            brokers.restart(chance.choice((signal.SIGKILL, signal.SIGTERM)))
        broker = brokers.current
        events = [
            {"source": "numbers", "detail-type": "n", "detail": {"n": n, "text": chance.randbytes(80).hex()}}
            for n in range(number, min(EVENTS, number + chance.randint(1, 20)))
        ]
        number += len(events)
        answer = requests.post(f"{broker.url}/dev/events", json=events, timeout=DEADLINE).json()
        assert answer["FailedEntryCount"] == 0, answer
        if chance.random() < 0.1:
            connections = requests.get(f"{broker.url}/dev/@connections", timeout=DEADLINE).json()["connections"]
            for connection in chance.sample(connections, min(3, len(connections))):
                requests.delete(f"{broker.url}/dev/@connections/{connection['connectionId']}", timeout=DEADLINE)
        if chance.random() < 0.02:
            breaker.restart(chance.uniform(0, 0.1))
        time.sleep(chance.uniform(0, 0.03))


class Brokers:
    """One broker after the other, on one port and one log."""

    def __init__(self, folder):
        self.restarts, self._flags = 0, ("--log", "disk", "--data", str(folder))
        self.current = Broker(*self._flags)

    def restart(self, by):
        self.restarts += 1
        self.end(by)
        self.current = Broker(*self._flags, port=self.current.port)

    def end(self, by=signal.SIGKILL):
        self.current.process.send_signal(by)
        self.current.process.wait(DEADLINE)


def test_every_event_comes_once_and_in_order_however_often_the_connection_breaks(module, tmp_path):
    print(f"\nLAMBDALESS_SEED={SEED}")
    brokers = Brokers(tmp_path)
    broker = brokers.current
    chance = random.Random(SEED)
    page_script = f"""
        import * as client from "{broker.url}/lambdaless.js";
        import {{ follow }} from "./followers.mjs";
        const report = (result) => fetch("/", {{ method: "POST", body: JSON.stringify(result) }});
        follow(client, "ws://127.0.0.1:{{port}}/dev", {EVENTS - 1}, {{}}, "page")
            .then(report, (error) => report({{ failure: String(error) }}));
    """
    with contextlib.ExitStack() as stack:
        stack.callback(brokers.end)
        breaker = stack.enter_context(Breaker(free_port(), broker.port, SEED))
        url = f"ws://127.0.0.1:{breaker.port}/dev"
        page = stack.enter_context(
            Page(page_script.replace("{port}", str(breaker.port)), [FOLDER / "followers.mjs"]))
        kinds = ["ws"] + ["own"] * node_has_websocket()
        programs = {
            kind: node(FOLDER / "node.mjs", module, url, EVENTS - 1, LAMBDALESS_WEBSOCKET=kind) for kind in kinds
        }
        for process in programs.values():
            stack.callback(process.kill)
        wait_for_sessions(broker, {"page", *kinds})
        publish_numbers(brokers, breaker, chance)
        results = {kind: json.loads(output(process)) for kind, process in programs.items()}
        results["chromium"] = page.told()
    for kind, followers in results.items():
        assert "failure" not in followers, followers
        for name, seen in followers.items():
            assert seen["numbers"] == list(range(EVENTS)), f"{kind}, {name}"
            assert seen["gaps"] == [] and seen["errors"] == [], f"{kind}, {name}: {seen['gaps']} {seen['errors']}"
        print(kind, {name: (seen["connections"], seen["pauses"]) for name, seen in followers.items()})
        assert followers["events"]["connections"] > 20 and followers["slow"]["pauses"] > 0
    print(breaker.cuts, "cuts,", brokers.restarts, "restarts")


def wait_for_sessions(broker, names):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        sessions = requests.get(f"{broker.url}/dev/@sessions", timeout=DEADLINE).json()["sessions"]
        if names <= {session["name"] for session in sessions if session["pattern"]}:
            return
        time.sleep(0.05)
    raise AssertionError(f"no sessions {names}")


def snippets(broker):
    """The programs in the README's section, with the address of the broker under test."""
    section = re.search(r"## In the browser and Node\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.S).group(1)
    page, program = re.findall(r"```js\n(.*?)```", section, re.S)
    assert "127.0.0.1:8080" in page and "127.0.0.1:8080" in program
    return [code.replace("127.0.0.1:8080", f"127.0.0.1:{broker.port}") for code in (page, program)]


def publish_order(broker, total):
    event = {"source": "shop", "detail-type": "Order placed", "detail": {"total": total}}
    assert requests.post(f"{broker.url}/dev/events", json=event, timeout=DEADLINE).json()["FailedEntryCount"] == 0


def test_the_page_in_the_readme_goes_on_after_a_reload(broker):
    tell = """
        const tell = (what) => fetch("/", { method: "POST", body: JSON.stringify(what) });
        new MutationObserver(() => tell(document.title)).observe(document.querySelector("title"), { childList: true });
        while (subscription.status !== "open") await new Promise((resolve) => setTimeout(resolve, 10));
        if (!sessionStorage.wasHere) {
          sessionStorage.wasHere = true;
          await tell("open");
          while (!localStorage.cursor) await new Promise((resolve) => setTimeout(resolve, 10));
          subscription.close();
          await tell("closed");
          setTimeout(() => location.reload(), 300);
        }
    """
    with Page(snippets(broker)[0] + tell) as page:
        assert page.told() == "open"
        publish_order(broker, 1)
        assert {page.told(), page.told()} == {"Order placed: 1", "closed"}
        publish_order(broker, 2)
        assert page.told() == "Order placed: 2", "missed while the page was away"
        publish_order(broker, 3)
        assert page.told() == "Order placed: 3"


def test_the_program_in_the_readme_runs(broker, module):
    (module.parent / "program.mjs").write_text(snippets(broker)[1])
    # A Node before 22, as in Debian 12, has no WebSocket of its own.
    (module.parent / "websocket.mjs").write_text(
        'import { createRequire } from "node:module";\n'
        'globalThis.WebSocket ??= createRequire(import.meta.url)("ws");\n')
    process = node("--import", f"file://{module.parent}/websocket.mjs", module.parent / "program.mjs")
    assert output(process).endswith("{ total: 250 }\n")


def test_what_is_published_again_under_a_key_is_there_once(broker, module, tmp_path):
    program = tmp_path / "publish.mjs"
    program.write_text("""
        const [module, url] = process.argv.slice(2);
        const { publish } = await import(module);
        const order = (total) => ({ source: "shop", "detail-type": "t", detail: { total } });
        const named = { idempotencyKey: "order-6" };
        const ids = [await publish(url, order(1), named), await publish(url, order(1), named)];
        const refusal = await publish(url, order(2), named).catch((error) => error.type);
        const unnamed = [await publish(url, order(1)), await publish(url, order(1))];
        console.log(JSON.stringify({ ids, refusal, unnamed }));
    """)
    told = json.loads(output(node(program, module, f"{broker.url}/dev")))
    assert told["ids"][0] == told["ids"][1] and told["refusal"] == "IdempotentParameterMismatchException"
    assert told["unnamed"][0] != told["unnamed"][1]


def test_a_gap_is_told_of_when_the_log_has_forgotten(module, tmp_path):
    """A broker that keeps its log in memory, and is started again."""
    program = tmp_path / "gap.mjs"
    program.write_text("""
        import { createRequire } from "node:module";
        const [module, url] = process.argv.slice(2);
        const { subscribe } = await import(module);
        const WebSocket = globalThis.WebSocket ?? createRequire("/")("ws");
        const subscription = subscribe(url, { source: ["shop"] }, {
          WebSocket,
          onLive: () => console.log("live"),
          onGap: (gap) => console.log("gap", Object.keys(gap)),
          onEvent: ({ detail }) => {
            console.log(detail.total);
            if (detail.total === 2) subscription.close();
          },
        });
    """)
    old = Broker()
    process = node(program, module, old.websocket_url)
    try:
        assert process.stdout.readline() == "live\n"
        publish_order(old, 1)
        assert process.stdout.readline() == "1\n"
        old.stop()
        new = Broker(port=old.port)
        try:
            publish_order(new, 2)
            lines = output(process).splitlines()
            # Without an oldest event when the client is there before the event is.
            assert lines[0] in ("gap [ 'oldest' ]", "gap []") and "2" in lines
        finally:
            new.stop()
    finally:
        process.kill()
        old.stop()
