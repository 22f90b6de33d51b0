// A broker and a clock in the hands of a test.

/** A WebSocket whose other end is the test. */
export class FakeWebSocket {
  /** @type {FakeWebSocket[]} every one of this test */
  static all = [];
  readyState = 0;
  sent = [];
  #listeners = [];

  constructor(url) {
    this.url = url;
    FakeWebSocket.all.push(this);
  }

  static get last() {
    return FakeWebSocket.all.at(-1);
  }

  addEventListener(type, listener) {
    this.#listeners.push([type, listener]);
  }

  send(text) {
    if (this.readyState !== 1) throw new Error("not open");
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 2;
  }

  // What the other end does.

  accept() {
    this.readyState = 1;
    this.#emit("open", {});
  }

  deliver(...frames) {
    for (const frame of frames) {
      this.#emit("message", { data: typeof frame === "string" ? frame : JSON.stringify(frame) });
    }
  }

  end(code = 1006, reason = "") {
    this.readyState = 3;
    this.#emit("error", {});
    this.#emit("close", { code, reason });
  }

  #emit(type, event) {
    for (const [of, listener] of this.#listeners) if (of === type) listener(event);
  }
}

/** Timers that run when the test says so. Stands in for the global ones until `restore()`. */
export class FakeClock {
  now = 0;
  #timers = new Map();
  #next = 1;
  #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

  constructor() {
    globalThis.setTimeout = (body, delay = 0) => {
      this.#timers.set(this.#next, { at: this.now + delay, body });
      return this.#next++;
    };
    globalThis.clearTimeout = (timer) => this.#timers.delete(timer);
  }

  restore() {
    Object.assign(globalThis, this.#real);
  }

  get count() {
    return this.#timers.size;
  }

  advance(milliseconds) {
    const end = this.now + milliseconds;
    while (true) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.now = due[1].at;
      this.#timers.delete(due[0]);
      due[1].body();
    }
    this.now = end;
  }
}

/** All promises that are ready have been answered. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export const event = (n) => ({ version: "0", id: `id-${n}`, "detail-type": "t", source: "s", detail: { n } });

export const news = (status, members = {}) => ({
  action: "pattern", status, connectionId: "c", requestId: "r", ...members,
});

export const refusal = (message) => ({ message, connectionId: "c", requestId: "r" });
