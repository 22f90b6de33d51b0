// The client as the broker serves it. By its text, since Node 18 takes no `.js` file of this folder for a module.
import { readFileSync } from "node:fs";

const file = new URL("../../Sources/Gateway/Browser/lambdaless.js", import.meta.url);
export const { subscribe, publish, BrokerError } = await import(
  "data:text/javascript," + encodeURIComponent(readFileSync(file, "utf8"))
);
