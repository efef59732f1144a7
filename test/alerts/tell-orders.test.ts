import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { callOf } from "../../src/alerts/desktop-target.ts";
import { ORDER_EVENTS_PER_HOUR, tellOrders } from "../../src/alerts/tell-configured.ts";
import type { NotifySettings, OrderAlert } from "../../src/ports/alerts.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { openReceiver } from "../support/receiver.ts";

const anAlert = (id: number): OrderAlert => ({
  kind: "stop_loss",
  subject: `oanda 001 ${id}`,
  summary: "The stop loss of trade 7 was hit.",
  hint: null,
  isUrgent: false,
  connection: "oanda",
  account: "001",
  notice: null,
});

async function tellingOf(changes: Partial<NotifySettings>) {
  const folder = mkdtempSync(join(tmpdir(), "tmt-orders-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines: string[] = [];
  const settings: NotifySettings = {
    ...{ command: null, webhook: null, pagerduty: "environment" },
    ...{ desktop: false, orders: true, bell: false },
    ...changes,
  };
  const clock = new FakeClock(undefined, "manual");
  const tell = (alerts: readonly OrderAlert[]) =>
    tellOrders(alerts, {
      settings,
      variables: { PATH: process.env.PATH, TMT_BROKER_PAGERDUTY_KEY: "key" },
      stateFolder: folder,
      store: () => Promise.reject(new Error("no store")),
      secrets: [],
      clock,
      version: "1",
      log: { level: "debug", write: (_, text) => lines.push(text) },
    });
  return { tell, lines };
}

describe("events of orders", () => {
  it("reach the webhook, each by its own key, and wake nobody by PagerDuty", async () => {
    const { url, told } = await openReceiver();
    const { tell, lines } = await tellingOf({ webhook: url });
    expect(await tell([anAlert(1), anAlert(2)])).toBe(true);
    expect(new Set(told.map(({ event, key }) => `${event} ${key}`))).toEqual(
      new Set(["order tmt-broker:order:oanda 001 1", "order tmt-broker:order:oanda 001 2"]),
    );
    expect(lines.join()).not.toContain("pagerduty");
  });

  it("nobody was told where there is nobody to tell", async () => {
    const { tell } = await tellingOf({});
    expect(await tell([anAlert(1)])).toBe(false);
  });

  it("are not more than so many an hour; what is beyond is in the log, and counts as told", async () => {
    const { url, told } = await openReceiver();
    const { tell, lines } = await tellingOf({ webhook: url });
    const many = Array.from({ length: ORDER_EVENTS_PER_HOUR }, (_, at) => anAlert(at));
    expect(await tell(many)).toBe(true);
    expect(told).toHaveLength(ORDER_EVENTS_PER_HOUR);
    expect(await tell([anAlert(999)])).toBe(true);
    expect(told).toHaveLength(ORDER_EVENTS_PER_HOUR);
    expect(lines.join()).toContain("Too many this hour to be told: tmt-broker:order:oanda 001 999");
  });
});

describe("CI-17 SE-01 a desktop", () => {
  const words = { title: "tmt-broker: x", body: '<b>&\\n"; do shell script "rm"', isUrgent: true };

  it("on Linux takes texts as arguments after --, without markup and escapes", () => {
    expect(callOf("linux", words)).toEqual({
      program: "notify-send",
      words: [
        ...["--app-name=tmt-broker", "--urgency=critical", "--", "tmt-broker: x"],
        '&lt;b&gt;&amp;\\\\n"; do shell script "rm"',
      ],
    });
  });

  it("on macOS takes texts as arguments of the script, never as a part of it", () => {
    const call = callOf("darwin", words);
    expect(call?.program).toBe("osascript");
    expect(call?.words.slice(-3)).toEqual(["--", words.title, words.body]);
    expect(call?.words.slice(0, -3).join(" ")).not.toContain("rm");
  });

  it("elsewhere isn't known", () => {
    expect(callOf("win32", words)).toBeNull();
  });
});
