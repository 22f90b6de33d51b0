// node node.mjs MODULE URL LAST: follows numbered events and prints what came, with Debian's `ws` where Node has no
// WebSocket of its own or LAMBDALESS_WEBSOCKET is "ws".
import { createRequire } from "node:module";
import { follow } from "./followers.mjs";

const [module, url, last] = process.argv.slice(2);
const client = await import(module);
const isOwn = process.env.LAMBDALESS_WEBSOCKET !== "ws" && globalThis.WebSocket;
const options = isOwn ? {} : { WebSocket: createRequire(import.meta.url)("ws") };
process.stdout.write(JSON.stringify(await follow(client, url, Number(last), options, isOwn ? "own" : "ws")), () =>
  process.exit(0),
);
