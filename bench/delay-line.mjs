// A wire with a length: forwards TCP to a port of this computer, every byte held up on its way there and on its
// way back. Beside it, an echo at the end of a wire of the same length, to tell what one round trip takes.
// delay-line.mjs TARGET_PORT ONE_WAY_MS   prints {"port","echoPort"}
import { once } from "node:events";
import { connect, createServer } from "node:net";

const [targetPort, oneWayMs] = process.argv.slice(2).map(Number);

const line = await listen((socket) => {
  const target = connect(targetPort, "127.0.0.1");
  forward(socket, target);
  forward(target, socket);
});
const echo = await listen((socket) => {
  const back = (chunk) => setTimeout(() => socket.write(chunk), oneWayMs);
  socket.on("data", (chunk) => setTimeout(() => back(chunk), oneWayMs));
  socket.on("error", () => socket.destroy());
});
console.log(JSON.stringify({ port: line, echoPort: echo }));

async function listen(onConnection) {
  const server = createServer({ noDelay: true }, onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

/** Timers of one length fire in the order they were set, so the bytes stay in theirs. */
function forward(from, to) {
  to.setNoDelay(true);
  from.on("data", (chunk) => setTimeout(() => to.write(chunk), oneWayMs));
  from.on("close", () => setTimeout(() => to.destroy(), oneWayMs));
  from.on("error", () => from.destroy());
}
