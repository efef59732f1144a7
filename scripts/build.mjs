// Builds dist/ from src/: one CommonJS file of chunks that run when they're first needed, the notices of the
// bundled libraries, and the help texts that the start-up file prints without loading anything.
// esbuild splits ES modules only, so each of its chunks is turned into CommonJS afterwards. They go into one
// file because finding and opening many costs more, and into functions because what isn't called isn't
// compiled, nor kept in the compiled cache.

import { hash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { bundledDriver } from "./bundled-driver.mjs";
import { bundledInk } from "./bundled-ink.mjs";
import { withLazyBuiltins } from "./lazy-builtins.mjs";

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
const EXTERNAL = ["@napi-rs/keyring", "undici", "pino", "@elastic/ecs-pino-format"];

/** Packages under the MIT licence that are published without its text, with what their sources say of its holder. */
const MIT_HOLDERS = { "yoga-layout": "Copyright (c) Meta Platforms, Inc. and affiliates." };

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
  const chunks = await Promise.all(outputFiles.map(toCommonJs));
  const ofScreen = screenChunks(metafile);
  const program = pack(chunks.filter(({ name }) => !ofScreen.has(name)));
  const screen = packScreen(chunks.filter(({ name }) => ofScreen.has(name)));
  rmSync(DIST, { recursive: true, force: true });
  write("package.json", '{ "type": "commonjs" }\n');
  write("main.js", program);
  write("screen.js", screen);
  const completion = await bundleCompletion();
  const completer = withLazyBuiltins(completion.outputFiles[0].text);
  write("complete.js", completer);
  write("build-id", hash("sha256", program + screen + completer).slice(0, 16));
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
  const { code } = await transform(file.text, {
    format: "cjs",
    platform: "node",
    target: TARGET,
    // The start-up file compiles the program itself, where import() doesn't exist.
    supported: { "dynamic-import": false },
    ...PLAIN,
  });
  return { name: `./${basename(file.path)}`, code: withLazyBuiltins(code) };
}

/** Chunks with React in them: only the full-screen view needs them, and nothing else shall read past them. */
function screenChunks({ outputs }) {
  const found = Object.entries(outputs).filter(([, { inputs }]) =>
    Object.keys(inputs).some((path) => path.includes("node_modules/react-reconciler/")),
  );
  if (found.length === 0) throw new Error("no chunk of the screen's was found");
  return new Set(found.map(([path]) => `./${basename(path)}`));
}

function packScreen(chunks) {
  return `"use strict";\nmodule.exports={${tableOf(chunks)}};\n`;
}

function tableOf(chunks) {
  return chunks
    .map(({ name, code }) => `${JSON.stringify(name)}:function(exports,require,module){${code}\n}`)
    .join(",");
}

/** All chunks in one file, each a function that runs when it's first required. */
function pack(chunks) {
  return `"use strict";
const chunks={${tableOf(chunks)}};
const loaded=new Map();
let screen;
function load(name){
const chunk=chunks[name]||name.startsWith("./")&&(screen||(screen=require("./screen.js")))[name];
if(!chunk)return require(name);
const known=loaded.get(name);
if(known)return known.exports;
const module={exports:{}};
loaded.set(name,module);
chunk(module.exports,load,module);
return module.exports;
}
load.resolve=require.resolve;
module.exports=load("./main.js");
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
