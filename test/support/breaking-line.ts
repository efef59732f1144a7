import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** When a line breaks: before a message of the client's arrives, or before its answer does. */
export type Break = { readonly message: number; readonly when: "asked" | "answered" };

/** A line to a server on a port of this computer that breaks once. */
export type BreakingLine = {
  readonly port: number;
  /** What the client sent, over all connections. */
  readonly messages: readonly string[];
};

export async function openBreakingLine(target: number, at: Break | null): Promise<BreakingLine> {
  const messages: string[] = [];
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    let isBreaking = false;
    const end = () => {
      near.destroy();
      far.destroy();
    };
    near.on("data", (data: Buffer) => {
      messages.push(data.toString("latin1"));
      isBreaking = messages.length === at?.message;
      if (isBreaking && at?.when === "asked") end();
      else far.write(data);
    });
    far.on("data", (data: Buffer) => {
      if (isBreaking) end();
      else near.write(data);
    });
    for (const socket of [near, far] satisfies Socket[]) {
      socket.on("error", end);
      socket.on("close", end);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, messages };
}
