import { describe, expect, it } from "vitest";
import { tellNews } from "../../src/commands/news.ts";
import { noticeOf } from "../../src/core/notice.ts";
import type { Alert } from "../../src/ports/alerts.ts";
import { UTC_TIMES } from "../../src/ui/output/times.ts";
import { anEntry } from "../support/log-entries.ts";

describe("the alarm of a trade without its stop", () => {
  it("gives commands that mean its account, whatever the default is", async () => {
    const notice = noticeOf(anEntry("after_fill", { type: "cancel" }));
    if (!notice) throw new Error("a stop that was refused is told");
    const raised: Alert[] = [];
    const news = { connection: "oanda", account: "001-1", currency: "USD", skipped: 0 };
    await tellNews(
      { ...news, notices: [notice] },
      {
        times: UTC_TIMES,
        show: () => undefined,
        tell: null,
        alerts: { raise: (alert) => raised.push(alert) },
      },
    );
    const where = "-c oanda -a 001-1";
    expect(raised).toMatchObject([
      {
        kind: "no_stop",
        hint: `Set one with: tmt-broker positions modify ${notice.tradeId} --sl ${where}, or close it: tmt-broker positions close ${notice.tradeId} ${where}`,
      },
    ]);
  });
});
