// Loaded with --require into a measured process: at its end it writes the process's peak memory, in KiB,
// to descriptor 3. Linux counts the memory of whoever started a process into its maxRSS; the high-water
// mark in /proc is the process's own.
const { readFileSync, writeSync } = require("node:fs");

process.on("exit", () => writeSync(3, String(ownPeak() ?? process.resourceUsage().maxRSS)));

function ownPeak() {
  try {
    return /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    // Not Linux: maxRSS is right there.
    return undefined;
  }
}
