// Many instruments in front of a practice server: prices of COUNT made-up pairs, each TIMES a second, and everything else
// as that server answers it.   many-prices.mjs URL COUNT TIMES   prints {"port","names"}
import { once } from "node:events";
import { request as ask, createServer } from "node:http";

const [url, count, times] = process.argv.slice(2);
const names = Array.from({ length: Number(count) }, (_, index) => `${letters(index)}_USD`);
const EVERY_MS = 1_000 / Number(times);
const HEARTBEAT_MS = 5_000;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, url);
  if (pathname.endsWith("/instruments")) return void answerInstruments(request, response);
  if (pathname.endsWith("/pricing/stream")) return streamPrices(response);
  if (pathname.endsWith("/pricing"))
    return answer(response, { prices: names.map(priceOf), time: now() });
  request.pipe(
    ask(new URL(request.url, url), { method: request.method, headers: request.headers }, (from) => {
      response.writeHead(from.statusCode, from.headers);
      from.pipe(response);
      response.on("close", () => from.destroy());
    }),
  );
}).listen(0, "127.0.0.1");
await once(server, "listening");
console.log(JSON.stringify({ port: server.address().port, names }));

/** AAA, AAB, …: no currency that there is. */
function letters(index) {
  const letter = (value) => String.fromCharCode(65 + (value % 26));
  return `Q${letter(Math.floor(index / 26))}${letter(index)}`;
}

/** EUR_USD under every name. */
async function answerInstruments(request, response) {
  const { authorization } = request.headers;
  const answered = await fetch(new URL(request.url, url), { headers: { authorization } });
  const body = await answered.json();
  const model = body.instruments.find(({ name }) => name === "EUR_USD");
  const instruments = names.map((name) => ({
    ...model,
    name,
    displayName: name.replace("_", "/"),
  }));
  answer(response, { ...body, instruments });
}

function streamPrices(response) {
  response.writeHead(200, { "content-type": "application/octet-stream" });
  const tick = setInterval(() => {
    response.write(names.map((name) => `${JSON.stringify(priceOf(name))}\n`).join(""));
  }, EVERY_MS);
  const beat = setInterval(() => {
    response.write(`${JSON.stringify({ type: "HEARTBEAT", time: now() })}\n`);
  }, HEARTBEAT_MS);
  response.on("close", () => {
    clearInterval(tick);
    clearInterval(beat);
  });
}

function priceOf(instrument) {
  const bid = 1.1 + Math.floor(Math.random() * 100) / 1e5;
  const side = (value) => [{ price: value.toFixed(5), liquidity: 1_000_000 }];
  return {
    type: "PRICE",
    time: now(),
    bids: side(bid),
    asks: side(bid + 0.0001),
    closeoutBid: bid.toFixed(5),
    closeoutAsk: (bid + 0.0001).toFixed(5),
    status: "tradeable",
    tradeable: true,
    instrument,
  };
}

function now() {
  return `${new Date().toISOString().slice(0, -1)}000000Z`;
}

function answer(response, body) {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
