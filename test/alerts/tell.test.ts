import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { PAGERDUTY_URL } from "../../src/alerts/http-targets.ts";
import {
  type NotifyOptions,
  pagerDutyUrl,
  tellConfigured,
} from "../../src/alerts/tell-configured.ts";
import { Troubles } from "../../src/alerts/troubles.ts";
import type { Alert, NotifySettings } from "../../src/ports/alerts.ts";
import type { LogFields, LogLevel } from "../../src/ports/log.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

const NOBODY: NotifySettings = {
  ...{ command: null, webhook: null, pagerduty: "off" },
  ...{ desktop: false, orders: true, bell: false },
};
const KEY = "canary-routing-key";

const UNKNOWN: Alert = {
  kind: "outcome_unknown",
  subject: "tmt-1",
  summary: "Order tmt-1 may be live; $(touch hacked)",
  hint: "Settle it.",
  code: "OUTCOME_UNKNOWN",
  connection: "oanda",
  account: "001",
};

function aTelling(settings: Partial<NotifySettings>, change: Partial<NotifyOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "tmt-tell-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines: (readonly [LogLevel, string, LogFields])[] = [];
  const options: NotifyOptions = {
    settings: { ...NOBODY, ...settings },
    variables: { PATH: process.env.PATH, TMT_BROKER_PAGERDUTY_KEY: KEY },
    stateFolder: folder,
    store: () => Promise.reject(new Error("no store")),
    secrets: [],
    clock: systemClock,
    version: "1",
    log: { level: "debug", write: (...line) => lines.push(line) },
    ...change,
  };
  const tell = async (act: (troubles: Troubles) => unknown) => {
    const troubles = new Troubles();
    await act(troubles);
    await tellConfigured(troubles, options);
  };
  return { folder, lines, tell };
}

type Received = { readonly path: string | undefined; readonly body: Record<string, unknown> };

/** A receiver on this computer, that answers as `answer` does. */
async function aReceiver(answer: (response: ServerResponse) => void) {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    received.push({ path: request.url, body: (await json(request)) as Record<string, unknown> });
    answer(response);
  };
  const server = createServer((request, response) => void take(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const accept = (response: ServerResponse) => response.writeHead(202).end('{"status":"success"}');

describe("telling people of a trouble", () => {
  it.skipIf(process.platform === "win32")(
    "runs the user's command, with the alert on its input and no secret near it",
    async () => {
      const { folder, tell } = aTelling({ command: "" });
      const command = `cat > '${folder}/input'; env > '${folder}/env'`;
      const run = aTelling(
        { command },
        {
          variables: {
            PATH: process.env.PATH,
            TMT_BROKER_TOKEN: "canary-1",
            TMT_BROKER_PASSPHRASE: "canary-2",
            TMT_BROKER_PAGERDUTY_KEY: "canary-3",
          },
        },
      );
      await run.tell((troubles) => troubles.raise(UNKNOWN));
      const input: unknown = JSON.parse(readFileSync(join(folder, "input"), "utf8"));
      expect(input).toMatchObject({ event: "trigger", alert: UNKNOWN, suppressed: 0 });
      const env = readFileSync(join(folder, "env"), "utf8");
      expect(env).toContain("TMT_ALERT_KIND=outcome_unknown");
      expect(env).toContain("TMT_ALERT_SUMMARY=Order tmt-1 may be live; $(touch hacked)");
      expect(env).not.toContain("canary");
      expect(existsSync("hacked")).toBe(false);
      await tell(() => undefined);
    },
  );

  it("posts to a webhook", async () => {
    const { received, url } = await aReceiver(accept);
    const { tell } = aTelling({ webhook: `${url}/hook?key=1` });
    await tell((troubles) => troubles.raise(UNKNOWN));
    expect(received).toEqual([
      {
        path: "/hook?key=1",
        body: expect.objectContaining({
          program: "tmt-broker",
          event: "trigger",
          key: "tmt-broker:outcome_unknown:tmt-1",
          alert: UNKNOWN,
        }),
      },
    ]);
  });

  it("opens an incident at PagerDuty, and resolves the same one", async () => {
    const { received, url } = await aReceiver(accept);
    const variables = {
      TMT_BROKER_PAGERDUTY_KEY: KEY,
      TMT_BROKER_PAGERDUTY_URL: `${url}/v2/enqueue`,
    };
    const { tell } = aTelling({ pagerduty: "environment" }, { variables });
    await tell((troubles) => troubles.raise(UNKNOWN));
    await tell((troubles) => troubles.raise(UNKNOWN));
    await tell((troubles) => troubles.resolve("outcome_unknown", "tmt-1"));
    await tell((troubles) => troubles.resolve("outcome_unknown", "tmt-1"));
    const [trigger, resolve, ...others] = received.map(({ body }) => body);
    expect(others).toEqual([]);
    expect(trigger).toMatchObject({
      routing_key: KEY,
      event_action: "trigger",
      dedup_key: "tmt-broker:outcome_unknown:tmt-1",
      payload: {
        summary: UNKNOWN.summary,
        source: expect.any(String),
        severity: "critical",
        component: "oanda",
        class: "outcome_unknown",
        custom_details: { code: "OUTCOME_UNKNOWN", account: "001" },
      },
    });
    expect(resolve).toMatchObject({
      event_action: "resolve",
      dedup_key: "tmt-broker:outcome_unknown:tmt-1",
    });
  });

  it("says that something is over only to those who were told of it", async () => {
    const { received, url } = await aReceiver(accept);
    const { tell, folder } = aTelling({ webhook: url });
    await tell((troubles) => troubles.resolve("outcome_unknown", "tmt-1"));
    expect(received).toEqual([]);
    expect(existsSync(join(folder, "alerts"))).toBe(false);
  });

  it("tries again, gives up, and lets the next process try", async () => {
    const { received, url } = await aReceiver((response) => response.writeHead(500).end());
    const { tell, lines } = aTelling({ webhook: url });
    await tell((troubles) => troubles.raise(UNKNOWN));
    expect(received).toHaveLength(2);
    expect(lines.map(([level, text]) => [level, text])).toEqual(
      Array(2).fill([
        "error",
        "notify.webhook could not be told: tmt-broker:outcome_unknown:tmt-1",
      ]),
    );
    await tell((troubles) => troubles.raise(UNKNOWN));
    expect(received).toHaveLength(4);
  });

  it.skipIf(process.platform === "win32")(
    "takes a bounded time whatever the receivers do, and leaves nothing running",
    async () => {
      const { url } = await aReceiver(() => undefined);
      const settings = { webhook: url, command: 'echo $$ > "$OUT/pid"; sleep 60' };
      const scene = aTelling(settings);
      const variables = { PATH: process.env.PATH, OUT: scene.folder };
      const { tell, lines } = aTelling(settings, { variables, timeoutMs: 400 });
      const startedMs = systemClock.monotonicMs();
      await tell((troubles) => troubles.raise(UNKNOWN));
      expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
      expect(lines.every(([level]) => level === "error")).toBe(true);
      const pid = Number(readFileSync(join(scene.folder, "pid"), "utf8"));
      expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    },
  );

  it("logs a routing key that can't be read, and still tells the others", async () => {
    const { received, url } = await aReceiver(accept);
    const { tell, lines } = aTelling({ pagerduty: "keychain", webhook: url });
    await tell((troubles) => troubles.raise(UNKNOWN));
    expect(received).toHaveLength(1);
    expect(lines.map(([, text]) => text)).toContain(
      "PagerDuty can't be told: its routing key can't be read",
    );
  });

  it.each([
    ["http://127.0.0.1:9/v2/enqueue", "http://127.0.0.1:9/v2/enqueue"],
    ["http://pagerduty.example/v2/enqueue", PAGERDUTY_URL],
    ["http://127.0.0.1.example/v2/enqueue", PAGERDUTY_URL],
    ["https://127.0.0.1@pagerduty.example/", PAGERDUTY_URL],
    ["nonsense", PAGERDUTY_URL],
    [undefined, PAGERDUTY_URL],
  ])("sends the routing key to PagerDuty and to this computer alone: %s", (given, expected) => {
    expect(pagerDutyUrl(given)).toBe(expected);
  });

  it("tells of a paused connection, and when it is back", async () => {
    const { received, url } = await aReceiver(accept);
    const open = { consecutiveFailures: 5, openedAt: systemClock.now(), probe: null };
    const closed = { consecutiveFailures: 0, openedAt: null, probe: null };
    let circuit: typeof open | typeof closed = open;
    const circuits = { read: async () => circuit };
    const { tell } = aTelling({ webhook: url });
    const note = (troubles: Troubles) =>
      troubles.noteCircuits(["oanda"], circuits, systemClock.now());
    await tell(note);
    circuit = closed;
    await tell(note);
    expect(received.map(({ body }) => [body.event, body.key])).toEqual([
      ["trigger", "tmt-broker:circuit_open:oanda"],
      ["resolve", "tmt-broker:circuit_open:oanda"],
    ]);
  });
});
