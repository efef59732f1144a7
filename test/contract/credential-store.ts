import fc from "fast-check";
import { expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import type { CredentialStore } from "../../src/ports/credential-store.ts";

/** How many random credentials are tried: the slow stores take fewer. */
export type CredentialStoreTraits = { readonly runs: number };

/**
 * What every credential store promises. `open` gives the same store again, as a later command
 * would.
 */
export function credentialStoreContract(
  open: () => Promise<CredentialStore>,
  { runs }: CredentialStoreTraits,
): void {
  it("has nothing for a connection that was never stored", async () => {
    const store = await open();
    expect(await store.read("never-stored")).toBeNull();
    expect(await store.remove("never-stored")).toBe(false);
  });

  it("gives back what was stored, also to a later command", async () => {
    await (await open()).write("main", new Secret("abc-123"));
    expect((await (await open()).read("main"))?.reveal()).toBe("abc-123");
  });

  it("keeps the newest of two credentials of one connection", async () => {
    const store = await open();
    await store.write("rotated", new Secret("old"));
    await store.write("rotated", new Secret("new"));
    expect((await store.read("rotated"))?.reveal()).toBe("new");
  });

  it("keeps connections apart", async () => {
    const store = await open();
    await store.write("one", new Secret("1"));
    await store.write("two", new Secret("2"));
    expect(await store.remove("one")).toBe(true);
    expect(await store.read("one")).toBeNull();
    expect((await store.read("two"))?.reveal()).toBe("2");
    expect(await store.remove("one")).toBe(false);
  });

  it("keeps connections apart that are written at the same time", async () => {
    const store = await open();
    const names = ["a", "b", "c", "d"];
    await Promise.all(names.map((name) => store.write(name, new Secret(`secret of ${name}`))));
    const read = await Promise.all(names.map((name) => store.read(name)));
    expect(read.map((secret) => secret?.reveal())).toEqual(
      names.map((name) => `secret of ${name}`),
    );
  });

  it("takes names that mean something to JavaScript as names", async () => {
    const store = await open();
    expect(await store.read("__proto__")).toBeNull();
    await store.write("__proto__", new Secret("x"));
    expect((await store.read("__proto__"))?.reveal()).toBe("x");
    expect(await store.read("constructor")).toBeNull();
  });

  it("gives back for all printable credentials exactly what was stored", async () => {
    const store = await open();
    const printable = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 4_096 });
    await fc.assert(
      fc.asyncProperty(printable, async (text) => {
        await store.write("any", new Secret(text));
        expect((await store.read("any"))?.reveal()).toBe(text);
      }),
      { numRuns: runs },
    );
  });

  it("never shows a credential when it is printed", async () => {
    const store = await open();
    await store.write("main", new Secret("abc-123"));
    const secret = await store.read("main");
    expect(`${secret} ${JSON.stringify({ secret })}`).not.toContain("abc-123");
  });
}
