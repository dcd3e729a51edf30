// Test runs over one package and many small changes to it. What does not change from one to the next is done once:
// loading the compiler, resolving the dependencies, and leaving out the framework's modules that cannot matter.

import {
  initMovePackageBuilder,
  resolveMovePackageDependencies,
  testMovePackage,
} from "@zktx.io/sui-move-builder/full";
import { options, testAnswer } from "./compile.mjs";

// The compiler and the test runner name these by themselves.
const IMPLICIT = [
  ...["address", "ascii", "bool", "internal", "option", "string", "unit_test", "vector"],
  ...["u8", "u16", "u32", "u64", "u128", "u256"],
].map((name) => `std::${name}`);
const IMPLICIT_SUI = ["object", "transfer", "tx_context"].map((name) => `sui::${name}`);

const FAILED_TEST = /^\[ (?:FAIL|TIMEOUT)\s*\] (\S+)/gm;

/** Every module that the text may refer to; naming one too many does no harm. */
function references(text) {
  const names = new Set();
  for (const [, address, name] of text.matchAll(/\b(std|sui)::(\w+)/g)) names.add(`${address}::${name}`);
  for (const [, address, group] of text.matchAll(/\b(std|sui)::\{([^;]*)\}/g)) {
    for (const [name] of group.matchAll(/\w+/g)) names.add(`${address}::${name}`);
  }
  return names;
}

/** The dependencies without the modules of the framework that no file refers to, directly or not. */
function prune(dependencies, texts) {
  const modules = new Map();
  for (const { files } of dependencies) {
    for (const text of Object.values(files)) {
      for (const [, name] of text.matchAll(/^\s*module ((?:std|sui)::\w+)/gm)) modules.set(name, text);
    }
  }
  const needed = new Set();
  const pending = [...IMPLICIT, ...IMPLICIT_SUI];
  for (const text of texts) pending.push(...references(text));
  while (pending.length > 0) {
    const name = pending.pop();
    if (needed.has(name) || !modules.has(name)) continue;
    needed.add(name);
    pending.push(...references(modules.get(name)));
  }
  const all = new Set(modules.values());
  const used = new Set([...needed].map((name) => modules.get(name)));
  const kept = ([, text]) => !all.has(text) || used.has(text);
  return dependencies.map((dependency) => ({
    ...dependency,
    files: Object.fromEntries(Object.entries(dependency.files).filter(kept)),
  }));
}

/** Returns a function that runs the package's tests with some files changed and others left out. */
export async function prepare(request) {
  await initMovePackageBuilder();
  const resolved = await resolveMovePackageDependencies(options(request));
  const files = JSON.parse(resolved.files);
  const dependencies = JSON.parse(resolved.dependencies);
  // Local packages are not pruned themselves; what they refer to is kept.
  const isFramework = ({ name }) => name === "Sui" || name === "MoveStdlib";
  const own = [...Object.values(files), ...dependencies.filter((d) => !isFramework(d)).flatMap((d) => Object.values(d.files))];
  const pruned = JSON.stringify(prune(dependencies, own));

  return async ({ edits, without }) => {
    const changed = { ...files, ...edits };
    for (const file of without) delete changed[file];
    const result = await testMovePackage({
      ...options(request),
      resolvedDependencies: { ...resolved, files: JSON.stringify(changed), dependencies: pruned },
    });
    const answer = testAnswer(result);
    if (answer.ok) {
      return { outcome: "ran", failed: [...answer.output.matchAll(FAILED_TEST)].map(([, name]) => name), count: answer.failed };
    }
    return { outcome: answer.category === "compile" ? "refused" : "broke", message: answer.message };
  };
}
