// What the measurements stand on: a practice server, and homes of the program that are ready for use.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { environmentOf, PEERS, PROGRAM, runProgram } from "./child.mjs";

const TOKEN = "bench-token";
const OPEN_POSITIONS = 30;

/** Opens a temporary folder and what is in it; `close` takes all of it away again. */
export function openLab() {
  const folder = mkdtempSync(join(tmpdir(), "tmt-bench-"));
  const stops = [];
  const lab = {
    folder,
    onClose: (stop) => stops.push(stop),
    server: lazily(() => startServer(lab)),
    paperHome: lazily(() => preparePaper(makeHome(lab, "paper"))),
    positionsHome: lazily(() => preparePositions(makeHome(lab, "positions"))),
    brokerHome: lazily(async () => prepareBroker(lab, await lab.server())),
    /** A connection to a server of its own that replays the ticks of a file. */
    feedHome: async (file, { name = "feed", speed = 1 } = {}) => {
      const server = await startServer(lab, name, ["--feed", file, "--speed", String(speed)]);
      return { home: await prepareBroker(lab, server), server };
    },
    /** A connection to many made-up instruments, each with so many prices a second. */
    manyHome: async (count, times) => {
      const server = await lab.server();
      const script = join(PEERS, "many-prices.mjs");
      const words = [script, server.url, String(count), String(times)];
      const { port, names } = JSON.parse(await startHelper(lab, words));
      const url = `http://127.0.0.1:${port}`;
      const home = makeHome(lab, "many");
      writeConnection(home, { ...server, url });
      return { home, names, server: { ...server, url } };
    },
    async close() {
      for (const stop of stops.toReversed()) await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return lab;
}

/** Starts `node <args>` for as long as the lab is open; gives the first line it prints. */
export async function startHelper(lab, args, home) {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: environmentOf(home),
  });
  lab.onClose(async () => {
    const isOver = child.exitCode === null ? once(child, "exit") : null;
    child.kill("SIGTERM");
    await isOver;
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`"node ${args.join(" ")}" ended with ${code} before it was ready`);
  });
  const [line] = await Promise.race([once(lines, "line"), ended]);
  ended.catch(() => undefined);
  return line;
}

async function startServer(lab, name = "server", words = []) {
  const home = makeHome(lab, name);
  const serve = [PROGRAM, "practice", "serve", "--port", "0", "--token", TOKEN, "--json", "-q"];
  const args = [...serve, ...words];
  const { url, accounts } = JSON.parse(await startHelper(lab, args, home));
  const account = accounts[0];
  return { name, url, account, token: TOKEN, flatten: () => flatten(url, account) };
}

/** Closes what the measured orders opened, so that the account doesn't grow from round to round. */
async function flatten(url, account) {
  const response = await fetch(`${url}/v3/accounts/${account}/positions/EUR_USD/close`, {
    method: "PUT",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ longUnits: "ALL" }),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the practice server closed nothing: ${response.status}`);
}

function makeHome(lab, name) {
  const folder = join(lab.folder, name);
  mkdirSync(folder, { mode: 0o700 });
  const home = { folder, variables: {} };
  writeConfig(home, []);
  return home;
}

function writeConfig({ folder }, lines) {
  const text = ["[risk]", "maxOrdersPerMinute = 6000", "maxSpreadPips = 10000", ...lines, ""].join(
    "\n",
  );
  writeFileSync(join(folder, "config.toml"), text, { mode: 0o600 });
}

/** The first order makes the database and the compile cache; the second finds both. */
function preparePaper(home) {
  for (let order = 0; order < 2; order += 1) {
    runProgram(["order", "buy", "EUR_USD", "100", "-c", "paper"], home);
  }
  return home;
}

function preparePositions(home) {
  const listed = JSON.parse(runProgram(["accounts", "instruments", "-c", "paper", "--json"], home));
  for (const { instrument } of listed.slice(0, OPEN_POSITIONS)) {
    runProgram(["order", "buy", instrument, "100", "-c", "paper"], home);
  }
  const open = JSON.parse(runProgram(["positions", "-c", "paper", "--json"], home));
  if (open.length !== OPEN_POSITIONS) throw new Error(`${open.length} positions are open`);
  return home;
}

async function prepareBroker(lab, { name, url, account, flatten: close }) {
  const home = makeHome(lab, `broker-of-${name}`);
  writeConnection(home, { url, account });
  for (let order = 0; order < 2; order += 1) {
    runProgram(["order", "buy", "EUR_USD", "100", "-c", "bench"], home);
  }
  await close();
  return home;
}

function writeConnection(home, { url, account }) {
  writeConfig(home, [
    "[connections.bench]",
    'broker = "oanda"',
    'environment = "practice"',
    `host = "${url}"`,
    "[[connections.bench.accounts]]",
    `id = "${account}"`,
    'region = "US"',
    'currency = "USD"',
  ]);
  home.variables.TMT_BROKER_TOKEN = TOKEN;
}

function lazily(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}
