import { Failure } from "../../core/failures.ts";

const SHOWN = 60;

/** Where in a file something stands that can't be read. */
export type Place = {
  /** Counted from 1; the header is a line too. */
  readonly line: number;
  readonly column?: string;
  readonly value?: string | null;
};

/** A file that can't be read as it is: USAGE, naming line, column and value. */
export function misread(
  place: Place,
  why: string,
  hint = "Correct the file and import it again.",
): Failure {
  const { line, column, value } = place;
  const where = column === undefined ? `Line ${line}` : `Line ${line}, column ${column}`;
  const what = value === undefined || value === null ? "" : ` "${shown(value)}"`;
  return new Failure("USAGE", `${where}:${what} ${why}. Nothing was imported.`, {
    hint,
    details: { line, column: column ?? null, value: value ?? null, problem: why },
  });
}

function shown(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return plain.length > SHOWN ? `${plain.slice(0, SHOWN)}…` : plain;
}
