import { describe, expect, it } from "vitest";
import { compareBooks, told } from "./compare.ts";
import { DEFECTS } from "./defects.ts";

/** `npm run compliance-model -- --books 1000000` compares more; `TMT_COMPLIANCE_SEED` chooses others. */
const BOOKS = 50_000;
const SEED = Number(process.env.TMT_COMPLIANCE_SEED ?? "1");

/** Enough on a busy machine. */
const TIMEOUT_MS = 120_000;

const CONCLUSIONS = [
  "law block NOT_OLDEST_OF_SIZE",
  "law warn FLIPS",
  "law warn PART_OF_NEWER",
  "house block SAME_SIZE_WITH_EXITS",
  "house warn SAME_SIZE_WITH_EXITS",
  "house warn REST_OF_SAME_SIZE_WITH_EXITS",
] as const;

describe(
  "the program's verdicts on US currency accounts",
  () => {
    it(
      `are the reference's on ${BOOKS} random books from seed ${SEED}`,
      () => {
        const { disagreements, met } = compareBooks(SEED, BOOKS);
        expect(disagreements.map(told)).toEqual([]);
        for (const conclusion of CONCLUSIONS) {
          expect(met.get(conclusion), conclusion).toBeGreaterThan(100);
        }
      },
      TIMEOUT_MS,
    );

    it.each(Object.entries(DEFECTS))(
      "would be told from the reference's with the defect: %s",
      (_name, review) => {
        expect(compareBooks(SEED, 5_000, { review, most: 1 }).disagreements).not.toEqual([]);
      },
    );
  },
  TIMEOUT_MS,
);
