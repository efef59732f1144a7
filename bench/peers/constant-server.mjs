// The floor of any HTTP server: Node's own, with an answer that is ready. GET or POST /SIZE answers SIZE bytes.
// constant-server.mjs   prints {"port"}
import { once } from "node:events";
import { createServer } from "node:http";

const bodies = new Map();
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const body = bodyOf(Number(request.url.slice(1)));
    const status = request.method === "POST" ? 201 : 200;
    response.writeHead(status, {
      "Content-Type": "application/json",
      "Content-Length": body.length,
    });
    response.end(body);
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
console.log(JSON.stringify({ port: server.address().port }));

function bodyOf(size) {
  if (!bodies.has(size)) bodies.set(size, Buffer.from(`"${"x".repeat(Math.max(0, size - 2))}"`));
  return bodies.get(size);
}
