import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/paper/v20-server/errors.ts";
import {
  booleanOf,
  choiceOf,
  countOf,
  decimalOf,
  idOf,
  listOf,
  parseTarget,
  requiredIdOf,
  requiredListOf,
  timeOf,
} from "../../../src/paper/v20-server/query.ts";

function queryOf(text: string) {
  return parseTarget(`/v3/accounts?${text}`).query;
}

describe("a request's address", () => {
  it.each(["/v3/accounts", "/v3/accounts?", "/v3/accounts?&", "/v3/accounts/?&&"])(
    "means the same as %s",
    (target) => {
      const { segments, query } = parseTarget(target);
      expect(segments).toEqual(["v3", "accounts"]);
      expect(query.size).toBe(0);
    },
  );

  it("is decoded in its path and its parameters", () => {
    const { segments, query } = parseTarget("/v3/orders/%40mine%2F1?type=A%2CB&");
    expect(segments).toEqual(["v3", "orders", "@mine/1"]);
    expect(listOf(query, "type")).toEqual(["A", "B"]);
  });

  it("is refused with a broken escape", () => {
    expect(() => parseTarget("/v3/%E0%A4%A")).toThrow(Refusal);
  });
});

describe("a parameter", () => {
  it.each([
    ["snapshot=True", true],
    ["snapshot=false", false],
    ["snapshot=", true],
    ["", true],
  ])("%s is read as a boolean whatever its case", (text, expected) => {
    expect(booleanOf(queryOf(text), "snapshot", true)).toBe(expected);
  });

  it("may give a time in both forms", () => {
    expect(timeOf(queryOf("from=2026-01-02T03:04:05.6Z"), "from")).toBe(
      "2026-01-02T03:04:05.600000000Z",
    );
    expect(timeOf(queryOf("from=0.5"), "from")).toBe("1970-01-01T00:00:00.500000000Z");
    expect(timeOf(queryOf("from="), "from")).toBeUndefined();
  });

  it.each([
    ["2026-01-02", "2026-01-02T00:00:00.000000000Z"],
    ["2026-01-02T03:04", "2026-01-02T03:04:00.000000000Z"],
    ["2026-01-02%2003:04:05.25", "2026-01-02T03:04:05.250000000Z"],
    ["2026-01-02+03:04:05", "2026-01-02T03:04:05.000000000Z"],
    ["2026-01-02T03:04:05+0100", "2026-01-02T02:04:05.000000000Z"],
    ["2026-01-02T03:04:05%2001:00", "2026-01-02T02:04:05.000000000Z"],
    ["2026-01-02T03:04:05-05:30", "2026-01-02T08:34:05.000000000Z"],
  ])("may give a time as loosely as %s", (text, instant) => {
    expect(timeOf(queryOf(`from=${text}`), "from")).toBe(instant);
  });

  it.each(["2026-13-02", "2026-02-30", "2026-01-02T25:00", "2026-1-2", "20260102T"])(
    "is no time as %s",
    (text) => {
      expect(() => timeOf(queryOf(`from=${text}`), "from")).toThrow("'from'");
    },
  );

  it("may give a decimal number", () => {
    expect(decimalOf(queryOf("units=10.5"), "units")?.toString()).toBe("10.5");
    expect(decimalOf(queryOf(""), "units")).toBeUndefined();
    expect(() => decimalOf(queryOf("units=x"), "units")).toThrow("'units'");
  });

  it("may be absent where nobody insists", () => {
    expect(idOf(queryOf(""), "id")).toBeUndefined();
    expect(listOf(queryOf("ids="), "ids")).toBeUndefined();
    expect(countOf(queryOf(""), "count", { fallback: 50, maximum: 500 })).toBe(50);
    expect(choiceOf(queryOf(""), "state", { values: ["A", "B"], fallback: "B" })).toBe("B");
  });

  it.each<[string, string, (query: ReadonlyMap<string, string>) => unknown]>([
    ["snapshot", "snapshot=maybe", (query) => booleanOf(query, "snapshot", true)],
    ["id", "id=1.5", (query) => idOf(query, "id")],
    ["id", "", (query) => requiredIdOf(query, "id")],
    ["instruments", "instruments=,", (query) => requiredListOf(query, "instruments")],
    ["from", "from=yesterday", (query) => timeOf(query, "from")],
    ["count", "count=0", (query) => countOf(query, "count", { fallback: 50, maximum: 500 })],
    ["count", "count=501", (query) => countOf(query, "count", { fallback: 50, maximum: 500 })],
    ["state", "state=X", (query) => choiceOf(query, "state", { values: ["A"], fallback: "A" })],
  ])("%s is refused by name when it is %j", (name, text, read) => {
    expect(() => read(queryOf(text))).toThrow(`'${name}'`);
  });

  it("counts up to its maximum", () => {
    expect(countOf(queryOf("count=500"), "count", { fallback: 50, maximum: 500 })).toBe(500);
  });
});
