// esbuild's own CommonJS reaches what another chunk exports through getters of getters, which an order pays for hundreds
// of times, each a function to keep compiled and to call. Here a chunk gives a plain object, and what another takes from
// it becomes a variable. That is a copy, which is as good as long as nobody changes what he exports after he has run.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const IMPORTS = /^(?:import(?:\{[^}]*\}from)?"\.\/[^"]+";)*/;
const IMPORT = /import(?:\{([^}]*)\}from)?("[^"]+");/g;
const EXPORTS = /export\{([^}]*)\};?\s*$/;
const DYNAMIC_IMPORT = /\bimport\(("\.\/[^"]+")\)/g;
const RENAMED = /([\w$]+) as ([\w$]+)/g;
const LEFT_OVER = /[;}](?:import(?:\{[^}]*\}from)?"\.\/|export[{ ])/;

/**
 * A chunk of esbuild's, an ES module, with what links it to other chunks as `loadChunk(name)` and `chunk.exports`.
 * A chunk that is imported for what it does, and not for a name, isn't: none of ours does anything by itself.
 */
export function withPlainLinks(code) {
  const [imports] = IMPORTS.exec(code);
  const exports = EXPORTS.exec(code);
  const body = code.slice(imports.length, exports?.index);
  const leftOver = LEFT_OVER.exec(body);
  if (leftOver) {
    throw new Error(`a chunk is linked in a new way: ${body.slice(leftOver.index).slice(0, 80)}`);
  }
  const links = [...imports.matchAll(IMPORT)].map(([, names, from]) =>
    names ? `var{${names.replaceAll(RENAMED, "$1:$2")}}=loadChunk(${from});` : "",
  );
  const later = body.replaceAll(DYNAMIC_IMPORT, "Promise.resolve().then(()=>loadChunk($1))");
  const given = exports ? `chunk.exports={${exports[1].replaceAll(RENAMED, "$2:$1")}};` : "";
  return links.join("") + later + given;
}

/** @throws Error where one of our own modules, of those that a build took in, exports a variable. */
export function refuseVariableExports(root, { inputs }) {
  for (const path of Object.keys(inputs).filter((each) => each.startsWith("src/"))) {
    const [found] = /^export (?:let|var) .*/m.exec(readFileSync(join(root, path), "utf8")) ?? [];
    if (found) throw new Error(`${path} exports what may change, and others hold a copy: ${found}`);
  }
}
