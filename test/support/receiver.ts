import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export type ToldMessage = {
  readonly event: string;
  readonly key: string;
  readonly alert: Readonly<Record<string, unknown>>;
};

/** A webhook of the user's, and everything it was told. */
export async function openReceiver(): Promise<{
  readonly url: string;
  readonly told: ToldMessage[];
}> {
  const told: ToldMessage[] = [];
  const server = createServer(async (request, response) => {
    told.push((await json(request)) as ToldMessage);
    response.writeHead(202).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, told };
}
