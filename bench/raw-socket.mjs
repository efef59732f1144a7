// The floor of any HTTP client: prepared bytes on one open socket, and no library at all.
import { once } from "node:events";
import { connect } from "node:net";

/** Opens a socket that sends one request at a time. */
export async function openRawSocket(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return {
    /** Sends `text` and waits until `isWhole` says that everything is back. */
    exchange: (text, isWhole) => exchange(socket, text, isWhole),
    close: () => socket.destroy(),
  };
}

/** A POST with a JSON body, whose answer is read and parsed. */
export async function post(raw, { path, token, body }) {
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const answer = await raw.exchange(`${head.join("\r\n")}\r\n\r\n${body}`, isWholeAnswer);
  if (!answer.startsWith("HTTP/1.1 201")) throw new Error(`refused: ${answer.slice(0, 200)}`);
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
}

function isWholeAnswer(text) {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}

function exchange(socket, text, isWhole) {
  return new Promise((resolve, reject) => {
    let received = "";
    const onClose = () => reject(new Error("the connection was closed"));
    const onData = (chunk) => {
      received += chunk.toString("latin1");
      if (!isWhole(received)) return;
      socket.off("data", onData).off("close", onClose);
      resolve(received);
    };
    socket.on("data", onData).once("close", onClose);
    socket.write(text);
  });
}
