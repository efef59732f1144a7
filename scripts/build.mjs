// Builds dist/ from src/: a few CommonJS files of chunks that run when they're first needed, the notices of the
// bundled libraries, and the help texts that the start-up file prints without loading anything.
// esbuild splits ES modules only, so each of its chunks is turned into CommonJS afterwards. They go into few
// files because finding and opening many costs more, and into functions because what isn't called isn't
// compiled, nor kept in the compiled cache.

import { hash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { bundledDriver } from "./bundled-driver.mjs";
import { bundledInk } from "./bundled-ink.mjs";
import { LAZY_HELPERS, withLazyModules } from "./lazy-modules.mjs";
import { refuseVariableExports, withPlainLinks } from "./plain-links.mjs";
import { chunkName, programParts } from "./program-parts.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const TARGET = "node22";
/** The keyring finds its native code by itself; undici and the log are loaded by few commands only. */
/** Names stay as written, so that a stack trace in a bug report can be read. */
const PLAIN = {
  charset: "ascii",
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
};
const EXTERNAL = [
  ...["@napi-rs/keyring", "undici", "pino", "@elastic/ecs-pino-format"],
  // PostgreSQL's driver would use them elsewhere.
  ...["pg-native", "pg-cloudflare"],
];

/** Packages under the MIT licence that are published without its text, with what their sources say of its holder. */
const MIT_HOLDERS = {
  "yoga-layout": "Copyright (c) Meta Platforms, Inc. and affiliates.",
  "pg-types": "Copyright (c) 2014 Brian M. Carlson",
  pgpass: "Copyright (c) 2013-2016 Hannes H\u00f6rl",
};

const BUNDLED = {
  absWorkingDir: ROOT,
  outdir: "dist",
  write: false,
  metafile: true,
  bundle: true,
  platform: "node",
  target: TARGET,
  external: EXTERNAL,
  plugins: [bundledDriver, bundledInk],
  ...PLAIN,
};

if (existsSync(join(ROOT, "src/main.ts"))) await buildProgram();
else process.stderr.write("nothing built: src/main.ts isn't there\n");

async function buildProgram() {
  const { outputFiles, metafile } = await bundle();
  refuseVariableExports(ROOT, metafile);
  const chunks = await Promise.all(outputFiles.map(toCommonJs));
  rmSync(DIST, { recursive: true, force: true });
  write("package.json", '{ "type": "commonjs" }\n');
  const files = pack(chunks, programParts(metafile));
  const completion = await bundleCompletion();
  files["complete.js"] = programText(withLazyModules(completion.outputFiles[0].text));
  for (const [name, text] of Object.entries(files)) write(name, text);
  write("build-id", hash("sha256", Object.values(files).join("")).slice(0, 16));
  const inputs = { ...metafile.inputs, ...completion.metafile.inputs };
  write("THIRD-PARTY-LICENSES.txt", bundledLicenses({ inputs }));
  await writeTexts();
}

function bundle() {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return build({
    ...BUNDLED,
    entryPoints: ["src/main.ts"],
    splitting: true,
    format: "esm",
    define: {
      __TMT_VERSION__: JSON.stringify(version),
      // Ink and React have slower code for development.
      "process.env.NODE_ENV": '"production"',
    },
  });
}

/** What answers a shell: small and on its own, because it runs at each press of a key. */
function bundleCompletion() {
  return build({ ...BUNDLED, entryPoints: ["src/complete.ts"], format: "cjs" });
}

async function toCommonJs(file) {
  const { code } = await transform(withPlainLinks(file.text), {
    format: "cjs",
    platform: "node",
    target: TARGET,
    // The start-up file compiles the program itself, where import() doesn't exist.
    supported: { "dynamic-import": false },
    ...PLAIN,
  });
  return { name: chunkName(file.path), code: withLazyModules(code) };
}

/** The text of each file: its chunks as functions that run when they're first required. */
function pack(chunks, parts) {
  const tables = Object.entries(parts).map(([file, names]) => [
    file,
    tableOf(chunks.filter(({ name }) => names.has(name))),
  ]);
  const others = tables.filter(([file]) => file !== "main.js");
  const places = others.flatMap(([file]) => [...parts[file]].map((name) => [name, `./${file}`]));
  const { "main.js": own, ...rest } = Object.fromEntries(tables);
  return {
    "main.js": mainText(own, Object.fromEntries(places)),
    ...mapValues(rest, (table) => programText(`module.exports=${table};`)),
  };
}

function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function tableOf(chunks) {
  const entries = chunks.map(
    ({ name, code }) => `${JSON.stringify(name)}:function(loadChunk,chunk){${code}\n}`,
  );
  return `{${entries.join(",")}}`;
}

/** `places` tells the file of each chunk that isn't in `table`. */
function mainText(table, places) {
  return programText(`const chunks=${table};
const places=${JSON.stringify(places)};
const loaded=new Map();
function load(name){
const known=loaded.get(name);
if(known)return known.exports;
const chunk={exports:{}};
loaded.set(name,chunk);
(chunks[name]||require(places[name])[name])(load,chunk);
return chunk.exports;
}
module.exports=load("./main.js");`);
}

/**
 * A file that is the function which the start-up file runs, so that it needs no copy of the text to make one. Required
 * in the usual way, it runs by itself.
 */
function programText(code) {
  const given = "exports,require,module,__filename,__dirname";
  return `(function(program){if(typeof module==="object")program(${given});return program})(function(${given}){"use strict";${LAZY_HELPERS}${code}
})
`;
}

/** The licence texts of the packages whose code is inside the chunks, as their terms ask. */
function bundledLicenses(metafile) {
  const folders = Object.keys(metafile.inputs).flatMap((path) => {
    const match = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path);
    return match ? [match[0]] : [];
  });
  const notices = [...new Set(folders)].sort().map((folder) => {
    const name = folder.split("node_modules/").at(-1);
    return `${name}\n\n${licenseOf(folder, name).trim()}\n`;
  });
  return notices.join(`\n${"-".repeat(72)}\n\n`);
}

function licenseOf(folder, name) {
  const [file] = globSync("{LICENSE,LICENCE,license,licence}*", { cwd: join(ROOT, folder) });
  if (file) return readFileSync(join(ROOT, folder, file), "utf8");
  const holder = MIT_HOLDERS[name];
  if (!holder) throw new Error(`${folder} is bundled, and has no licence file`);
  const own = readFileSync(join(ROOT, "LICENSE"), "utf8");
  return own.replace(/^Copyright .*$/m, holder);
}

/** Asks the built program itself, so that the texts can't differ from what it would print. */
async function writeTexts() {
  const { builtTexts } = createRequire(import.meta.url)(join(DIST, "main.js"));
  for (const [file, text] of Object.entries(await builtTexts())) write(file, text);
}

function write(name, text) {
  const path = join(DIST, name);
  // Programs are read as Latin-1. The bundler leaves regular expressions as they are written.
  const foreign = name.endsWith(".js") ? /[^\0-\x7f].{0,20}/.exec(text) : null;
  if (foreign) throw new Error(`${name} holds a character that is no ASCII: ${foreign[0]}`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
