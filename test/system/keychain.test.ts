import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, type User } from "../support/program.ts";
import {
  missingSecretService,
  type SecretService,
  startSecretService,
} from "../support/secret-service.ts";
import { openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const missing = missingSecretService();

/** What a program needs to find the session bus. */
function busOf({ env }: SecretService): Record<string, string> {
  return { DBUS_SESSION_BUS_ADDRESS: env.DBUS_SESSION_BUS_ADDRESS ?? "" };
}

describe.skipIf(missing !== undefined)(
  `with a keyring (needs ${missing ?? "nothing more"})`,
  () => {
    let keyring: SecretService;
    let venue: Venue;
    let user: User;

    beforeAll(async () => {
      [keyring, venue] = await Promise.all([
        startSecretService({ keyring: "unlocked" }),
        openVenue({ token: "token-in-the-keyring" }),
      ]);
      user = newUser(busOf(keyring));
    });

    afterAll(() => keyring?.stop());

    it("a token goes into the keychain by default, where other programs find it", async () => {
      const words = `connect add oanda --host ${venue.url} --token-stdin --json`;
      const added = await user.run(words, { stdin: venue.token });
      expect(added.code, added.stderr).toBe(0);
      expect(added.json()).toMatchObject({ name: "oanda", credentialStore: "keychain" });
      expect(keyring.lookup("oanda").trim()).toBe(venue.token);
      expect(readFileSync(join(user.home, "config.toml"), "utf8")).not.toContain(venue.token);
    });

    it("an order takes it from there", async () => {
      const placed = await user.run("order buy EUR_USD 1000 --sl -c oanda --json");
      expect(placed.code, placed.stderr).toBe(0);
      expect(placed.json()).toMatchObject({ status: "filled", environment: "practice" });
    });

    it("DB-07 it remembers the audit log's head: yesterday's database shows, even with its anchor", async () => {
      const database = join(user.home, "tmt-broker.db");
      const files = ["", ".anchor"].map((suffix) => database + suffix);
      const yesterday = files.map((file) => readFileSync(file));
      expect((await user.run("order buy EUR_USD 2000 -c oanda")).code).toBe(0);
      expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
      for (const suffix of ["-wal", "-shm"]) rmSync(database + suffix, { force: true });
      files.forEach((file, index) => {
        writeFileSync(file, yesterday[index] ?? "");
      });
      const verified = await user.run("history verify --json");
      expect(verified.code).toBe(9);
      expect(verified.error()).toMatchObject({ code: "AUDIT_BROKEN" });
      expect(verified.error().message).toContain("the database is an older copy");
      expect((await user.run("history verify --reanchor --yes")).code).toBe(0);
      expect((await user.run("history verify")).code).toBe(0);
    });

    it("CR-01 a keychain that doesn't answer stops no halt", async () => {
      keyring.freeze();
      const halted = await user.run("connect halt oanda --json");
      keyring.thaw();
      expect(halted.code, halted.stderr).toBe(0);
      expect(halted.stderr).toContain("keychain");
      expect((await user.run("connect resume oanda")).code).toBe(0);
    });

    it("CR-01 a keychain that doesn't answer is told with a way out, and nothing is sent", async () => {
      const sent = ordersSent(venue).length;
      keyring.freeze();
      const placed = await user.run("order buy EUR_USD 1000 -c oanda --json");
      keyring.thaw();
      expect({ code: placed.code, stdout: placed.stdout }).toEqual({ code: 3, stdout: "" });
      expect(placed.error()).toMatchObject({ code: "CREDENTIAL_STORE_UNAVAILABLE" });
      expect(placed.error().hint).toMatch(/TMT_BROKER_TOKEN|--store file/);
      expect(ordersSent(venue)).toHaveLength(sent);
    });

    it("is gone from it after remove", async () => {
      const removed = await user.run("connect remove oanda --json");
      expect(removed.json()).toMatchObject({ removed: true, hadSecret: true });
      expect(() => keyring.lookup("oanda")).toThrow();
    });
  },
);

describe("without a keyring", () => {
  it("CR-01 nothing is stored, and the message names the other ways", async () => {
    const venue = await openVenue();
    // Without an address, the one of whoever runs the tests would be tried.
    const user = newUser({ DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus" });
    const words = `connect add oanda --host ${venue.url} --token-stdin --json`;
    const added = await user.run(words, { stdin: venue.token });
    expect({ code: added.code, stdout: added.stdout }).toEqual({ code: 3, stdout: "" });
    expect(added.error()).toMatchObject({ code: "CREDENTIAL_STORE_UNAVAILABLE" });
    expect(`${added.error().message} ${added.error().hint}`).toMatch(/--store file/);
    const connections = (await user.run("connect list --json")).json<{ name: string }[]>();
    expect(connections.map(({ name }) => name)).toEqual(["paper"]);
  });
});
