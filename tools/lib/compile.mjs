// The Move compiler and unit-test runner, fed from memory.

import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { dumpMovePackage, initMovePackageBuilder, testMovePackage } from "@zktx.io/sui-move-builder/full";

// Only names the section of `Published.toml` to read; nothing is fetched from that network.
const ENVIRONMENT = "testnet";

// Answers the compiler's questions about dependencies out of the request.
class RequestFetcher {
  #framework;
  #locals;

  constructor(request) {
    this.#framework = request.framework ?? {};
    this.#locals = request.locals ?? {};
  }

  async fetch(url, _revision, directory) {
    const files = this.#framework[path.posix.basename(directory ?? "")];
    if (files === undefined) {
      throw new Error(`${url} cannot be fetched: builds are offline, only local dependencies and the Sui framework work`);
    }
    return files;
  }

  async fetchFile(_url, _revision, file) {
    for (const [name, files] of Object.entries(this.#framework)) {
      const at = file.indexOf(`${name}/`);
      if (at >= 0) return files[file.slice(at + name.length + 1)] ?? null;
    }
    return null;
  }

  async fetchLocal(directory) {
    const files = this.#locals[path.posix.normalize(directory).replace(/(.)\/$/, "$1")];
    if (files === undefined) throw new Error(`the request holds no local package at ${directory}`);
    return files;
  }

  getResolvedSha(_url, revision) {
    return revision;
  }
}

export function options(request) {
  return {
    files: request.package,
    fetcher: new RequestFetcher(request),
    network: ENVIRONMENT,
    lintFlag: request.lint ? "all" : "default",
    silenceWarnings: false,
    ...(request.modes?.length > 0 ? { modes: request.modes } : {}),
  };
}

const refusal = (category, text) => ({ ok: false, category, message: stripVTControlCharacters(text).trimEnd() });

/** Compiles the package and returns what a publish transaction needs. */
export async function dump(request) {
  await initMovePackageBuilder();
  const result = await dumpMovePackage(options(request));
  if (result.error !== undefined) return refusal(result.category ?? "unknown", result.error);
  return {
    ok: true,
    modules: result.modules.map((module) => Buffer.from(module, "base64").toString("hex")),
    dependencies: result.dependencies,
    digest: Buffer.from(result.digest).toString("hex"),
    warnings: stripVTControlCharacters(result.warnings ?? "").trimEnd(),
  };
}

// The compiler hands over what it warned of in test code only when something does not compile, so a module that does
// not is put beside the tests.
const PROBE = "tests/lint_probe.move";
const PROBE_SOURCE = "module 0x0::lint_probe;\n\nfun probe(): u64 { true }\n";

/** Compiles the package and its tests with every lint. */
export async function lint(request) {
  const compiled = await dump({ ...request, lint: true });
  if (!compiled.ok || !Object.keys(request.package).some((file) => file.startsWith("tests/"))) return compiled;

  const probed = { ...request, lint: true, package: { ...request.package, [PROBE]: PROBE_SOURCE } };
  const result = await testMovePackage(options(probed));
  const diagnostics = stripVTControlCharacters(result.output ?? result.error)
    .split(/^(?=(?:warning|error)\[)/m)
    .map((text) => text.trimEnd())
    .filter((text) => text !== "" && !text.includes(`┌─ ${PROBE}:`));
  const errors = diagnostics.filter((text) => !text.startsWith("warning"));
  if (errors.length > 0) return refusal("compile", errors.join("\n\n"));

  // What the sources themselves give rise to was found before.
  const found = diagnostics.filter((text) => !compiled.warnings.includes(text));
  return { ...compiled, warnings: [compiled.warnings, ...found].filter((text) => text !== "").join("\n\n") };
}

/** Runs the package's unit tests. */
export async function test(request) {
  await initMovePackageBuilder();
  return testAnswer(await testMovePackage(options(request)));
}

/** What a test run of the compiler's library means. */
export function testAnswer(result) {
  if (result.error !== undefined) return refusal(result.category ?? "unknown", result.error);
  const output = stripVTControlCharacters(result.output);
  // A package that does not compile is reported as a failed run without a summary line.
  const summary = /^Test result: .*passed: (\d+); failed: (\d+)/m.exec(output);
  if (summary === null) return refusal("compile", output);
  return { ok: true, output, passed: Number(summary[1]), failed: Number(summary[2]) };
}
