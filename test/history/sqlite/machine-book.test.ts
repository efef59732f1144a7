import { describe, expect, it, onTestFinished } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import type { MovedFrom } from "../../../src/ports/machine.ts";
import { instant } from "../../support/history-rows.ts";
import { bareConnection, temporaryPath } from "./support.ts";

const NOW = instant("2026-03-02T10:00:00Z");

/** A command on a computer: who is told to have used the database before, and what stands in the log. */
function used(path: string, name: string) {
  const told: MovedFrom[] = [];
  const store = openStore(path, {
    chain: auditChain,
    busyTimeoutMs: 50,
    onMoved: (from) => told.push(from),
    machine: {
      ...{ machine: { id: `id of ${name}`, name }, now: () => NOW },
      recordOf: (from) => ({ at: NOW, kind: "database.moved", data: { from, to: name } }),
    },
  });
  onTestFinished(() => store.close());
  return { told, trail: [...store.audit.entries({})] };
}

describe("DB-10 a database that two computers share", () => {
  it("says so on each, whenever the other has used it meanwhile, and in the audit log", () => {
    const path = temporaryPath();
    expect(used(path, "desk")).toEqual({ told: [], trail: [] });
    expect(used(path, "desk")).toEqual({ told: [], trail: [] });
    const [laptop, desk] = [used(path, "laptop"), used(path, "desk")];
    expect(laptop.told).toEqual([{ id: "id of desk", name: "desk", since: NOW }]);
    expect(desk.told).toEqual([{ id: "id of laptop", name: "laptop", since: NOW }]);
    expect(desk.trail).toMatchObject([
      { kind: "database.moved", data: { to: "laptop", from: { name: "desk" } } },
      { kind: "database.moved", data: { to: "desk", from: { name: "laptop" } } },
    ]);
    expect(used(path, "desk").told).toEqual([]);
  });

  it("stays usable while another process keeps it locked", () => {
    const path = temporaryPath();
    used(path, "desk");
    bareConnection(path).exec("BEGIN IMMEDIATE");
    expect(used(path, "laptop")).toEqual({ told: [], trail: [] });
  });
});
