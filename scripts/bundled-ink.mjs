import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const YOGA_INDEX = `
import loadYoga, { wasmInBase64 } from "../binaries/yoga-wasm-base64-esm.js";
import wrapAssembly from "./wrapAssembly.js";
const assembly = {
  instantiateWasm(imports, receive) {
    const module = new WebAssembly.Module(Buffer.from(wasmInBase64, "base64"));
    const instance = new WebAssembly.Instance(module, imports);
    receive(instance);
    return instance.exports;
  },
};
loadYoga(assembly);
export default wrapAssembly(assembly);
export * from "./generated/YGEnums.js";
`;
const WASM = /"data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)"/;

/**
 * Ink asks for the width of every text and letter in every frame, and most of them are plain: letters of ASCII and the
 * signs of our own screen, each one cell wide. Only the others take the long way.
 */
const QUICK_WIDTH = `
import slowWidth from "string-width-itself";
const PLAIN = /^[ -~\\u2500\\u2502\\u2581-\\u2588\\u2591\\u25b2\\u25bc\\u25b6\\u25cf\\u25cb\\u2026]*$/;
const STYLES = /\\u001b\\[[0-9;]*m/g;
export default function stringWidth(text, options) {
  if (options !== undefined || typeof text !== "string") return slowWidth(text, options);
  const bare = text.includes("\\u001b") ? text.replace(STYLES, "") : text;
  return PLAIN.test(bare) ? bare.length : slowWidth(text);
}
`;

/** Ink writes the rest of a line from its first change on, and a move for each line without one: ours are shorter. */
const SHORTER = JSON.stringify(
  fileURLToPath(new URL("../src/ui/terminal/line-update.ts", import.meta.url)),
);
const LINE_UPDATE = `export { lineUpdate as default } from ${SHORTER};`;
const LONG_MOVES = `import { withLongMoves } from ${SHORTER};`;

/**
 * Ink as it is, but loadable by \`require\`: its layout engine is started at once instead of by a top-level
 * await, and the developer tools, which it would await too, are left out.
 */
export const bundledInk = {
  name: "bundled-ink",
  setup({ onLoad, onResolve }) {
    // Tables have an older one of their own, which starts faster.
    onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      importer.includes("cli-table3") ? undefined : { path: "quick", namespace: "quick-width" },
    );
    onResolve({ filter: /^string-width-itself$/ }, () => ({
      path: fileURLToPath(import.meta.resolve("string-width")),
    }));
    onLoad({ filter: /./, namespace: "quick-width" }, () => ({
      contents: QUICK_WIDTH,
      resolveDir: process.cwd(),
    }));
    onLoad({ filter: /yoga-layout[/\\]dist[/\\]src[/\\]index\.js$/ }, () => ({
      contents: YOGA_INDEX,
    }));
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => {
      const text = changed(path, "import.meta.url", '""');
      const [whole, base64] = WASM.exec(text) ?? [];
      if (!whole) throw new Error(`${path} holds its code in a new way`);
      const prefix = whole.slice(0, -base64.length - 1);
      const contents = text.replace(whole, `${prefix}" + wasmInBase64`);
      return { contents: `export const wasmInBase64 = "${base64}";\n${contents}` };
    });
    onLoad({ filter: /ink[/\\]build[/\\]line-update\.js$/ }, () => ({ contents: LINE_UPDATE }));
    onLoad({ filter: /ink[/\\]build[/\\]log-update\.js$/ }, ({ path }) => ({
      contents: `${LONG_MOVES}${changed(path, "buffer.join('')", "withLongMoves(buffer.join(''))")}`,
    }));
    onLoad({ filter: /ink[/\\]build[/\\]reconciler\.js$/ }, ({ path }) => ({
      contents: changed(path, "process.env['DEV'] === 'true'", "false"),
    }));
  },
};

function changed(path, before, after) {
  const text = readFileSync(path, "utf8");
  if (!text.includes(before)) throw new Error(`${path} is written in a new way: no ${before}`);
  return text.replaceAll(before, after);
}
