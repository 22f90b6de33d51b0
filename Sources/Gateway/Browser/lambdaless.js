/**
 * A client for Lambdaless brokers, in browsers and in Node (18 or later). It depends on nothing.
 *
 *     import { subscribe } from "http://localhost:8080/lambdaless.js";
 *
 *     const subscription = subscribe("ws://localhost:8080/dev", { source: ["shop"] }, {
 *       after: localStorage.getItem("cursor") ?? undefined,
 *       async onEvent(event) {
 *         await show(event);
 *         localStorage.setItem("cursor", event.id);
 *       },
 *     });
 *
 * Every matching event comes once and in the order of publishing, however often the connection is lost in between: the
 * client connects again, after a random time with a bound that doubles, and asks for what came after the last event it
 * got. What the broker's log does not hold any more is told as a gap.
 *
 * @module lambdaless
 */

/**
 * An event as EventBridge sends it. Its `id` is its place in the broker's log.
 *
 * @typedef {{id: string, source: string, "detail-type": string, detail: any, time: string, account: string,
 *     region: string, resources: string[], version: string}} BusEvent
 */

/**
 * - `connecting`: no answer to the pattern yet.
 * - `open`: the broker has the pattern.
 * - `waiting`: for the next attempt to connect.
 * - `paused`: more events wait for the application than the buffer holds; goes on from the log when half of them are
 *   handled.
 * - `closed`: for good.
 *
 * @typedef {"connecting" | "open" | "waiting" | "paused" | "closed"} Status
 */

/**
 * Events are missing here.
 *
 * @typedef {object} Gap
 * @property {number} [dropped] how many, if the broker knows
 * @property {string} [oldest] the id of the oldest event that the broker's log still holds
 */

/**
 * @typedef {object} SubscribeOptions
 *
 * @property {string | number} [after] begin behind this event: an event's `id`, or a `cursor` that was kept
 * @property {string | Date} [since] begin with the first event that arrived at this time or later
 * @property {"horizon" | "latest"} [from] begin with the oldest event of the log, or (as without it) with the next one
 * @property {string | Date} [until] end before the first event that arrived later than this
 * @property {number} [limit] end after so many events
 * @property {string | number} [speed] of past events: so many a second, or `"2x"` for twice the original pace
 * @property {string} [session] the name of a session, whose cursor the broker keeps: whoever subscribes with this name
 *     goes on behind the last event that was handled, and takes it over from another connection that has it; excludes
 *     all of the above. There is no `onLive` with it.
 *
 * @property {(event: BusEvent) => void | Promise<void>} [onEvent] is given one event at a time: the next one comes, and
 *     `cursor` moves, when its promise is settled. Without it, iterate over the subscription.
 * @property {(gap: Gap) => void} [onGap] events are missing between the last one and the next one
 * @property {() => void} [onLive] the past is over: the next events come as they are published; again after
 *     a reconnect
 * @property {() => void} [onEnd] a subscription with `until` or `limit` has come to its end
 * @property {(status: Status, details: {code?: number, reason?: string, delay?: number}) => void} [onStatus]
 *     `waiting` comes with why the connection ended, and with the milliseconds until the next attempt
 * @property {(error: Error, event?: BusEvent) => void} [onError] what `onEvent` threw, and what the broker refused.
 *     After a refused first pattern the subscription is closed; all else goes on. Logs to the console if left out.
 * @property {(text: string) => void} [onMessage] what somebody sent to this connection through `@connections`
 *
 * @property {typeof WebSocket} [WebSocket] where there is no global one: Node before 22
 * @property {number} [buffer] how many events wait for the application at most; default 1,000
 * @property {number} [heartbeat] milliseconds: after two of them without a word from the broker it is asked whether it is
 *     there, and after a third the connection counts as lost; default 15,000; 0 never asks
 * @property {{shortest?: number, first?: number, longest?: number}} [backoff] milliseconds between attempts: a random
 *     time from `shortest` (100) to a bound that begins at `first` (500) and doubles with each attempt up to `longest`
 *     (30,000)
 */

/**
 * Subscribes to the events that match a pattern.
 *
 * @param {string | URL} url of the broker's stage: `ws://localhost:8080/dev`; in a page also relative to it: `/dev`
 * @param {object | string} pattern an event pattern, or its JSON text
 * @param {SubscribeOptions} [options]
 * @returns {Subscription}
 */
export function subscribe(url, pattern, options = {}) {
  return new Subscription(url, pattern, options);
}

/**
 * Publishes events, to a broker that asks for no signatures.
 *
 * @param {string | URL} url of the broker's stage
 * @param {object | object[]} events with `source`, `detail-type` and `detail`
 * @param {{idempotencyKey?: string, headers?: object, signal?: AbortSignal}} [options] `idempotencyKey` names the
 *     request, so that it can be sent again when no answer came: within five minutes nothing is there twice
 * @returns {Promise<string[]>} the ids of the events
 * @throws {BrokerError} with `entries`, the broker's answer for each event, if it did not take all of them
 */
export async function publish(url, events, options = {}) {
  const response = await fetch(stage(url, "http", "/events"), {
    method: "POST",
    headers: {
      ...defined({ "Content-Type": "application/json", "Idempotency-Key": options.idempotencyKey }),
      ...options.headers,
    },
    body: JSON.stringify(events),
    signal: options.signal,
  });
  const { Entries: entries, message } = parse(await response.text()) ?? {};
  const failed = entries?.find((entry) => entry.ErrorCode);
  if (failed) throw new BrokerError(failed.ErrorCode, failed.ErrorMessage, entries);
  if (!entries) {
    const type = response.headers.get("x-amzn-errortype") ?? `HTTP ${response.status}`;
    throw new BrokerError(type, message ?? response.statusText);
  }
  return entries.map((entry) => entry.EventId);
}

/** What the broker refuses. */
export class BrokerError extends Error {
  /**
   * @param {string} type
   * @param {string} message
   * @param {object[]} [entries]
   */
  constructor(type, message, entries) {
    super(type ? `${type}: ${message}` : message);
    this.name = "BrokerError";
    /** The name of the exception: `InvalidEventPatternException`. */
    this.type = type;
    /** Of `publish`: the broker's answer for each event. */
    this.entries = entries;
  }

  /** @param {string} text `InvalidEventPatternException: Event pattern is not valid. …`, or words only */
  static fromFrame(text) {
    const [, type, message] = /^(?:(\w+Exception): )?(.*)$/s.exec(text);
    return new BrokerError(type ?? "", message);
  }

  /** Whether the same request would be refused again. */
  get isFinal() {
    return this.type === "InvalidEventPatternException" || this.type === "BadRequestException";
  }
}

/**
 * A pattern kept at a broker. Made by {@link subscribe}.
 *
 * Without `onEvent` it is iterated over: `for await (const event of subscription)`. Then `cursor` moves when the next
 * event is asked for, so that of a loop that is left the last event counts as not handled; leaving the loop closes the
 * subscription.
 */
export class Subscription {
  /** @type {SubscribeOptions} */ #options;
  #url;
  #WebSocket;
  /** @type {Status} */ #status = "connecting";

  // What is asked for. Patterns are JSON texts.
  #wanted;
  /** The newest pattern that the broker has taken. */
  #accepted;
  /** Patterns that this connection has sent and that have no answer yet. */
  #unanswered = [];
  /** Where a new connection begins: behind everything that is in the queue or was. */
  #place = {};
  /** `until`, `limit` and `speed`, as long as they matter. */
  #bounds = {};

  // The connection.
  #socket;
  #isReplaying = true;
  /** Whether it only asks if the broker takes the pattern. */
  #isTrial = false;
  #isStopped = false;
  #backoff;
  #retryTimer;
  #heartbeatTimer;
  /** How many heartbeats have passed since the broker was last heard. */
  #silence = 0;

  // What has come, and waits to be handled.
  #queue = new Queue();
  #recent;
  #isDraining = false;
  #isIterated = false;
  /** @type {(value?: any) => void} */ #wakeIterator = () => {};
  #failure;
  /** @type {string | undefined} */ #cursor;

  // Acknowledgements of a session: ids of events.
  #lastHandled;
  #lastAcknowledged;
  #unacknowledged = 0;
  #acknowledgeTimer;

  #wake = () => this.#wakeUp();

  /**
   * @param {string | URL} url
   * @param {object | string} pattern
   * @param {SubscribeOptions} options
   */
  constructor(url, pattern, options) {
    this.#options = options;
    this.#url = stage(url, "ws");
    this.#wanted = patternText(pattern);
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket;
    if (!this.#WebSocket) throw new TypeError("there is no global WebSocket: pass one as the option WebSocket");
    const { after, since, from, until, limit, speed, session } = options;
    this.#place = defined({ after, since, from });
    this.#bounds = defined({ until, limit, speed });
    if (session !== undefined) {
      const excluded = Object.keys({ ...this.#place, ...this.#bounds }).join(", ");
      if (excluded) throw new TypeError(`a session keeps its own cursor: it excludes ${excluded}`);
    }
    this.#cursor = after === undefined ? undefined : String(after);
    this.#backoff = new Backoff(options.backoff);
    this.#recent = new RecentIDs(Math.max(4_096, 2 * this.#bufferMax));
    for (const [target, type] of wakeEvents()) target.addEventListener(type, this.#wake);
    queueMicrotask(() => this.#connect());
  }

  /**
   * Where the application has come to: give it back as `after`, and everything that was not handled comes. The id of an
   * event, or a sequence number of the log; undefined until the broker has answered.
   *
   * @type {string | undefined}
   */
  get cursor() {
    return this.#cursor;
  }

  /** @type {Status} */
  get status() {
    return this.#status;
  }

  /**
   * Has another pattern from now on; one that the broker refuses goes to `onError` and leaves the old one in force.
   * While there is no connection, and in a replay, "now" is the newest event that has come.
   *
   * @param {object | string} pattern
   */
  replacePattern(pattern) {
    this.#wanted = patternText(pattern);
    // Whoever has all events up to a limit gets no more, of any pattern.
    if (this.#socket?.readyState === OPEN && this.#bounds.limit !== 0) this.#sendPattern(this.#isReplaying);
  }

  /** Ends it. Events that wait for the application are forgotten; `cursor` tells from where on. */
  close() {
    if (this.#status === "closed") return;
    this.#acknowledge();
    this.#isStopped = true;
    for (const [target, type] of wakeEvents()) target.removeEventListener(type, this.#wake);
    this.#drop();
    this.#queue.clear();
    this.#tell("closed");
    this.#wakeIterator();
  }

  async *[Symbol.asyncIterator]() {
    if (this.#options.onEvent || this.#isIterated) {
      throw new TypeError("the events of a subscription go to onEvent, or to one loop");
    }
    this.#isIterated = true;
    try {
      while (true) {
        const item = this.#take();
        if (item) {
          if (item.event) yield item.event;
          this.#settle(item);
        } else if (this.#status === "closed") {
          if (this.#failure) throw this.#failure;
          return;
        } else {
          await new Promise((resolve) => (this.#wakeIterator = resolve));
        }
      }
    } finally {
      this.close();
    }
  }

  // Connecting

  #connect() {
    if (this.#isStopped) return;
    clearTimeout(this.#retryTimer);
    if (this.#bounds.limit === 0) return this.#stop({ end: true });
    this.#tell("connecting");
    // A session takes its pattern from the address. Why a browser's handshake was refused cannot be known, so whether
    // the broker takes a new pattern is asked for without the session.
    this.#isTrial = this.#hasSession && this.#wanted !== this.#accepted;
    let socket;
    try {
      socket = new this.#WebSocket(this.#address());
    } catch (error) {
      // An address that no attempt can reach, such as ws: from a page that came with https:.
      return this.#stop({ error });
    }
    this.#socket = socket;
    this.#unanswered = [];
    this.#silence = 0;
    this.#isReplaying = true;
    // What an earlier connection has on its way does not matter any more: its end is known, and the log has the rest.
    const whileCurrent = (body) => (event) => {
      if (this.#socket === socket) body(event);
    };
    socket.addEventListener("open", whileCurrent(() => this.#opened()));
    socket.addEventListener("message", whileCurrent(({ data }) => this.#receive(data)));
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", whileCurrent(({ code, reason }) => this.#lost(code, reason)));
    this.#beat();
  }

  get #hasSession() {
    return this.#options.session !== undefined;
  }

  #address() {
    if (!this.#hasSession || this.#isTrial) return this.#url.href;
    const url = new URL(this.#url);
    url.searchParams.set("session", this.#options.session);
    // What has only come to the browser has not been handled.
    url.searchParams.set("acknowledge", "true");
    url.searchParams.set("pattern", this.#wanted);
    // Says again what acknowledgements said, and to a broker that has forgotten the session, too.
    if (this.#lastHandled !== undefined) url.searchParams.set("after", this.#lastHandled);
    this.#lastAcknowledged = this.#lastHandled;
    return url.href;
  }

  #opened() {
    if (!this.#hasSession || this.#isTrial) return this.#sendPattern(true);
    this.#tell("open");
    if (this.#wanted !== this.#accepted) this.#sendPattern(true);
  }

  /** @param {boolean} fromPlace whether the pattern holds from where we are, instead of from now on */
  #sendPattern(fromPlace) {
    let past = fromPlace ? { ...this.#place, ...this.#bounds } : {};
    // What is handled is what a session counts from.
    if (this.#hasSession) past = this.#isTrial ? {} : defined({ after: this.#lastHandled });
    const members = JSON.stringify(past).slice(1);
    this.#unanswered.push(this.#wanted);
    this.#socket.send(`{"action":"pattern","pattern":${this.#wanted}${members === "}" ? "" : ","}${members}`);
  }

  #lost(code, reason = "") {
    // Told before the broker had read it to its end.
    const isTooLong = code === 1009 && this.#unanswered.length > 0;
    this.#drop();
    if (isTooLong) {
      this.#refused(this.#wanted, new BrokerError("", reason));
    } else if (code === SESSION_ENDED) {
      // Another connection has the session now. Both would take it from each other for ever.
      this.#stop({ error: new BrokerError("", `the session "${this.#options.session}" was lost: ${code} ${reason}`) });
    }
    this.#retry(code, reason);
  }

  #retry(code, reason) {
    if (this.#isStopped) return;
    const delay = this.#backoff.next();
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#tell("waiting", defined({ code, reason, delay }));
  }

  /** Ends the connection, without waiting for the broker to agree. */
  #drop() {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#heartbeatTimer);
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = undefined;
    if (socket && socket.readyState < CLOSING) socket.close();
    return socket;
  }

  /** Connects no more. `item` is told behind what is in the queue, and then it is closed. */
  #stop(item) {
    this.#isStopped = true;
    this.#drop();
    this.#push(item);
  }

  #beat(milliseconds = this.#options.heartbeat ?? 15_000) {
    clearTimeout(this.#heartbeatTimer);
    if (milliseconds > 0) this.#heartbeatTimer = setTimeout(() => this.#heartbeat(), milliseconds);
  }

  #heartbeat() {
    this.#silence += 1;
    const isOpen = this.#socket.readyState === OPEN;
    if (this.#silence > 2 || (this.#silence === 2 && !isOpen)) {
      // A broken connection has no end of its own; Node's `ws` can give it one.
      this.#drop()?.terminate?.();
      return this.#retry(undefined, "no answer");
    }
    if (this.#silence === 2) this.#socket.send('{"action":"GET_CONNECTION_ID"}');
    this.#beat();
  }

  /** The network is back, or the page: what was going to be tried later is tried at once. */
  #wakeUp() {
    if (globalThis.document?.visibilityState === "hidden") return;
    if (this.#status === "waiting") return this.#connect();
    if (this.#socket?.readyState !== OPEN || this.#silence > 1) return;
    this.#silence = 2;
    this.#socket.send('{"action":"GET_CONNECTION_ID"}');
    this.#beat(5_000);
  }

  // Receiving

  #receive(data) {
    this.#silence = 0;
    const frame = parse(data);
    if (this.#isTrial) {
      this.#receiveVerdict(frame);
    } else if (isEvent(frame)) {
      this.#receiveEvent(frame, data.length);
    } else if (frame?.action === "pattern" && typeof frame.status === "string") {
      this.#receiveNews(frame);
    } else if (frame?.action === "gap") {
      this.#push({ gap: defined({ dropped: frame.dropped }) });
    } else if (isError(frame)) {
      this.#receiveError(BrokerError.fromFrame(frame.message));
    } else if (!isAnswer(frame)) {
      this.#push({ message: data });
    }
  }

  #receiveVerdict(frame) {
    if (isError(frame)) return this.#receiveError(BrokerError.fromFrame(frame.message));
    if (frame?.action !== "pattern" || frame.status !== "stored") return;
    this.#accepted = this.#unanswered.shift();
    this.#drop();
    this.#connect();
  }

  #receiveEvent(event, size) {
    if (!this.#recent.add(event.id)) return;
    this.#backoff.reset();
    if (isFarBehind(event.id, this.#place?.after)) {
      // Somebody has sent it here (`replay --to`): going on behind it would bring everything since once more.
      this.#push({ event, size });
    } else {
      this.#place = { after: event.id };
      if (this.#bounds.limit !== undefined) this.#bounds.limit -= 1;
      this.#push({ event, size, cursor: event.id });
    }
    if (this.#queue.count > this.#bufferMax || this.#queue.size > QUEUE_SIZE_MAX) {
      this.#drop();
      this.#tell("paused");
    }
  }

  #receiveNews({ status, sequence, after, gap, oldest, replaced }) {
    // The session had another pattern: it was meant to be replaced, and its place says nothing of what was handled.
    if (replaced !== undefined && !gap) return;
    const cursor = after ?? (sequence === undefined ? undefined : String(sequence));
    if (cursor !== undefined) {
      this.#place = { after: cursor };
      this.#push({ cursor });
    }
    switch (status) {
      case "stored":
        this.#accepted = this.#unanswered.shift() ?? this.#accepted;
        this.#isReplaying = gap !== undefined;
        if (this.#status !== "open") this.#tell("open");
        if (gap) this.#push({ gap: defined({ oldest }) });
        if (!this.#isReplaying) this.#live();
        break;
      case "live":
        this.#isReplaying = false;
        this.#live();
        break;
      case "ended":
        this.#stop({ end: true });
    }
  }

  #live() {
    this.#backoff.reset();
    this.#bounds = {};
    this.#push({ live: true });
  }

  #receiveError(error) {
    // What a session's connection is refused so is an acknowledgement, of an event that the log does not hold any more.
    const isOfPattern = !this.#hasSession || this.#isTrial || error.type !== "BadRequestException";
    if (!isOfPattern) return this.#call("onError", error);
    if (this.#unanswered.length > 0 && error.isFinal) return this.#refused(this.#unanswered.shift(), error);
    this.#call("onError", error);
    // The broker cannot do it now, and has no pattern of ours.
    if (this.#unanswered.length > 0 || error.type === "InternalServerErrorException") {
      this.#drop();
      this.#retry(undefined, error.message);
    }
  }

  /** The broker does not take a pattern, now or later. */
  #refused(pattern, error) {
    if (this.#accepted === undefined || this.#accepted === pattern) return this.#stop({ error });
    this.#call("onError", error);
    if (this.#wanted === pattern) this.#wanted = this.#accepted;
    const isWithout = this.#status !== "open" && this.#unanswered.length === 0;
    if (isWithout && this.#socket?.readyState === OPEN) this.#sendPattern(true);
  }

  // Handling

  get #bufferMax() {
    return this.#options.buffer ?? 1_000;
  }

  #push(item) {
    this.#queue.push(item);
    if (this.#options.onEvent) this.#drain();
    else this.#wakeIterator();
  }

  #take() {
    const item = this.#queue.shift();
    if (this.#status === "paused" && !this.#isStopped) {
      if (this.#queue.count <= this.#bufferMax / 2 && this.#queue.size <= QUEUE_SIZE_MAX / 2) this.#connect();
    }
    return item;
  }

  async #drain() {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let item = this.#take(); item; item = this.#take()) {
      if (item.event) {
        try {
          const result = /** @type {any} */ (this.#options.onEvent(item.event));
          if (typeof result?.then === "function") await result;
        } catch (error) {
          this.#call("onError", error, item.event);
        }
      }
      this.#settle(item);
    }
    this.#isDraining = false;
  }

  /** An event has been handled, or is the application's now; everything else is told to it. */
  #settle(item) {
    if (item.cursor !== undefined) this.#cursor = item.cursor;
    if (item.event) {
      this.#lastHandled = item.cursor ?? this.#lastHandled;
      this.#handled();
    }
    if (this.#status === "closed") return;
    if (item.gap) this.#call("onGap", item.gap);
    else if (item.live) this.#call("onLive");
    else if (item.message !== undefined) this.#call("onMessage", item.message);
    else if (item.end) {
      this.close();
      this.#call("onEnd");
    } else if (item.error) {
      this.#failure = item.error;
      this.close();
      this.#call("onError", item.error);
    }
  }

  /** Acknowledges what has been handled, soon and not for each event: one acknowledgement is for all before it, too. */
  #handled() {
    if (!this.#hasSession) return;
    this.#unacknowledged += 1;
    if (this.#unacknowledged >= 100) return this.#acknowledge();
    this.#acknowledgeTimer ??= setTimeout(() => this.#acknowledge(), 100);
  }

  #acknowledge() {
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = undefined;
    if (!this.#hasSession || this.#isTrial || this.#socket?.readyState !== OPEN) return;
    this.#unacknowledged = 0;
    if (this.#lastHandled === this.#lastAcknowledged) return;
    this.#lastAcknowledged = this.#lastHandled;
    this.#socket.send(JSON.stringify({ action: "ack", id: this.#lastHandled }));
  }

  #tell(status, details = {}) {
    this.#status = status;
    this.#call("onStatus", status, details);
  }

  #call(name, ...values) {
    try {
      if (this.#options[name]) this.#options[name](...values);
      // What a loop throws need not be told twice.
      else if (name === "onError" && values[0] !== this.#failure) console.error("lambdaless:", values[0]);
    } catch (error) {
      if (name === "onError") console.error("lambdaless:", error);
      else this.#call("onError", error);
    }
  }
}

const OPEN = 1;
const CLOSING = 2;
/** The close code for who loses its session to another connection. */
const SESSION_ENDED = 4009;
/** How many characters of events wait for the application at most, beside one event. */
const QUEUE_SIZE_MAX = 16 * 1024 * 1024;

/** How long to wait before the next attempt: clients that lost their broker together do not come back together. */
class Backoff {
  #shortest;
  #first;
  #longest;
  #bound;

  constructor({ shortest = 100, first = 500, longest = 30_000 } = {}) {
    this.#shortest = shortest;
    this.#first = this.#bound = first;
    this.#longest = longest;
  }

  next() {
    const bound = this.#bound;
    this.#bound = Math.min(this.#longest, 2 * bound);
    return this.#shortest + Math.random() * Math.max(0, bound - this.#shortest);
  }

  reset() {
    this.#bound = this.#first;
  }
}

/** Remembers the newest ids: at least `count`, at most twice as many. */
class RecentIDs {
  #newer = new Set();
  #older = new Set();
  #count;

  constructor(count) {
    this.#count = count;
  }

  has(id) {
    return this.#newer.has(id) || this.#older.has(id);
  }

  /** @returns {boolean} whether it is new */
  add(id) {
    if (this.has(id)) return false;
    this.#newer.add(id);
    if (this.#newer.size >= this.#count) [this.#older, this.#newer] = [this.#newer, new Set()];
    return true;
  }
}

/** First in, first out, each in constant time. */
class Queue {
  #items = [];
  #first = 0;
  /** How many events there are. */
  count = 0;
  /** How many characters they have. */
  size = 0;

  push(item) {
    this.#items.push(item);
    this.#add(item, 1);
  }

  shift() {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first > 1_000 && 2 * this.#first > this.#items.length) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    this.#add(item, -1);
    return item;
  }

  clear() {
    this.#items = [];
    this.#first = this.count = this.size = 0;
  }

  #add(item, sign) {
    if (!item.event) return;
    this.count += sign;
    this.size += sign * item.size;
  }
}

/** The address of a stage, with `ws` or `http` as its scheme, whichever of them it was given with. */
function stage(url, scheme, path = "") {
  const address = new URL(url, globalThis.location?.href);
  const isSecure = address.protocol === "https:" || address.protocol === "wss:";
  address.protocol = isSecure ? `${scheme}s:` : `${scheme}:`;
  address.hash = "";
  address.pathname = address.pathname.replace(/\/$/, "") + path;
  return address;
}

function patternText(pattern) {
  // The address takes only the pattern itself, not a string that holds it.
  const text = typeof pattern === "string" ? pattern : JSON.stringify(pattern);
  if (text === undefined) throw new TypeError("a pattern is an object, or its JSON text");
  return text;
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(frame) {
  return typeof frame?.id === "string" && typeof frame["detail-type"] === "string" && "detail" in frame;
}

/**
 * Whether an event is well before a place: more than a second by the times in their ids (UUIDs of version 7), as of
 * publishers at the same time one may have taken its id a moment before the other and come after it.
 */
function isFarBehind(id, place) {
  const [before, after] = [id, place].map((text) => (text?.length === 36 ? parseInt(text.replace("-", ""), 16) : NaN));
  return before + 1_000 < after;
}

function isError(frame) {
  return typeof frame?.message === "string" && typeof frame.requestId === "string";
}

/** Whether a frame is an answer to one of our messages that need not be told. */
function isAnswer(frame) {
  if (frame?.action === "ack" || frame?.action === "unsubscribe") return true;
  return typeof frame?.connectionId === "string" && Object.keys(frame).length === 1;
}

function defined(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/**
 * What tells that a connection may be possible again.
 *
 * @returns {[EventTarget, string][]}
 */
function wakeEvents() {
  /** @type {[EventTarget, string][]} */
  const events = [];
  if (typeof globalThis.addEventListener === "function") events.push([globalThis, "online"], [globalThis, "pageshow"]);
  if (globalThis.document) events.push([globalThis.document, "visibilitychange"]);
  return events;
}
