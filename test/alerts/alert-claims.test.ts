import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ALERTS_PER_HOUR, AlertClaims, REPEAT_AFTER_MS } from "../../src/alerts/alert-claims.ts";
import { addMs } from "../../src/core/time.ts";
import { NOON } from "../support/market.ts";

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tmt-alerts-"));
  onTestFinished(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
  return join(folder, "alerts");
}

describe("the claim to tell of a trouble", () => {
  it("is given once, over all processes, until it is time to tell again", () => {
    const folder = aFolder();
    const [first, second] = [new AlertClaims(folder), new AlertClaims(folder)];
    expect(first.claim("a", NOON)).toMatchObject({ suppressed: 0 });
    for (let n = 0; n < 3; n += 1) expect(second.claim("a", NOON)).toBeNull();
    expect(second.claim("b", NOON)).not.toBeNull();
    expect(first.claim("a", addMs(NOON, REPEAT_AFTER_MS - 1))).toBeNull();
    expect(second.claim("a", addMs(NOON, REPEAT_AFTER_MS))).toMatchObject({ suppressed: 4 });
    expect(first.claim("a", addMs(NOON, REPEAT_AFTER_MS + 1))).toBeNull();
  });

  it("is given again when the trouble was over, when nobody could be told, and when the clock went back", () => {
    const claims = new AlertClaims(aFolder());
    expect(claims.isTold("a")).toBe(false);
    claims.claim("a", NOON);
    expect(claims.isTold("a")).toBe(true);
    claims.forget("a");
    expect(claims.isTold("a")).toBe(false);
    const again = claims.claim("a", NOON);
    again?.release();
    expect(claims.claim("a", NOON)).not.toBeNull();
    expect(claims.claim("a", addMs(NOON, -1))).not.toBeNull();
  });

  it(`is given ${ALERTS_PER_HOUR} times an hour at most, whatever goes wrong`, () => {
    const claims = new AlertClaims(aFolder());
    const given = (at = NOON) =>
      Array.from({ length: 30 }, (_, n) => claims.claim(`${at} ${n}`, at)).filter(Boolean);
    expect(given()).toHaveLength(ALERTS_PER_HOUR);
    expect(given(addMs(NOON, 3_600_000))).toHaveLength(ALERTS_PER_HOUR);
  });

  it("is given in the next hour to a trouble for which this one had none left", () => {
    const claims = new AlertClaims(aFolder());
    const late = addMs(NOON, 3_600_000 - 1_000);
    for (let n = 0; n < ALERTS_PER_HOUR; n += 1) claims.claim(`${n}`, late);
    expect(claims.claim("one more", late)).toBeNull();
    expect(claims.isTold("one more")).toBe(false);
    expect(claims.claim("one more", addMs(NOON, 3_600_000))).not.toBeNull();
  });

  it("is given each time where nothing can be kept: rather twice than never", () => {
    const folder = aFolder();
    writeFileSync(folder, "a file where the folder should be");
    const claims = new AlertClaims(folder);
    expect(claims.claim("a", NOON)).not.toBeNull();
    expect(claims.claim("a", NOON)).not.toBeNull();
  });
});
