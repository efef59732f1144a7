import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Gateway, openGateway } from "../support/gateway.ts";
import { type PlantedFault, planted } from "../support/planted-faults.ts";
import {
  clockAhead,
  type Finished,
  fillsByClientId,
  finished,
  newUser,
  PATIENCE,
  PROGRAM,
  type User,
} from "../support/program.ts";
import { connectOanda, openVenue, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "a passphrase", TMT_BROKER_TOKEN: TOKEN };
/** Long enough for a fault to come before the answer. */
const ANSWER_MS = 1000;
const ORDER = "order buy EUR_USD 100 -c oanda";
/** After that long nothing of an order can arrive at the broker any more. */
const ARRIVAL_MS = 60_000;

type Report = { readonly clientOrderId: string; readonly status: string };

let user: User;
let venue: Venue;
let gateway: Gateway;

beforeAll(async () => {
  user = newUser(SECRETS);
  venue = await openVenue({ token: TOKEN });
  gateway = await openGateway(venue.url);
  await connectOanda(user, { url: gateway.url, token: TOKEN });
  expect((await user.run(ORDER)).code).toBe(0);
  gateway.answerAfterMs = ANSWER_MS;
});

/** What became of each order that a later command had to find out. */
async function settled(): Promise<readonly Report[]> {
  const env = clockAhead(user, ARRIVAL_MS);
  const reconciled = await user.run("order reconcile -c oanda --json", { env });
  expect(reconciled.code, reconciled.stderr).toBe(0);
  return reconciled.json<{ settled: readonly Report[] }>().settled;
}

async function fillsOf(id: string): Promise<number> {
  return fillsByClientId(await venue.log()).get(id) ?? 0;
}

/** What had left before its sender died arrives: when, is for the computer to say. */
async function untilFilled(id: string): Promise<void> {
  await vi.waitFor(async () => expect(await fillsOf(id)).toBe(1), { timeout: 60_000 });
}

describe("a defect of the program that nobody catches", () => {
  const FAULTS = ["exception", "rejection"] as const satisfies readonly PlantedFault[];

  it.each(FAULTS)(
    "PR-03 as an uncaught %s before anything is sent: one line, exit 1",
    async (fault) => {
      const env = planted(user.home, fault, { method: "GET" });
      const { code, stdout, stderr } = await user.run(
        `${ORDER} --json --client-id early-${fault}`,
        {
          env,
        },
      );
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr.trim().split("\n")).toHaveLength(1);
      const { error } = JSON.parse(stderr);
      expect(error).toMatchObject({
        code: "INTERNAL",
        message: "The program failed: broke with ***",
      });
      expect(error.hint).toContain("tmt-broker order reconcile");
      expect(await settled()).toEqual([]);
      expect(await fillsOf(`early-${fault}`)).toBe(0);
    },
  );

  it.each(FAULTS)(
    "PR-03 as an uncaught %s with an order under way: the next command settles it",
    async (fault) => {
      const env = planted(user.home, fault, { method: "POST" });
      const id = `late-${fault}`;
      const broken = await user.run(`${ORDER} --json --client-id ${id}`, { env });
      expect(broken.code, broken.stderr).toBe(1);
      expect(broken.error().code).toBe("INTERNAL");
      expect(broken.stdout).toBe("");
      expect(broken.stderr).not.toContain(TOKEN);
      await untilFilled(id);
      expect(await settled()).toMatchObject([{ clientOrderId: id, status: "filled" }]);
      expect((await user.run(ORDER)).code).toBe(0);
      expect(await fillsOf(id)).toBe(1);
    },
  );

  it("PR-03 is told to a person without a stack, unless it is asked for", async () => {
    const env = planted(user.home, "exception", { method: "GET" });
    const { code, stderr } = await user.run(ORDER, { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: The program failed: broke with \*\*\*\n {2}.*order reconcile\n {2}\[INTERNAL\]\n$/,
    );
    const verbose = await user.run(`${ORDER} --verbose`, { env });
    expect(verbose.stderr).toContain("    at ");
    expect(verbose.stderr).not.toContain(TOKEN);
  });
});

/** As a shell starts it that lets its programs open so many files only. */
function runWithFewFiles(limit: number, words: string) {
  const program = `exec '${process.execPath}' '${PROGRAM}' ${words}`;
  return finished(spawn("sh", ["-c", `ulimit -n ${limit}; ${program}`], { env: { ...user.env } }));
}

describe("a computer that has nothing left", () => {
  it("PR-04 no memory in the middle of an order: it died, and the next command settles it", async () => {
    const env = planted(user.home, "memory", {
      method: "POST",
      options: "--max-old-space-size=48",
    });
    const broken = await user.run(`${ORDER} --client-id memory-1`, { env });
    expect(broken.code).not.toBe(0);
    expect(broken.stdout).toBe("");
    expect(broken.stderr).toMatch(/heap out of memory/);
    expect(broken.stderr).not.toContain(TOKEN);
    await untilFilled("memory-1");
    expect(await settled()).toMatchObject([{ clientOrderId: "memory-1", status: "filled" }]);
    expect(await fillsOf("memory-1")).toBe(1);
  });

  it("PR-04 too few files: an order is placed, or nothing was sent, and it says so", async () => {
    // Below the least Node itself doesn't start; from the most on nothing is missing.
    gateway.answerAfterMs = 0;
    const ended: Finished[] = [];
    for (const limit of [18, 20, 22, 23, 24, 25, 26, 28, 40]) {
      const id = `files-${limit}`;
      const one = await runWithFewFiles(limit, `${ORDER} --json --quiet --client-id ${id}`);
      ended.push(one);
      const { code, stdout, stderr } = one;
      expect(await fillsOf(id), `${id} ${stderr}`).toBe(code === 0 ? 1 : 0);
      expect(stdout === "", id).toBe(code !== 0);
      if (code !== 6 && code !== 9) continue;
      const { error } = JSON.parse(stderr.split("\n")[0] ?? "");
      expect(error.message).toMatch(/Nothing was (sent|changed)/);
    }
    expect(ended.at(-1)?.code).toBe(0);
    expect(ended.filter(({ code }) => code === 6 || code === 9).length).toBeGreaterThan(0);
    expect(await settled()).toEqual([]);
  });

  it("PR-04 a twentieth of a processor: the order is placed once, later", async () => {
    gateway.answerAfterMs = 0;
    const child = user.start(`${ORDER} --json --client-id starved-1`);
    const ended = finished(child);
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      child.kill("SIGSTOP");
      await delay(95);
      child.kill("SIGCONT");
      await delay(5);
    }
    const { code, stderr } = await ended;
    // One that stood still for too long between its check and its sending isn't sent.
    expect([0, 6], stderr).toContain(code);
    expect(await fillsOf("starved-1")).toBe(code === 0 ? 1 : 0);
    expect(await settled()).toEqual([]);
  });

  it("PR-04 PR-02 stopped while its order is under way: others go on, and it takes its answer up", async () => {
    const arrived = Promise.withResolvers<void>();
    gateway.answerAfterMs = 0;
    gateway.afterPassing = (request) => {
      if (!request.startsWith("POST ")) return;
      child.kill("SIGSTOP");
      arrived.resolve();
    };
    const child = user.start(`${ORDER} --json --client-id stopped-1`);
    const ended = finished(child);
    await arrived.promise;
    gateway.afterPassing = () => undefined;
    const other = await user.run(`${ORDER} --client-id stopped-2`);
    expect(other.code, other.stderr).toBe(0);
    await delay(2000);
    child.kill("SIGCONT");
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ clientOrderId: "stopped-1", status: "filled" });
    expect([await fillsOf("stopped-1"), await fillsOf("stopped-2")]).toEqual([1, 1]);
    expect(await settled()).toEqual([]);
  });
});
