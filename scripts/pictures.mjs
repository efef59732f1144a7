// Takes the pictures in docs/pictures from the built program: it runs on a pseudo-terminal, a terminal without a window
// works out what is to be seen, and the cells become an SVG. Usage: npm run build && npm run pictures

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as nodePty from "@lydell/node-pty";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless");

const FOLDER = resolve("docs/pictures");
const PROGRAM = resolve("bin/tmt-broker.js");
const CELL = { width: 8.4, height: 18, font: 14 };
const INK = "#d8dee9";
const PAPER = "#1e222a";
/** The sixteen colours, as a terminal with a dark background shows them. */
const COLOURS = [
  ...["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9"],
  ...["#5c6370", "#ff7b86", "#b5e890", "#ffd68a", "#82c7ff", "#e29bf5", "#7fdbe6", "#ffffff"],
];
const ENTER = "\r";
const ESCAPE = "\u001b";

const home = mkdtempSync(join(tmpdir(), "tmt-pictures-"));
const env = { PATH: process.env.PATH, HOME: home, TMT_BROKER_HOME: home, LANG: "C.UTF-8" };

mkdirSync(FOLDER, { recursive: true });
try {
  prepare();
  await screen({ columns: 100, rows: 30 }, async ({ press, take, wait }) => {
    await wait(18_000);
    await take("watch");
    await press("b", ..."10k");
    await wait(500);
    await take("ticket");
    await press(ENTER);
    await wait(1_000);
    await take("review");
    await press(ESCAPE, ESCAPE, "?");
    await wait(500);
    await take("keys");
  });
  await screen({ columns: 40, rows: 24 }, async ({ take, wait }) => {
    await wait(6_000);
    await take("narrow");
  });
} finally {
  rmSync(home, { recursive: true, force: true });
}

function prepare() {
  const run = (words) => execFileSync(process.execPath, [PROGRAM, ...words.split(" ")], { env });
  run("order buy EUR_USD 20000 --sl 25p --tp 60p");
  run("order sell USD_JPY 15000 --sl 30p");
  run("order buy GBP_USD 8000 --type limit --price 1.2900 --sl 20p --expires 7d");
}

async function screen({ columns, rows }, play) {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  const pty = nodePty.spawn(process.execPath, [PROGRAM, "watch"], {
    cols: columns,
    rows,
    name: "xterm-256color",
    env: { ...env, TERM: "xterm-256color" },
  });
  pty.onData((chunk) => terminal.write(chunk));
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  await play({
    wait,
    press: async (...keys) => {
      for (const key of keys) {
        pty.write(key);
        await wait(150);
      }
    },
    take: async (name) => {
      await new Promise((done) => terminal.write("", done));
      writeFileSync(join(FOLDER, `${name}.svg`), pictureOf(terminal, name));
    },
  });
  pty.kill();
}

function pictureOf({ buffer, cols, rows }, name) {
  const width = cols * CELL.width + 16;
  const height = rows * CELL.height + 16;
  const lines = Array.from({ length: rows }, (_, y) =>
    runsOf(buffer.active.getLine(buffer.active.viewportY + y), cols).map((run) => drawn(run, y)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${CELL.font}">
<title>tmt-broker watch: ${name}</title>
<rect width="100%" height="100%" rx="6" fill="${PAPER}"/>
${lines.flat(2).join("\n")}
</svg>
`;
}

/** Neighbouring cells of one style, as one. */
function runsOf(line, cols) {
  const runs = [];
  for (let x = 0; x < cols; x += 1) {
    const cell = line.getCell(x);
    if (cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const last = runs.at(-1);
    const text = cell.getChars() || " ";
    if (last && last.key === JSON.stringify(style)) last.text += text;
    else runs.push({ x, text, style, key: JSON.stringify(style) });
  }
  return runs;
}

function styleOf(cell) {
  const fore = cell.isFgDefault() ? INK : COLOURS[cell.getFgColor()];
  const back = cell.isBgDefault() ? PAPER : COLOURS[cell.getBgColor()];
  const isInverse = cell.isInverse() !== 0;
  return {
    ink: isInverse ? back : fore,
    paper: isInverse ? fore : back,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
    isUnderlined: cell.isUnderline() !== 0,
  };
}

function drawn({ x, text, style }, y) {
  const left = 8 + x * CELL.width;
  const top = 8 + y * CELL.height;
  const width = [...text].length * CELL.width;
  const box =
    style.paper === PAPER
      ? []
      : [
          `<rect x="${left}" y="${top}" width="${width}" height="${CELL.height}" fill="${style.paper}"/>`,
        ];
  if (text.trim() === "") return box;
  const marks = [
    style.isBold ? ' font-weight="bold"' : "",
    style.isDim ? ' opacity="0.6"' : "",
    style.isUnderlined ? ' text-decoration="underline"' : "",
  ].join("");
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return [
    ...box,
    `<text x="${left}" y="${top + 13.5}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="${style.ink}"${marks}>${safe}</text>`,
  ];
}
