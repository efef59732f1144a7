// A table of prices drawn by hand, over the same price stream as the screen that it is compared with: ten times a second
// the cursor goes to each row that has changed, and the row is written anew, with spread, change, trend and age.
//   ansi-table.mjs URL TOKEN ACCOUNT INSTRUMENT...

import { request } from "node:http";

const [url, token, account, ...names] = process.argv.slice(2);
const EVERY_MS = 100;
const LEVELS = "▁▂▃▄▅▆▇█";
const rows = new Map(
  names.map((name, y) => [name, { name, y, mids: [], first: null, isChanged: false }]),
);

process.stdout.write("\u001b[?1049h\u001b[?25l\u001b[2J");
setInterval(paint, EVERY_MS);
process.stdin.setRawMode(true);
process.stdin.on("data", (key) => {
  if (String(key) === "?") return process.stdout.write("\u001b[1;1HKEYS");
  process.stdout.write("\u001b[?1049l\u001b[?25h");
  process.exit(0);
});
request(
  `${url}/v3/accounts/${account}/pricing/stream?instruments=${names.join("%2C")}`,
  { headers: { authorization: `Bearer ${token}` } },
  (response) => {
    let rest = "";
    response.setEncoding("utf8").on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") take(JSON.parse(line));
    });
  },
).end();

function take({ type, instrument, bids, asks, time }) {
  const row = type === "PRICE" ? rows.get(instrument) : undefined;
  if (!row) return;
  const [bid, ask] = [bids[0].price, asks[0].price];
  const mid = (Number(bid) + Number(ask)) / 2;
  row.isUp = mid >= (row.mid ?? mid);
  row.first ??= mid;
  if (row.sampledAt !== time.slice(0, 19)) row.mids = [...row.mids, mid].slice(-16);
  Object.assign(row, { bid, ask, mid, time, sampledAt: time.slice(0, 19), isChanged: true });
}

function paint() {
  let text = "";
  for (const row of rows.values()) {
    if (!row.isChanged) continue;
    row.isChanged = false;
    text += rowText(row);
  }
  if (text !== "") process.stdout.write(text);
}

function rowText({ name, y, bid, ask, mid, first, mids, isUp, time }) {
  const change = ((mid / first - 1) * 100).toFixed(2).padStart(7);
  const spread = ((Number(ask) - Number(bid)) / 0.0001).toFixed(1).padStart(6);
  const [low, high] = [Math.min(...mids), Math.max(...mids)];
  const level = (value) => Math.round(high > low ? ((value - low) / (high - low)) * 7 : 3);
  const trend = mids.map((value) => LEVELS[level(value)]).join("");
  const age = Math.ceil(Math.max(0, Date.now() - Date.parse(time)) / 1000);
  return `\u001b[${y + 1};1H${name.padEnd(10)} \u001b[${isUp ? 32 : 31}m${bid.padStart(10)} ${ask.padStart(10)}\u001b[39m ${spread} ${change}% ${trend} ${age}s`;
}
