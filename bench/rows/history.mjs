// The trading history beside the sqlite3 program, which does the same with the same rows in the same run.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PROGRAM, runTime } from "../child.mjs";
import { interleave, medianRatio, timed } from "../compare.mjs";

const ROWS = Number(process.env.TMT_BENCH_HISTORY_ROWS ?? 1_000_000);
/** Each of them takes seconds. */
const MOST_ROUNDS = 5;
const TIME_LIMIT_MS = 600_000;
const START_MS = Date.UTC(2016, 0, 1);
const STEP_MS = 300_000;
const ROWS_AT_ONCE = 5_000;

const COLUMNS =
  "id,connection,account,time,type,brokerType,instrument,side,units,price,realizedPl,commission,financing,amount,balance,currency,orderId,tradeId,clientOrderId,signalId,agent";
/** The same indexes as the program's own. */
const TABLE = `PRAGMA journal_mode = WAL;
CREATE TABLE history (${COLUMNS.split(",")
  .map((name) => `${name} TEXT`)
  .join(", ")});
CREATE UNIQUE INDEX history_by_id ON history (connection, account, id);
CREATE INDEX history_by_time ON history (time);`;
/** Exact, as the program's own sums are. */
const DAILY = `SELECT substr(time, 1, 10), currency, decimal_sum(realizedPl), decimal_sum(commission),
  decimal_sum(financing), decimal_sum(amount), sum(type = 'fill')
  FROM history WHERE type <> 'funding' AND (type = 'fill' OR amount <> '0') GROUP BY 1, 2`;

export async function measureHistory(lab, { rounds }) {
  if (spawnSync("sqlite3", ["--version"]).status !== 0) {
    process.stderr.write("sqlite3 isn't here: the rows of the history are left out\n");
    return [];
  }
  const csv = join(lab.folder, "history.csv");
  writeRows(csv);
  const options = { rounds: Math.min(rounds, MOST_ROUNDS), warmup: 1 };
  const home = { folder: join(lab.folder, "history-home") };
  const own = { home, timeLimitMs: TIME_LIMIT_MS };
  const peer = join(lab.folder, "history-peer.db");
  const importing = await interleave(
    {
      program: () => {
        remove(home.folder);
        return runTime([PROGRAM, "history", "import", csv], own);
      },
      sqlite3: () => {
        for (const suffix of ["", "-wal", "-shm"]) remove(`${peer}${suffix}`);
        return timed(() => sqlite3([peer, TABLE, ".mode csv", `.import --skip 1 ${csv} history`]));
      },
    },
    options,
  );
  const summing = await interleave(
    {
      program: () =>
        runTime([PROGRAM, "history", "pnl", "-c", "oanda", "--timezone", "UTC", "-q"], own),
      sqlite3: () => timed(() => sqlite3([peer, DAILY])),
    },
    options,
  );
  const out = join(lab.folder, "history-out.csv");
  const exporting = await interleave(
    {
      program: () => runTime([PROGRAM, "history", "export", "--all", "-q", "-o", out], own),
      sqlite3: () =>
        timed(() =>
          sqlite3([
            "-csv",
            "-header",
            peer,
            `.output ${out}`,
            "SELECT * FROM history ORDER BY time",
          ]),
        ),
    },
    options,
  );
  const count = ROWS.toLocaleString("en");
  const ratio = ({ program, sqlite3: other }) => medianRatio(program, other);
  return [
    {
      row: `import of ${count} rows ÷ sqlite3 .import`,
      ratio: ratio(importing),
      must: 1.5,
      aim: 1.1,
    },
    {
      row: `daily P&L of ${count} rows ÷ sqlite3's exact sums`,
      ratio: ratio(summing),
      must: 1.3,
      aim: 1,
    },
    {
      row: `CSV export of ${count} rows ÷ sqlite3 -csv`,
      ratio: ratio(exporting),
      must: 3,
      aim: 2.2,
    },
  ];
}

function sqlite3(args) {
  const { status, stderr } = spawnSync("sqlite3", args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`sqlite3 failed: ${stderr}`);
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

/** Orders and fills of some years, every one different. */
function writeRows(path) {
  const file = openSync(path, "w");
  writeSync(file, `${COLUMNS}\n`);
  for (let next = 1; next <= ROWS; next += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, ROWS - next + 1);
    writeSync(file, Array.from({ length: count }, (_, index) => lineOf(next + index)).join(""));
  }
  closeSync(file);
}

function lineOf(id) {
  const time = `${new Date(START_MS + id * STEP_MS).toISOString().slice(0, 19)}.123456789Z`;
  const head = `${id},oanda,101-001-1000001-001,${time}`;
  const labels = `tmt-01KAPZ5T8Y3M2N4Q6R7S9V${id},sig-${id % 1000},alpha`;
  if (id % 3 !== 0) {
    return `${head},order,MARKET_ORDER,EUR_USD,buy,1000,,0,0,0,0,,USD,${id},,${labels}\n`;
  }
  const pl = ((id % 2001) - 1000) / 100;
  const side = id % 2 ? "buy" : "sell";
  const price = `1.${10_000 + (id % 8999)}`;
  return `${head},fill,ORDER_FILL,EUR_USD,${side},${1000 + (id % 9000)},${price},${pl},0,0,${pl},${100_000 + (id % 7777)}.25,USD,${id - 1},${id},${labels}\n`;
}
