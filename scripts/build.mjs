// Builds dist/ from src/: one CommonJS file in which each module starts when it's first needed, the notices
// of the bundled libraries, and the help texts that the start-up file prints without loading anything.
// One file because finding, opening and checking many small ones costs more than a larger one does.

import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withLazyBuiltins } from "./lazy-builtins.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");
const TARGET = "node22";
/** Native code can't be bundled, and undici is loaded only by what lives long. */
const EXTERNAL = ["better-sqlite3", "@napi-rs/keyring", "undici"];

if (existsSync(join(ROOT, "src/main.ts"))) await buildProgram();
else process.stderr.write("nothing built: src/main.ts isn't there\n");

async function buildProgram() {
  const { outputFiles, metafile } = await bundle();
  rmSync(DIST, { recursive: true, force: true });
  write("package.json", '{ "type": "commonjs" }\n');
  for (const { path, text } of outputFiles) write(basename(path), withLazyBuiltins(text));
  write("THIRD-PARTY-LICENSES.txt", bundledLicenses(metafile));
  await writeHelp();
}

function bundle() {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return build({
    absWorkingDir: ROOT,
    entryPoints: ["src/main.ts"],
    outdir: "dist",
    write: false,
    metafile: true,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: TARGET,
    external: EXTERNAL,
    define: { __TMT_VERSION__: JSON.stringify(version) },
    // Names stay as written, so that a stack trace in a bug report can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** The licence texts of the packages whose code is inside the chunks, as their terms ask. */
function bundledLicenses(metafile) {
  const folders = Object.keys(metafile.inputs).flatMap((path) => {
    const match = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path);
    return match ? [match[0]] : [];
  });
  const notices = [...new Set(folders)].sort().map((folder) => {
    const [file] = globSync("{LICENSE,LICENCE,license,licence}*", { cwd: join(ROOT, folder) });
    if (!file) throw new Error(`${folder} is bundled, and has no licence file`);
    const name = folder.split("node_modules/").at(-1);
    return `${name}\n\n${readFileSync(join(ROOT, folder, file), "utf8").trim()}\n`;
  });
  return notices.join(`\n${"-".repeat(72)}\n\n`);
}

/** Asks the built program itself, so that the texts can't differ from what it would print. */
async function writeHelp() {
  const { helpPages } = createRequire(import.meta.url)(join(DIST, "main.js"));
  if (!helpPages) {
    process.stderr.write("no help texts built: src/main.ts exports no helpPages()\n");
    return;
  }
  for (const [command, text] of Object.entries(await helpPages())) {
    write(`help/${command.replaceAll(" ", ".") || "index"}.txt`, text);
  }
}

function write(name, text) {
  const path = join(DIST, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
