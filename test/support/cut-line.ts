import { connect, createServer, type Socket } from "node:net";
import { afterAll } from "vitest";

/** A line to a server that can be cut, as when a cable is pulled, and mended. */
export type CutLine = {
  readonly url: string;
  /** Every connection breaks, and no new one comes to be. */
  cut(): void;
  mend(): void;
  /** So many connections were refused. */
  readonly refused: number;
};

const closers: (() => void)[] = [];

afterAll(() => {
  for (const close of closers) close();
});

export async function openCutLine(url: string): Promise<CutLine> {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let isCut = false;
  let refused = 0;
  const server = createServer((near) => {
    if (isCut) {
      refused += 1;
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  closers.push(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    mend: () => {
      isCut = false;
    },
    get refused() {
      return refused;
    },
  };
}
