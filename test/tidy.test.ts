import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

/** The rules of the project that no linter knows. */

const LONGEST_FILE = 400;
/** Files that are one table of facts, and may be as long as the facts are. */
const DATA_TABLES: readonly string[] = [];

const CODE = "{src,test,bin,scripts,bench}/**/*.{ts,tsx,js,mjs}";
const IGNORED = ["node_modules/**", "dist/**", "coverage/**", "test/fixtures/**"];

type Rule = { readonly forbids: string; readonly pattern: RegExp; readonly except: RegExp };

const RULES: readonly Rule[] = [
  {
    forbids: "telling the time outside the clock",
    pattern: /\bDate\.now\(|\bperformance\.now\(|\bnew Date\(\)|\bhrtime\b/,
    except: /^src\/resilience\/system-clock\.ts$/,
  },
  {
    forbids: "parseFloat, which is no way to read an amount",
    pattern: /\bparseFloat\b/,
    except: /^$/,
  },
  {
    forbids: "approximate numbers outside what is drawn",
    pattern: /\btoApproximateNumber\b/,
    except: /^src\/(ui\/|core\/money\.ts$)/,
  },
  {
    forbids: "floating-point number made of a price or a balance",
    pattern: /\b(Number|parseInt)\([^)]*\b(price|bid|ask|balance|equity|margin)\b/i,
    except: /^$/,
  },
];

describe("the code", () => {
  it.each(RULES)("has no $forbids", ({ pattern, except }) => {
    const files = filesLike("src/**/*.{ts,tsx}").filter((file) => !except.test(file));
    expect(files.filter((file) => pattern.test(withoutComments(read(file))))).toEqual([]);
  });

  it(`has no file of more than ${LONGEST_FILE} lines`, () => {
    const files = filesLike(CODE).filter((file) => !DATA_TABLES.includes(file));
    const tooLong = files.filter((file) => read(file).trimEnd().split("\n").length > LONGEST_FILE);
    expect(tooLong).toEqual([]);
  });

  it("lists only data tables that exist", () => {
    expect(DATA_TABLES.filter((file) => !existsSync(file))).toEqual([]);
  });

  it("names no package registry, which is the business of each machine's settings", () => {
    const hosts = /registry\.(npmjs|yarnpkg)\.\w+|npm\.pkg\.github\.com|deb\.debian\.org|pypi\.org/;
    const files = filesLike("**/*", "{.*,.ci/*}").filter((file) => file !== "test/tidy.test.ts");
    const own = files.filter((file) => !/^(package-lock\.json|\.git)$/.test(file));
    expect(own.filter((file) => hosts.test(read(file)))).toEqual([]);
  });
});

describe("the documents", () => {
  it("link only to files and headings that are there", () => {
    const broken = filesLike("**/*.md").flatMap((file) =>
      relativeLinks(read(file))
        .filter((link) => !isThere(link, file))
        .map((link) => `${file}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});

function filesLike(...patterns: readonly string[]): readonly string[] {
  const entries = globSync(patterns, { withFileTypes: true, exclude: IGNORED });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name));
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

function relativeLinks(markdown: string): readonly string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, "");
  const targets = [...prose.matchAll(/\]\(<?([^)\s>]+)/g)].map((match) => match[1] ?? "");
  return targets.filter((target) => !/^[a-z]+:/i.test(target));
}

function isThere(link: string, from: string): boolean {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? from : join(dirname(from), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || !file.endsWith(".md") || headings(read(file)).includes(anchor);
}

/** Anchors as a code host makes them: lower case, spaces to dashes, punctuation left out. */
function headings(markdown: string): readonly string[] {
  const titles = [...markdown.matchAll(/^#+ +(.+)$/gm)].map((match) => match[1] ?? "");
  return titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
