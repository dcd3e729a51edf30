// The Move formatter: prettier with the Move plugin, under the nearest prettier configuration.

import path from "node:path";
import { createRequire } from "node:module";
import prettier from "prettier";

const plugin = createRequire(import.meta.url).resolve("@mysten/prettier-plugin-move");

/** Returns the formatted text of every file, or where the first of them cannot be parsed. */
export async function format(request) {
  const formatted = {};
  for (const [file, text] of Object.entries(request.files)) {
    const filepath = path.join(request.root, file);
    const config = (await prettier.resolveConfig(filepath)) ?? {};
    try {
      formatted[file] = await prettier.format(text, { ...config, filepath, parser: "move", plugins: [plugin] });
    } catch (error) {
      return { ok: false, category: "format", message: `${file}: ${error.message}` };
    }
  }
  return { ok: true, formatted };
}
