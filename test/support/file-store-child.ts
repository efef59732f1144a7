import { openDurableFile } from "../../src/config/durable-file.ts";
import { Secret } from "../../src/core/secret.ts";
import { openEncryptedFile, passphraseSource } from "../../src/credentials/encrypted-file.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

/** Stores one credential in the encrypted file `PATH`, in a process of its own. */
const [path = "", name = ""] = process.argv.slice(2);
const store = openEncryptedFile({
  file: openDurableFile(path, systemClock),
  passphrase: passphraseSource(process.env, null),
  warn: (text) => process.stderr.write(text),
});
await store.write(name, new Secret(`secret-of-${name}`));
