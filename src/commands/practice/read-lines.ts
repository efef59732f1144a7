import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { usageFailure } from "../../core/failures.ts";

const FILE_BYTES_MAX = 1024 ** 3;
const GZIP_MAGIC = 0x8b1f;

/** The lines of a text file, gzipped or not. @throws Failure USAGE when it can't be read. */
export async function readLines(path: string): Promise<readonly string[]> {
  try {
    const bytes = await readFile(path);
    const isGzip = bytes.length > 2 && bytes.readUInt16LE(0) === GZIP_MAGIC;
    const text = isGzip
      ? await promisify(gunzip)(bytes, { maxOutputLength: FILE_BYTES_MAX })
      : bytes;
    return text.toString("utf8").split("\n");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure(`The file "${path.slice(0, 200)}" can't be read: ${reason}.`);
  }
}
