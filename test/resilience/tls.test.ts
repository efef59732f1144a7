import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { HttpClient } from "../../src/resilience/http.ts";
import { failureOf, openClient } from "./loopback.ts";

/** Whether certificates can be made here. */
const hasOpenssl = (() => {
  try {
    return execFileSync("openssl", ["version"]).length > 0;
  } catch {
    console.warn("skipped: the openssl program is needed to make certificates for these tests");
    return false;
  }
})();

type Certificate = { readonly key: Buffer; readonly cert: Buffer };

let folder: string;
let servers: Record<string, Server> = {};
const clients: HttpClient[] = [];

describe.skipIf(!hasOpenssl)("certificates", () => {
  const trusted = getCACertificates("default");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tls-test-"));
    const authority = makeAuthority();
    const good = issue("good", { san: "IP:127.0.0.1,DNS:localhost", from: -1, to: 30 });
    servers = {
      good: await serve(good),
      self: await serve(authority),
      expired: await serve(issue("expired", { san: "IP:127.0.0.1", from: -30, to: -1 })),
      early: await serve(issue("early", { san: "IP:127.0.0.1", from: 10, to: 30 })),
      other: await serve(issue("other", { san: "DNS:api.example.com", from: -1, to: 30 })),
    };
    setDefaultCACertificates([...trusted, authority.cert.toString()]);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(() => {
    setDefaultCACertificates(trusted);
    for (const server of Object.values(servers)) server.closeAllConnections();
    for (const server of Object.values(servers)) server.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(["node", "undici"] as const)("over the %s transport", (transport) => {
    const ask = (name: string, host = "127.0.0.1") => {
      const address = servers[name]?.address() as AddressInfo;
      const http = openClient({ origin: `https://${host}:${address.port}`, transport });
      clients.push(http);
      return http.request({ method: "POST", path: "/", body: "{}" });
    };

    it.each(["127.0.0.1", "localhost"])("one that fits %s is accepted", async (host) => {
      expect((await ask("good", host)).json()).toEqual({ ok: true });
    });

    it.each([
      ["expired", "has expired", "date"],
      ["early", "isn't valid yet", "clock"],
      ["other", "belongs to another host", "host of the connection"],
    ])("NW-02 one that is %s is refused before a byte is sent", async (name, words, hint) => {
      const failure = await failureOf(ask(name));
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false, retryable: false });
      expect(failure.message).toContain(words);
      expect(failure.message).toContain("Nothing was sent.");
      expect(failure.hint).toContain(hint);
    });

    it("NW-02 one that nobody trusted signed is refused before a byte is sent", async () => {
      setDefaultCACertificates(trusted);
      const failures = [await failureOf(ask("good")), await failureOf(ask("self"))];
      const { cert } = readCertificate("authority");
      setDefaultCACertificates([...trusted, cert.toString()]);
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
        expect(failure.message).toContain("isn't signed by anyone this computer trusts");
        expect(failure.hint).toContain("NODE_EXTRA_CA_CERTS");
      }
    });

    it("NW-03 a reset over TLS after the request leaves its fate open", async () => {
      const server = await serve(readCertificate("good"), true);
      servers.reset = server;
      const failure = await failureOf(ask("reset"));
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
    });
  });
});

async function serve({ key, cert }: Certificate, isReset = false): Promise<Server> {
  const server = createServer({ key, cert }, (request, response) => {
    if (isReset) request.socket.destroy();
    else response.end('{"ok":true}');
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0);
  await once(server, "listening");
  return server;
}

function openssl(...parameters: string[]): void {
  execFileSync("openssl", parameters, { cwd: folder, stdio: "pipe" });
}

function makeAuthority(): Certificate {
  const config = [
    "[ca]",
    "default_ca=own",
    "[own]",
    "database=index.txt",
    "new_certs_dir=.",
    "default_md=sha256",
    "policy=any",
    "unique_subject=no",
    "rand_serial=yes",
    "copy_extensions=copy",
    "[any]",
    "commonName=supplied",
  ];
  writeFileSync(join(folder, "ca.cnf"), config.join("\n"));
  writeFileSync(join(folder, "index.txt"), "");
  newKey("authority");
  openssl(
    ...["req", "-x509", "-new", "-key", "authority.key", "-out", "authority.crt"],
    ...["-days", "30", "-subj", "/CN=test authority"],
  );
  return readCertificate("authority");
}

type Wanted = { readonly san: string; readonly from: number; readonly to: number };

/** A certificate signed by the test authority; `from` and `to` are days from now. */
function issue(name: string, { san, from, to }: Wanted): Certificate {
  newKey(name);
  openssl(
    ...["req", "-new", "-key", `${name}.key`, "-out", `${name}.csr`],
    ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=${san}`],
  );
  openssl(
    ...["ca", "-batch", "-config", "ca.cnf", "-cert", "authority.crt", "-keyfile", "authority.key"],
    ...["-in", `${name}.csr`, "-out", `${name}.crt`, "-notext"],
    ...["-startdate", day(from), "-enddate", day(to)],
  );
  return readCertificate(name);
}

function newKey(name: string): void {
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
}

function readCertificate(name: string): Certificate {
  const read = (kind: string) => readFileSync(join(folder, `${name}.${kind}`));
  return { key: read("key"), cert: read("crt") };
}

function day(offset: number): string {
  const text = new Date(Date.now() + offset * 86_400_000).toISOString();
  return `${text.slice(0, 19).replaceAll(/[-T:]/g, "")}Z`;
}
