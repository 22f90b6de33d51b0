// node --test Tests/Browser/subscription.test.mjs: the client against a broker and a clock in the hands of the test.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { BrokerError, subscribe } from "./client.mjs";
import { event, FakeClock, FakeWebSocket, news, refusal, settled } from "./fakes.mjs";

const PATTERN = { source: ["s"] };
let clock;
let calls;
let subscriptions;

beforeEach(() => {
  clock = new FakeClock();
  FakeWebSocket.all = [];
  calls = [];
  subscriptions = [];
});

afterEach(() => {
  for (const subscription of subscriptions) subscription.close();
  clock.restore();
});

/** Subscribes, with all that the application is told in `calls`. */
async function start(options = {}, pattern = PATTERN) {
  const subscription = subscribe("ws://broker/dev", pattern, {
    WebSocket: FakeWebSocket,
    onEvent: ({ detail }) => void calls.push(detail.n),
    onGap: (gap) => calls.push(gap),
    onLive: () => calls.push("live"),
    onEnd: () => calls.push("end"),
    onError: (error, event) => calls.push(event ? [error.message, event.detail.n] : error.message),
    ...options,
  });
  subscriptions.push(subscription);
  await settled();
  return subscription;
}

/** The same, with the answer to the pattern. */
async function open(options, members = { sequence: 0 }) {
  const subscription = await start(options);
  accept(members);
  return subscription;
}

function accept(members) {
  FakeWebSocket.last.accept();
  FakeWebSocket.last.deliver(news("stored", members));
}

const SESSION_URL = "ws://broker/dev?session=s&acknowledge=true&pattern=%7B%22source%22%3A%5B%22s%22%5D%7D";

/** A subscription with a session, on its second connection: the first one only asks about the pattern. */
async function openSession() {
  const subscription = await open({ session: "s" });
  FakeWebSocket.all[0].deliver(event(0));
  assert.equal(FakeWebSocket.all[0].url, "ws://broker/dev");
  assert.equal(FakeWebSocket.last.url, SESSION_URL);
  FakeWebSocket.last.accept();
  assert.deepEqual(FakeWebSocket.last.sent, []);
  assert.equal(subscription.status, "open");
  return subscription;
}

/** Loses the connection, waits until there is the next one, and answers what that one sent. */
function reconnect(members = { sequence: 1, gap: false }) {
  FakeWebSocket.last.end();
  clock.advance(30_000);
  accept(members);
  return FakeWebSocket.last.sent[0];
}

test("sends the pattern and gives events in their order", async () => {
  const subscription = await start();
  assert.equal(FakeWebSocket.last.url, "ws://broker/dev");
  assert.equal(subscription.status, "connecting");
  assert.equal(subscription.cursor, undefined);
  accept({ sequence: 7, after: "id-0" });
  assert.deepEqual(FakeWebSocket.last.sent, [{ action: "pattern", pattern: PATTERN }]);
  assert.equal(subscription.status, "open");
  assert.equal(subscription.cursor, "id-0");
  FakeWebSocket.last.deliver(event(1), event(2));
  assert.deepEqual(calls, ["live", 1, 2]);
  assert.equal(subscription.cursor, "id-2");
});

test("takes addresses of both kinds, with and without a slash at the end", async () => {
  for (const [given, used] of [
    ["http://broker:8080/dev/", "ws://broker:8080/dev"], ["https://broker/dev?a=b#c", "wss://broker/dev?a=b"],
    ["wss://broker/dev", "wss://broker/dev"], [new URL("ws://broker/dev"), "ws://broker/dev"],
  ]) {
    subscriptions.push(subscribe(given, PATTERN, { WebSocket: FakeWebSocket }));
    await settled();
    assert.equal(FakeWebSocket.last.url, used);
  }
});

test("says at once what cannot work", () => {
  const options = { WebSocket: FakeWebSocket };
  assert.throws(() => subscribe("nowhere", PATTERN, options), TypeError);
  assert.throws(() => subscribe("ws://broker/dev", undefined, options), TypeError);
  const session = { ...options, session: "a", after: "b" };
  assert.throws(() => subscribe("ws://broker/dev", PATTERN, session), /excludes after/);
});

test("asks for the past in the words of the broker", async () => {
  const since = new Date(0);
  await start({ since, until: "2026-01-01T00:00:00Z", limit: 3, speed: "2x" });
  FakeWebSocket.last.accept();
  assert.deepEqual(FakeWebSocket.last.sent, [{
    action: "pattern", pattern: PATTERN, since: "1970-01-01T00:00:00.000Z", until: "2026-01-01T00:00:00Z", limit: 3,
    speed: "2x",
  }]);
});

test("comes back behind the last event", async () => {
  await open();
  FakeWebSocket.last.deliver(event(1), event(2));
  const message = reconnect();
  assert.deepEqual(message, { action: "pattern", pattern: PATTERN, after: "id-2" });
  FakeWebSocket.last.deliver(event(3), news("live", { sequence: 3, after: "id-3" }));
  assert.deepEqual(calls, ["live", 1, 2, 3, "live"]);
});

test("comes back to where it was acknowledged, when no event came", async () => {
  const subscription = await open({}, { sequence: 0 });
  assert.equal(reconnect().after, "0", "the log was empty: everything that it has now is new");
  subscription.close();
  await open({}, { sequence: 5, after: "id-5" });
  assert.equal(reconnect({ sequence: 5, after: "id-5", gap: false }).after, "id-5");
  FakeWebSocket.last.deliver(news("live", { sequence: 9, after: "id-9" }));
  assert.equal(reconnect().after, "id-9", "what did not match up to here need not be looked at again");
});

test("asks for the same past again, when there was no answer", async () => {
  await start({ from: "horizon" });
  FakeWebSocket.last.accept();
  assert.equal(reconnect({ sequence: 0, gap: false }).from, "horizon");
});

test("gives an event once", async () => {
  await open();
  FakeWebSocket.last.deliver(event(1), event(2));
  reconnect();
  FakeWebSocket.last.deliver(event(1), event(2), event(3));
  assert.deepEqual(calls, ["live", 1, 2, 3]);
});

test("remembers thousands of events, and not all of them", async () => {
  await open();
  for (let n = 0; n < 20_000; n++) FakeWebSocket.last.deliver(event(n));
  FakeWebSocket.last.deliver(event(16_000), event(0), event(20_000));
  assert.deepEqual(calls.slice(-2), [0, 20_000]);
  assert.equal(calls.length, 1 + 20_002);
});

test("tells of gaps where they are", async () => {
  await open();
  FakeWebSocket.last.deliver(event(1), { action: "gap", dropped: 3 }, event(5), { action: "gap" });
  reconnect({ sequence: 8, gap: true, oldest: "id-9" });
  FakeWebSocket.last.deliver(event(9), news("live", { sequence: 9, after: "id-9" }));
  assert.deepEqual(calls, ["live", 1, { dropped: 3 }, 5, {}, { oldest: "id-9" }, 9, "live"]);
});

test("waits a random time, with a bound that doubles up to its limit and falls back after a success", async () => {
  const delays = [];
  await start({ onStatus: (status, { delay }) => status === "waiting" && delays.push(delay) });
  const bounds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const bound of bounds) {
    const sockets = FakeWebSocket.all.length;
    FakeWebSocket.last.end();
    const delay = delays.at(-1);
    assert.ok(delay >= 100 && delay <= bound, `${delay} within ${bound}`);
    clock.advance(delay - 1);
    assert.equal(FakeWebSocket.all.length, sockets, "not before its time");
    clock.advance(1);
    assert.equal(FakeWebSocket.all.length, sockets + 1);
  }
  accept({ sequence: 0 });
  FakeWebSocket.last.end();
  assert.ok(delays.at(-1) <= 500);
  assert.equal(new Set(delays).size, delays.length);
});

test("its waits have the bounds that the application gave", async (context) => {
  const delays = [];
  await start({
    backoff: { shortest: 5, first: 10, longest: 20 },
    onStatus: (status, { delay }) => status === "waiting" && delays.push(delay),
  });
  for (const random of [0, 1, 1]) {
    context.mock.method(Math, "random", () => random);
    FakeWebSocket.last.end();
    clock.advance(20);
  }
  assert.deepEqual(delays, [5, 20, 20]);
});

test("tells why it waits", async () => {
  const statuses = [];
  await open({ onStatus: (status, details) => statuses.push([status, details.code, details.reason]) });
  FakeWebSocket.last.end(4008, "Slow consumer");
  assert.deepEqual(statuses, [
    ["connecting", undefined, undefined], ["open", undefined, undefined], ["waiting", 4008, "Slow consumer"],
  ]);
});

test("handles one event at a time, and moves the cursor behind it", async () => {
  const finish = [];
  const subscription = await open({
    onEvent: ({ detail }) => {
      calls.push(detail.n);
      return new Promise((resolve) => finish.push(resolve));
    },
  });
  FakeWebSocket.last.deliver(event(1), event(2), { action: "gap", dropped: 1 }, event(3));
  assert.deepEqual(calls, ["live", 1]);
  assert.equal(subscription.cursor, "0");
  finish[0]();
  await settled();
  assert.deepEqual(calls, ["live", 1, 2]);
  assert.equal(subscription.cursor, "id-1");

  const { after } = reconnect({ sequence: 3, after: "id-3", gap: false });
  assert.equal(after, "id-3", "what waits is not asked for again");
  assert.equal(subscription.cursor, "id-1");
  finish[1]();
  await settled();
  assert.deepEqual(calls, ["live", 1, 2, { dropped: 1 }, 3]);
  assert.equal(subscription.cursor, "id-2");
});

test("goes on behind an event whose handler throws", async () => {
  const subscription = await open({
    onEvent: ({ detail }) => {
      calls.push(detail.n);
      if (detail.n === 1) throw new Error("at once");
      if (detail.n === 2) return Promise.reject(new Error("later"));
    },
  });
  FakeWebSocket.last.deliver(event(1), event(2), event(3));
  await settled();
  assert.deepEqual(calls, ["live", 1, ["at once", 1], 2, ["later", 2], 3]);
  assert.equal(subscription.cursor, "id-3");
});

test("a handler that throws elsewhere breaks nothing", async () => {
  await open({ onGap: () => { throw new Error("gap"); } });
  FakeWebSocket.last.deliver({ action: "gap" }, event(1));
  assert.deepEqual(calls, ["live", "gap", 1]);
});

test("a handler may close the subscription", async () => {
  const subscription = await open({ onEvent: ({ detail }) => (calls.push(detail.n), subscription.close()) });
  FakeWebSocket.last.deliver(event(1), event(2));
  assert.deepEqual(calls, ["live", 1]);
  assert.equal(subscription.cursor, "id-1", "this one is handled");
  assert.equal(clock.count, 0);
});

test("a refused first pattern is the end", async () => {
  const subscription = await start();
  FakeWebSocket.last.accept();
  FakeWebSocket.last.deliver(refusal("InvalidEventPatternException: Event pattern is not valid. Reason:\n no"));
  assert.deepEqual(calls, ["InvalidEventPatternException: Event pattern is not valid. Reason:\n no"]);
  assert.equal(subscription.status, "closed");
  clock.advance(100_000);
  assert.equal(FakeWebSocket.all.length, 1);
});

test("a pattern that is too long for the broker is the end, too", async () => {
  const subscription = await start();
  FakeWebSocket.last.accept();
  FakeWebSocket.last.end(1009, "Message is longer than 131072 bytes (message limit)");
  assert.deepEqual(calls, ["Message is longer than 131072 bytes (message limit)"]);
  assert.equal(subscription.status, "closed");
});

test("other failures are tried again", async () => {
  await start();
  for (const message of ["Too Many Requests", "InternalServerErrorException: the event log cannot be read"]) {
    FakeWebSocket.last.accept();
    FakeWebSocket.last.deliver(refusal(message));
    assert.equal(calls.at(-1), message);
    clock.advance(30_000);
  }
  assert.equal(FakeWebSocket.all.length, 3);
  accept({ sequence: 0 });
  FakeWebSocket.last.deliver(refusal("InternalServerErrorException: the event log cannot be read"));
  clock.advance(30_000);
  assert.equal(FakeWebSocket.all.length, 4, "a replay that broke off leaves no pattern in force");
});

test("a new pattern holds from now on, or from where a replay is", async () => {
  const subscription = await open();
  FakeWebSocket.last.deliver(event(1));
  subscription.replacePattern({ source: ["b"] });
  assert.deepEqual(FakeWebSocket.last.sent[1], { action: "pattern", pattern: { source: ["b"] } });
  FakeWebSocket.last.deliver(event(2), news("stored", { sequence: 2, after: "id-2" }));
  assert.deepEqual(reconnect(), { action: "pattern", pattern: { source: ["b"] }, after: "id-2" });
  FakeWebSocket.last.deliver(event(3));
  subscription.replacePattern({ source: ["c"] });
  assert.deepEqual(FakeWebSocket.last.sent[1], { action: "pattern", pattern: { source: ["c"] }, after: "id-3" });
  // What the old pattern still had on its way comes again, if the new one matches it.
  FakeWebSocket.last.deliver(event(4), news("stored", { sequence: 3, after: "id-3", gap: false }), event(4), event(5));
  assert.deepEqual(calls, ["live", 1, 2, "live", 3, 4, 5]);
});

test("a pattern that is replaced without a connection is sent by the next one", async () => {
  const subscription = await open();
  FakeWebSocket.last.deliver(event(1));
  FakeWebSocket.last.end();
  subscription.replacePattern({ source: ["b"] });
  subscription.replacePattern({ source: ["c"] });
  clock.advance(500);
  subscription.replacePattern({ source: ["d"] });
  FakeWebSocket.last.accept();
  assert.deepEqual(FakeWebSocket.last.sent, [{ action: "pattern", pattern: { source: ["d"] }, after: "id-1" }]);
});

test("a refused replacement leaves the pattern in force, also when it comes with a new connection", async () => {
  const subscription = await open();
  subscription.replacePattern({ source: [] });
  FakeWebSocket.last.deliver(refusal("InvalidEventPatternException: no"), event(1));
  assert.deepEqual(calls, ["live", "InvalidEventPatternException: no", 1]);
  assert.deepEqual(reconnect().pattern, PATTERN);

  FakeWebSocket.last.end();
  subscription.replacePattern({ source: [] });
  clock.advance(1_000);
  FakeWebSocket.last.accept();
  assert.deepEqual(FakeWebSocket.last.sent.map((message) => message.pattern), [{ source: [] }]);
  FakeWebSocket.last.deliver(refusal("InvalidEventPatternException: no"));
  assert.deepEqual(FakeWebSocket.last.sent[1].pattern, PATTERN);
  assert.equal(subscription.status, "connecting");
});

test("closes while it connects, while it waits and before it began", async () => {
  const connecting = await start();
  connecting.close();
  assert.equal(FakeWebSocket.last.readyState, 2);
  FakeWebSocket.last.accept();
  FakeWebSocket.last.end();
  assert.deepEqual(FakeWebSocket.last.sent, []);
  assert.equal(connecting.status, "closed");

  const waiting = await open();
  FakeWebSocket.last.end();
  waiting.close();
  const early = subscribe("ws://broker/dev", PATTERN, { WebSocket: FakeWebSocket });
  early.close();
  await settled();
  clock.advance(100_000);
  assert.equal(FakeWebSocket.all.length, 2);
  assert.equal(clock.count, 0);
});

test("what a lost connection still says does not count", async () => {
  await open();
  const first = FakeWebSocket.last;
  reconnect();
  first.deliver(event(1), news("ended", { events: 1 }));
  first.end();
  FakeWebSocket.last.deliver(event(2));
  assert.deepEqual(calls, ["live", 2]);
  assert.equal(FakeWebSocket.all.length, 2);
});

test("a limit counts over all connections, and ends", async () => {
  const subscription = await start({ from: "horizon", limit: 3, until: "2026-01-01T00:00:00Z" });
  accept({ sequence: 0, gap: false });
  FakeWebSocket.last.deliver(event(1));
  const { after, limit, until } = reconnect();
  assert.deepEqual({ after, limit, until }, { after: "id-1", limit: 2, until: "2026-01-01T00:00:00Z" });
  FakeWebSocket.last.deliver(event(2), event(3), news("ended", { events: 2, after: "id-3" }));
  assert.deepEqual(calls, [1, 2, 3, "end"]);
  assert.equal(subscription.status, "closed");
  assert.equal(subscription.cursor, "id-3");
  assert.equal(clock.count, 0);
});

test("a limit that is reached when the connection is lost needs no other one", async () => {
  const subscription = await start({ from: "horizon", limit: 1 });
  accept({ sequence: 0, gap: false });
  FakeWebSocket.last.deliver(event(1));
  FakeWebSocket.last.end();
  clock.advance(500);
  assert.deepEqual(calls, [1, "end"]);
  assert.equal(subscription.status, "closed");
  assert.equal(FakeWebSocket.all.length, 1);
});

test("pauses when too much waits, and goes on from the log", async () => {
  const finish = [];
  const statuses = [];
  await open({
    buffer: 10,
    onEvent: ({ detail }) => new Promise((resolve) => finish.push(() => (calls.push(detail.n), resolve()))),
    onStatus: (status) => statuses.push(status),
  });
  for (let n = 1; n <= 20; n++) FakeWebSocket.last.deliver(event(n));
  assert.equal(FakeWebSocket.last.readyState, 2, "one is being handled, ten wait, and one was too much");
  assert.equal(statuses.at(-1), "paused");
  for (let n = 1; n <= 6; n++) {
    assert.equal(FakeWebSocket.all.length, 1);
    finish.shift()();
    await settled();
  }
  finish.shift()();
  await settled();
  assert.equal(FakeWebSocket.all.length, 2);
  accept({ sequence: 12, after: "id-12", gap: false });
  assert.equal(FakeWebSocket.last.sent[0].after, "id-12");
  FakeWebSocket.last.deliver(event(13));
  while (finish.length > 0) {
    finish.shift()();
    await settled();
  }
  assert.deepEqual(calls, ["live", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

test("is iterated over", async () => {
  const subscription = await start({ onEvent: undefined, buffer: 2, from: "horizon", limit: 9 });
  accept({ sequence: 0, gap: false });
  const seen = [];
  const loop = (async () => {
    for await (const { detail, id } of subscription) {
      assert.notEqual(subscription.cursor, id, "handled when the next one is asked for");
      seen.push(detail.n);
    }
  })();
  FakeWebSocket.last.deliver(event(1), event(2), { action: "gap", dropped: 1 });
  await settled();
  assert.deepEqual(seen, [1, 2]);
  assert.equal(subscription.cursor, "id-2");
  FakeWebSocket.last.deliver(event(4), news("ended", { events: 3, after: "id-4" }));
  await loop;
  assert.deepEqual(seen, [1, 2, 4]);
  assert.deepEqual(calls, [{ dropped: 1 }, "end"]);
  assert.equal(subscription.cursor, "id-4");
});

test("a loop that is left closes, and one whose pattern is refused throws", async () => {
  const left = await open({ onEvent: undefined });
  FakeWebSocket.last.deliver(event(1), event(2));
  for await (const { detail } of left) if (detail.n === 2) break;
  assert.equal(left.status, "closed");
  assert.equal(left.cursor, "id-1");

  const refused = await start({ onEvent: undefined });
  FakeWebSocket.last.accept();
  FakeWebSocket.last.deliver(refusal("InvalidEventPatternException: no"));
  await assert.rejects(async () => { for await (const _ of refused); }, BrokerError);

  const closed = await open({ onEvent: undefined });
  const loop = (async () => { for await (const _ of closed); })();
  closed.close();
  await loop;
});

test("events have one place to go to", async () => {
  await assert.rejects((await open())[Symbol.asyncIterator]().next(), TypeError);
});

test("an old event that others send to the connection is given, and moves no cursor", async () => {
  const withID = (n, time) => ({ ...event(n), id: `${time}-7000-8000-00000000000${n}` });
  const subscription = await open();
  FakeWebSocket.last.deliver(withID(1, "01a2173b-b4a1"), withID(2, "01a2173b-a000"));
  await settled();
  assert.deepEqual(calls, ["live", 1, 2]);
  assert.equal(subscription.cursor, withID(1, "01a2173b-b4a1").id);
  FakeWebSocket.last.deliver(withID(3, "01a2173b-b400"));
  await settled();
  assert.equal(subscription.cursor, withID(3, "01a2173b-b400").id);
});

test("what others send to the connection is told apart", async () => {
  const messages = [];
  await open({ onMessage: (text) => messages.push(text) });
  FakeWebSocket.last.deliver("hello", '{"message":"hi"}', "[1]", { connectionId: "c" }, { action: "ack" }, "null");
  FakeWebSocket.last.deliver(event(1));
  assert.deepEqual(messages, ["hello", '{"message":"hi"}', "[1]", "null"]);
  FakeWebSocket.last.deliver(refusal("Forbidden"));
  assert.deepEqual(calls, ["live", 1, "Forbidden"]);
});

test("asks a silent broker, and leaves one that does not answer", async () => {
  await open({ heartbeat: 1_000 });
  const asks = () => FakeWebSocket.last.sent.filter(({ action }) => action === "GET_CONNECTION_ID").length;
  clock.advance(1_999);
  assert.equal(asks(), 0);
  clock.advance(1);
  assert.equal(asks(), 1);
  FakeWebSocket.last.deliver({ connectionId: "c" });
  clock.advance(2_500);
  assert.equal(asks(), 2);
  assert.equal(FakeWebSocket.all.length, 1);
  clock.advance(1_000);
  assert.equal(FakeWebSocket.all[0].readyState, 2);
  clock.advance(500);
  assert.equal(FakeWebSocket.all.length, 2);
});

test("does not wait for ever for a connection", async () => {
  await start({ heartbeat: 1_000 });
  clock.advance(2_500);
  assert.equal(FakeWebSocket.all[0].readyState, 2);
  assert.equal(FakeWebSocket.all.length, 2);
  clock.advance(1_400);
  assert.equal(FakeWebSocket.all.length, 2, "the next one has its time, too");
});

test("a network that comes back is used at once", async () => {
  globalThis.addEventListener = (type, listener) => type === "online" && (globalThis.online = listener);
  globalThis.removeEventListener = (type, listener) => listener === globalThis.online && delete globalThis.online;
  try {
    const subscription = await open();
    FakeWebSocket.last.end();
    globalThis.online();
    assert.equal(FakeWebSocket.all.length, 2);
    clock.advance(500);
    assert.equal(FakeWebSocket.all.length, 2, "the wait is over");
    accept({ sequence: 0, gap: false });
    globalThis.online();
    assert.equal(FakeWebSocket.last.sent.at(-1).action, "GET_CONNECTION_ID", "the connection may be a dead one");
    clock.advance(6_000);
    assert.equal(FakeWebSocket.all.length, 3);
    subscription.close();
    assert.equal(globalThis.online, undefined);
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});

test("a session keeps its place at the broker, and is told what has been handled", async () => {
  const acks = () => FakeWebSocket.last.sent.filter(({ action }) => action === "ack").map(({ id }) => id);
  const subscription = await openSession();
  for (let n = 1; n <= 250; n++) FakeWebSocket.last.deliver(event(n));
  assert.deepEqual(acks(), ["id-100", "id-200"]);
  clock.advance(100);
  assert.deepEqual(acks(), ["id-100", "id-200", "id-250"]);
  clock.advance(1_000);
  FakeWebSocket.last.deliver(event(251));
  FakeWebSocket.last.end();
  clock.advance(500);
  FakeWebSocket.last.accept();
  assert.equal(FakeWebSocket.last.url, SESSION_URL + "&after=id-251");
  FakeWebSocket.last.deliver(event(251), event(252));
  assert.equal(calls.at(-1), 252);
  assert.equal(calls.length, 252, "nothing twice");
  clock.advance(100);
  assert.deepEqual(acks(), ["id-252"]);
  FakeWebSocket.last.deliver(event(253));
  subscription.close();
  assert.deepEqual(acks(), ["id-252", "id-253"]);
});

test("a session tells of gaps, and its pattern can be replaced", async () => {
  const subscription = await openSession();
  FakeWebSocket.last.deliver(news("stored", { sequence: 9, gap: true, oldest: "id-9" }), event(9));
  assert.deepEqual(calls, [{ oldest: "id-9" }, 9]);
  subscription.replacePattern({ source: ["b"] });
  assert.deepEqual(FakeWebSocket.last.sent.at(-1), { action: "pattern", pattern: { source: ["b"] }, after: "id-9" });
  FakeWebSocket.last.deliver(news("stored", { sequence: 9, after: "id-9", gap: false }));
  FakeWebSocket.last.end();
  clock.advance(500);
  assert.equal(FakeWebSocket.last.url, SESSION_URL.replace("22s%22%5D", "22b%22%5D") + "&after=id-9");

  FakeWebSocket.last.end();
  subscription.replacePattern({ source: [] });
  clock.advance(30_000);
  assert.equal(FakeWebSocket.last.url, "ws://broker/dev");
  FakeWebSocket.last.accept();
  FakeWebSocket.last.deliver(refusal("InvalidEventPatternException: no"));
  assert.equal(calls.at(-1), "InvalidEventPatternException: no");
  FakeWebSocket.last.deliver(news("stored", { sequence: 9 }));
  assert.equal(FakeWebSocket.last.url, SESSION_URL.replace("22s%22%5D", "22b%22%5D") + "&after=id-9");
});

test("a refused acknowledgement is no refused pattern", async () => {
  const subscription = await openSession();
  subscription.replacePattern({ source: ["b"] });
  FakeWebSocket.last.deliver(refusal("BadRequestException: the log holds no event id-1"));
  assert.equal(calls.at(-1), "BadRequestException: the log holds no event id-1");
  FakeWebSocket.last.deliver(news("stored", { sequence: 1 }));
  FakeWebSocket.last.end();
  clock.advance(500);
  assert.match(FakeWebSocket.last.url, /session=s&acknowledge=true&pattern=.*22b%22/);
});

test("a session whose first pattern is refused is the end", async () => {
  const subscription = await start({ session: "s" });
  FakeWebSocket.last.accept();
  FakeWebSocket.last.deliver(refusal("InvalidEventPatternException: no"));
  assert.equal(subscription.status, "closed");
  assert.deepEqual(calls, ["InvalidEventPatternException: no"]);
});

test("a session that another connection has taken over is not taken back", async () => {
  const subscription = await openSession();
  FakeWebSocket.last.end(4008, "Slow consumer");
  clock.advance(500);
  FakeWebSocket.last.accept();
  FakeWebSocket.last.end(4009, "Session taken over by another connection, or deleted");
  assert.equal(subscription.status, "closed");
  assert.match(calls.at(-1), /"s" was lost: 4009 Session taken over/);
});
