// Answers one request about a Move package: a JSON object on stdin, a JSON object on stdout.
//
//   {"op": "dump",   "package": {path: text}, "locals": {relativePath: {path: text}}, "framework": {...}}
//   {"op": "lint",   ... the same fields ...}
//   {"op": "test",   ... the same fields ...}
//   {"op": "format", "root": directory, "files": {path: text}}
//
// A dump may name compiler modes: "modes": [name].
//
// Everything the compiler sees is inside the request, so that a caller can key a cache by what it sends: this
// script opens no file of the package and no connection. A refusal by the compiler is an answer (`ok: false`);
// a non-zero exit status means that the tool itself broke.

import { Worker } from "node:worker_threads";

// The compiler and the formatter may log; stdout carries the answer alone.
console.log = console.error;
console.info = console.error;

new Worker(new URL("./lib/watchdog.mjs", import.meta.url)).unref();

const operations = {
  dump: async (request) => (await import("./lib/compile.mjs")).dump(request),
  lint: async (request) => (await import("./lib/compile.mjs")).lint(request),
  test: async (request) => (await import("./lib/compile.mjs")).test(request),
  format: async (request) => (await import("./lib/format.mjs")).format(request),
};

async function readRequest() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

const request = await readRequest();
const operation = operations[request.op];
if (operation === undefined) throw new Error(`unknown operation: ${request.op}`);
process.stdout.write(JSON.stringify(await operation(request)));
