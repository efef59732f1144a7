// Ends a CI run: names the skipped tests and prints `N passed, N failed` as the last line.
// Usage: node scripts/test-summary.mjs RESULTS.json [NAME OF A FAILED STEP]...
// A test that didn't run proves nothing, so one that has no good reason to be skipped counts as failed.

import { readFileSync } from "node:fs";

/** A capability that an adapter doesn't claim; an account or data that a clean machine hasn't. */
const MAY_SKIP = [/ keeps the \w+ contract\b/, /\(needs (a broker account|recorded data)\)/];

const [resultsFile, ...failures] = process.argv.slice(2);
const results = readResults();
const tests = results.flatMap((file) =>
  file.assertionResults.map(({ fullName, status }) => ({ name: fullName, status })),
);

for (const { name } of tests.filter(isSkipped)) {
  const isExpected = MAY_SKIP.some((reason) => reason.test(name));
  process.stdout.write(`skipped${isExpected ? "" : " without a good reason"}: ${name}\n`);
  if (!isExpected) failures.push(name);
}
failures.push(...tests.filter(({ status }) => status === "failed").map(({ name }) => name));
failures.push(...results.filter(hasNotRun).map(({ name }) => name));

for (const name of failures) process.stdout.write(`failed: ${name}\n`);
const passed = tests.filter(({ status }) => status === "passed").length;
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;

function readResults() {
  try {
    return JSON.parse(readFileSync(resultsFile, "utf8")).testResults;
  } catch (error) {
    failures.push(`no test results: ${error.message}`);
    return [];
  }
}

function isSkipped({ status }) {
  return status !== "passed" && status !== "failed";
}

/** A file that failed before its first test. */
function hasNotRun(file) {
  return (
    file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed")
  );
}
