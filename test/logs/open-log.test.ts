import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { Secret } from "../../src/core/secret.ts";
import { logLevelOf, openLog } from "../../src/logs/open-log.ts";
import { rotate } from "../../src/logs/rotate.ts";
import { LOG_LEVELS, type LogLevel } from "../../src/ports/log.ts";

const FIELDS = { action: "order buy" } as const;

function aLog(level: LogLevel, secrets: readonly Secret[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "tmt-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "tmt-broker.log");
  const faults: unknown[] = [];
  const log = openLog({
    level,
    file: async () => file,
    version: "1.2.3",
    secrets: () => secrets,
    onFault: (error) => faults.push(error),
  });
  const lines = () =>
    existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  return { log, file, faults, lines };
}

describe("the log", () => {
  it.each(LOG_LEVELS)("takes at the level %s what is as grave or graver", async (level) => {
    const { log, lines } = aLog(level);
    for (const each of LOG_LEVELS) log.write(each, `a ${each}`, FIELDS);
    await log.flushed();
    const expected = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1);
    expect(lines().map((line) => JSON.parse(line)["log.level"])).toEqual(expected);
  });

  it("takes errors only unless it is told, and makes no file for nothing", async () => {
    expect(logLevelOf({})).toBe("error");
    expect(logLevelOf({ TMT_BROKER_LOG: "debug" })).toBe("debug");
    const { log, file } = aLog("error");
    log.write("info", "nothing of note", FIELDS);
    await log.flushed();
    expect(existsSync(file)).toBe(false);
  });

  it("writes one line of ECS an event, with everything that was about it", async () => {
    const { log, lines, file } = aLog("error");
    const cause = new Error("ECONNRESET");
    const error = new Failure("OUTCOME_UNKNOWN", "It may be\nlive.", { cause });
    log.write("error", error.message, {
      ...FIELDS,
      outcome: "failure",
      durationMs: 1.5,
      code: error.code,
      error,
      connection: "oanda",
      account: "001",
      clientOrderId: "tmt-1",
      brokerCode: null,
      requestId: "42",
      attempt: 2,
      method: "POST",
      path: "/v3/orders",
      status: 502,
    });
    await log.flushed();
    expect(lines()).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? "")).toMatchObject({
      "@timestamp": expect.stringMatching(/^\d{4}-.*Z$/),
      "log.level": "error",
      "ecs.version": expect.any(String),
      "service.name": "tmt-broker",
      "service.version": "1.2.3",
      message: "It may be\nlive.",
      event: { action: "order buy", outcome: "failure", duration: 1_500_000 },
      error: {
        code: "OUTCOME_UNKNOWN",
        message: "It may be\nlive.",
        type: "Failure",
        stack_trace: expect.stringContaining("Caused by: Error: ECONNRESET"),
      },
      http: { request: { method: "POST" }, response: { status_code: 502 } },
      url: { path: "/v3/orders" },
      tmt: {
        connection: "oanda",
        account: "001",
        clientOrderId: "tmt-1",
        requestId: "42",
        attempt: 2,
      },
    });
    expect(lines()[0]).not.toContain("brokerCode");
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("P7 holds no secret, however it came into a text", async () => {
    const secrets = [new Secret("canary-7f3"), new Secret('can"ary\\8')];
    const { log, lines } = aLog("debug", secrets);
    const texts = secrets.map((secret) => secret.reveal());
    log.write("error", `bad token ${texts.join(" ")}`, {
      ...FIELDS,
      error: new Error(`refused ${texts.join()}`, { cause: new Error(texts[0]) }),
      path: `/${texts[0]}`,
      clientOrderId: texts[1] ?? null,
    });
    await log.flushed();
    expect(lines()[0]).toContain("bad token *** ***");
    expect(lines().join()).not.toContain("canary-7f3");
    expect(lines().join()).not.toMatch(/can.{1,2}ary/);
  });

  it("is bounded: the oldest lines go", async () => {
    const { file } = aLog("error");
    for (let part = 1; part <= 6; part += 1) {
      rotate(file, 100);
      writeFileSync(file, `part ${part} `.padEnd(part === 6 ? 99 : 100));
    }
    const parts = [file, `${file}.1`, `${file}.2`, `${file}.3`].map((each) =>
      readFileSync(each, "utf8").slice(0, 6),
    );
    expect(parts).toEqual(["part 6", "part 5", "part 4", "part 3"]);
    expect(existsSync(`${file}.4`)).toBe(false);
    rotate(file, 100);
    expect(readFileSync(file, "utf8")).toHaveLength(99);
  });

  it("fails nothing where it can't be written, and says so once", async () => {
    const faults: unknown[] = [];
    const log = openLog({
      level: "error",
      file: async () => "/no/such/folder/tmt.log",
      version: "1",
      secrets: () => [],
      onFault: (error) => faults.push(error),
    });
    for (let line = 0; line < 3; line += 1) log.write("error", "lost", FIELDS);
    await log.flushed();
    log.write("error", "lost", FIELDS);
    expect(faults).toHaveLength(1);
  });
});
