import { setImmediate } from "node:timers/promises";
import { Failure } from "../../core/failures.ts";
import type { AuditChain, ChainedEntry, ChainTail } from "../../ports/journal.ts";
import { hashAside, hashHere, type LineHasher } from "../hash-lines.ts";
import { type LocalDatabase, lazy } from "./database.ts";

/** Few enough to stay in the processor's cache between being read and being hashed. */
const PAGE_ENTRIES = 250;
/** How far reading may be ahead of hashing. */
const PAGES_AHEAD = 8;
/** From so many entries on, a thread for hashing pays. */
const MANY_ENTRIES = 20_000;
/** Below the first sequence too, so that nothing hides there. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;
const NOT_READ = "The audit log could not be read to its end.";
const KEEP =
  "Keep the database file as it is now, and compare the entry with a backup to see what changed.";

/**
 * Proves every entry of the log, and gives the last one. Pages are looked at as a whole, which is quick; one that
 * doesn't fit is looked at entry by entry.
 * @throws Failure AUDIT_BROKEN naming the first entry that doesn't fit.
 */
export async function walkChain(database: LocalDatabase, chain: AuditChain): Promise<ChainTail> {
  const walk = new Walk(database, chain);
  try {
    return await walk.run();
  } finally {
    await walk.close();
  }
}

export function brokenFailure(sequence: number, fault: string): Failure {
  return new Failure("AUDIT_BROKEN", `The audit log is broken at entry ${sequence}: ${fault}.`, {
    hint: KEEP,
    details: { sequence, fault },
  });
}

class Walk {
  readonly #database: LocalDatabase;
  readonly #chain: AuditChain;
  readonly #hasher: LineHasher;
  readonly #pages;
  readonly #entries;

  constructor(database: LocalDatabase, chain: AuditChain) {
    const { connection } = database;
    this.#database = database;
    this.#chain = chain;
    this.#pages = lazy(() => connection.prepare<[number], PageRow>(PAGE).raw());
    this.#entries = lazy(() => connection.prepare<[number], ChainedEntry>(ENTRIES));
    const last = this.#read(() => connection.prepare<[], number>(LAST).pluck().get()) ?? 0;
    this.#hasher = last < MANY_ENTRIES ? hashHere() : hashAside();
  }

  async run(): Promise<ChainTail> {
    const proofs: Promise<void>[] = [];
    let tail: ChainTail = null;
    for (;;) {
      const page = this.#nextPage(tail);
      if (page === null) break;
      proofs.push(this.#prove(page, tail));
      // A page that turns out broken is waited for below; until then nobody else need hear of it.
      proofs.at(-1)?.catch(() => undefined);
      if (proofs.length > PAGES_AHEAD) await proofs.shift();
      else await setImmediate();
      tail = page.isWhole ? page.tail : this.#proveEach(tail);
    }
    for (const proof of proofs) await proof;
    return tail;
  }

  close(): Promise<void> {
    return this.#hasher.close();
  }

  /** null after the last one. */
  #nextPage(previous: ChainTail): Page | null {
    const row = this.#read(() => this.#pages().get(previous?.sequence ?? BEFORE_ALL));
    const [count, first, last, isPlain, lines, hashes, previousHashes] = row ?? NO_ROW;
    if (count === 0) return null;
    const links = `${previous?.hash ?? FIRST_LINK}${hashes.slice(0, -HASH_LENGTH)}`;
    const isWhole =
      isPlain === 1 &&
      first === (previous?.sequence ?? 0) + 1 &&
      last - first === count - 1 &&
      previousHashes === links;
    return { isWhole, lines, hashes, tail: { sequence: last, hash: hashes.slice(-HASH_LENGTH) } };
  }

  async #prove({ isWhole, lines, hashes }: Page, previous: ChainTail): Promise<void> {
    if (!isWhole) return;
    const found = await this.#hasher.hash(lines);
    if (found !== hashes) this.#proveEach(previous);
  }

  /** The entries of one page, each by itself; gives the last one. */
  #proveEach(previous: ChainTail): ChainTail {
    let tail = previous;
    const after = previous?.sequence ?? BEFORE_ALL;
    for (const entry of this.#read(() => this.#entries().all(after))) {
      const fault = this.#chain.fault(entry, tail);
      if (fault !== null) throw brokenFailure(entry.sequence, fault);
      tail = entry;
    }
    return tail;
  }

  #read<T>(work: () => T): T {
    return this.#database.read(NOT_READ, work);
  }
}

type Page = {
  /** Whether numbers and links fit, and hashing the lines proves the rest. */
  readonly isWhole: boolean;
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly hashes: string;
  readonly tail: NonNullable<ChainTail>;
};

type PageRow = readonly [
  count: number,
  first: number,
  last: number,
  isPlain: number,
  lines: Uint8Array<ArrayBuffer>,
  hashes: string,
  previousHashes: string,
];

const NO_ROW: PageRow = [0, 0, 0, 0, new Uint8Array(), "", ""];
const HASH_LENGTH = 64;
const FIRST_LINK = "0".repeat(HASH_LENGTH);

const COLUMNS = "sequence, at, kind, data, previous_hash, hash";
const LAST = "SELECT max(sequence) FROM audit";

/** Put together where the fields are, the texts that the hashes cover cost half of handing over the fields. */
const TEXT = `concat('{"at":"', at, '","data":', data, ',"kind":"', kind,
  '","previousHash":"', previous_hash, '","sequence":', sequence, '}')`;
/** Where this holds, no other fields make the same texts and hashes. */
const PLAIN = `length(at) = 30 AND length(previous_hash) = ${HASH_LENGTH}
  AND length(hash) = ${HASH_LENGTH} AND instr(kind, '"') = 0`;
const PAGE = `SELECT count(*), min(sequence), max(sequence), min(${PLAIN}),
    CAST(group_concat(${TEXT}, char(10)) AS BLOB), group_concat(hash, ''),
    group_concat(previous_hash, '')
  FROM (SELECT ${COLUMNS} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ${PAGE_ENTRIES})`;
const ENTRIES = `SELECT sequence, at, kind, data, previous_hash AS previousHash, hash
  FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ${PAGE_ENTRIES}`;
