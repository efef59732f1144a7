import { expect, it } from "vitest";
import { alertOf } from "../../src/commands/command-record.ts";
import { NO_OPTIONS } from "../../src/commands/common-options.ts";
import { Failure, type FailureCode } from "../../src/core/failures.ts";

function alertFor(code: FailureCode, details: Readonly<Record<string, unknown>>) {
  return alertOf(new Failure(code, "It happened.", { details }), { options: NO_OPTIONS });
}

it("wakes people for the storage of this computer and of a server as troubles of their own", () => {
  expect(alertFor("STORAGE_FULL", { path: "/x" })).toMatchObject({ subject: "database" });
  expect(alertFor("STORAGE_FULL", { server: "u@h:5432/x" })).toMatchObject({
    kind: "storage",
    subject: "u@h:5432/x",
  });
  expect(alertFor("STORAGE_BUSY", { server: "u@h:5432/x" })).toBeNull();
});

it("wakes people for what differs from the broker's record, and not for two copies that differ", () => {
  expect(alertFor("DRIFT", { connection: "oanda" })).toMatchObject({ subject: "oanda" });
  expect(alertFor("DRIFT", { connection: "oanda", server: "u@h:5432/x" })).toBeNull();
});
