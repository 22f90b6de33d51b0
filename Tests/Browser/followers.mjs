// What the end-to-end tests run in a browser and in Node: subscribers that follow numbered events, each in its own way.

/**
 * @param {{subscribe: Function}} client the module
 * @param {string} url of the stage
 * @param {number} last the number of the last event
 * @param {object} options for every subscription
 * @param {string} name for the session
 * @returns what each of them got, once all have the last event
 */
export async function follow({ subscribe }, url, last, options, name) {
  const common = { backoff: { shortest: 1, first: 20, longest: 200 }, heartbeat: 2_000, ...options };
  const pattern = { source: ["numbers"] };
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  /** Stays a little behind the last event, in case it comes twice. */
  function record(body) {
    return new Promise((resolve, reject) => {
      const seen = { numbers: [], gaps: [], errors: [], connections: 0, pauses: 0 };
      const got = ({ detail }) => {
        seen.numbers.push(detail.n);
        if (detail.n === last) setTimeout(() => resolve(seen), 500);
      };
      body(got, {
        ...common,
        onGap: (gap) => seen.gaps.push(gap),
        onError: (error) => seen.errors.push(String(error)),
        onStatus: (status) => {
          if (status === "open") seen.connections += 1;
          if (status === "paused") seen.pauses += 1;
        },
      }).catch(reject);
    });
  }

  const [events, slow, session, pages] = await Promise.all([
    record(async (got, options) => void subscribe(url, pattern, { ...options, from: "horizon", onEvent: got })),
    // Slower than the publisher: pauses, and goes on from the log.
    record(async (got, options) => {
      let open = 0;
      subscribe(url, pattern, {
        ...options, from: "horizon", buffer: 10,
        async onEvent(event) {
          if (open++ > 0) throw new Error("two at a time");
          if (event.detail.n % 20 === 0) await sleep(20);
          open--;
          got(event);
        },
      });
    }),
    record(async (got, options) => void subscribe(url, pattern, { ...options, session: name, onEvent: got })),
    // One page after the other: each goes on where the last one was left.
    record(async (got, options) => {
      let after = "0";
      for (let number = -1; number < last;) {
        const subscription = subscribe(url, pattern, { ...options, after });
        for await (const event of subscription) {
          // With a break, the last event of a page counts as not handled.
          if (event.detail.n === number) continue;
          got(event);
          number = event.detail.n;
          if (number % 300 === 299 || number === last) break;
        }
        after = subscription.cursor;
      }
    }),
  ]);
  return { events, slow, session, pages };
}
