// Runs the unit tests of one Move package again and again, each time with other files changed, without starting anew.
//
// The first line on stdin is what `move.mjs` takes for a test, without "op"; the answer is {"outcome": "ready"}. Each
// further line is one trial, answered by one line:
//
//   {"edits": {path: text}, "without": [path]}
//   {"outcome": "ran", "failed": [test], "count": number}    the tests ran; these failed
//   {"outcome": "refused", "message": text}                  it does not compile
//   {"outcome": "broke", "message": text}                    the runner did; this process should not be asked again
//
// A trial that never ends blocks this process, which whoever started it then kills.

import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { prepare } from "./lib/trials.mjs";

console.log = console.error;
console.info = console.error;

new Worker(new URL("./lib/watchdog.mjs", import.meta.url)).unref();

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

let trial;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const request = JSON.parse(line);
  if (trial === undefined) {
    trial = await prepare(request);
    answer({ outcome: "ready" });
  } else {
    answer(await trial(request));
  }
}
