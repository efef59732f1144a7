// A broker's price stream at full speed, its lines prepared: price-server.mjs COUNT
// GET …/pricing/stream sends COUNT prices and then says nothing more; GET …/pricing tells the time. Prints {"port"}
// The bid of price N is 1 + N / 1,000,000, so that a reader can tell which ones it has seen.
import { once } from "node:events";
import { createServer } from "node:http";

const COUNT = Number(process.argv[2]);
const NAMES = [
  "EUR_USD",
  "GBP_USD",
  "AUD_USD",
  "NZD_USD",
  "USD_CHF",
  "USD_CAD",
  "EUR_GBP",
  "XAU_USD",
];
const CHUNK_BYTES = 65_536;
const START_MS = Date.now() - 3_600_000;

const chunks = chunksOf(Array.from({ length: COUNT }, (_, index) => priceLine(index)));
const server = createServer(async (request, response) => {
  if (!request.url.includes("/stream")) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ prices: [], time: new Date().toISOString() }));
    return;
  }
  response.writeHead(200, { "content-type": "application/octet-stream" });
  for (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
console.log(JSON.stringify({ port: server.address().port }));

function priceLine(index) {
  const time = `${new Date(START_MS + index).toISOString().slice(0, -1)}456789Z`;
  const price = (points) => (1 + (index + points) / 1e6).toFixed(6);
  const side = (first, step) => [
    { price: price(first), liquidity: 1_000_000 },
    { price: price(first + step), liquidity: 2_000_000 },
  ];
  return JSON.stringify({
    type: "PRICE",
    time,
    bids: side(0, -50),
    asks: side(120, 50),
    closeoutBid: price(-200),
    closeoutAsk: price(300),
    status: "tradeable",
    tradeable: true,
    instrument: NAMES[index % NAMES.length],
  });
}

/** Cut without regard to where lines end, as a network does. */
function chunksOf(lines) {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
}

/** Resolves when the reader has caught up, or left. */
function drained(response) {
  return new Promise((resolve) => {
    const over = () => {
      response.off("drain", over).off("close", over);
      resolve();
    };
    response.on("drain", over).on("close", over);
  });
}
