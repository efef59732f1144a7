import { HAZARDS } from "./plan.ts";
import { simulate } from "./run.ts";
const [from = "1", to = "5", m = "200", traced] = process.argv.slice(2);
const all: Record<string, number> = {};
const t0 = process.cpuUsage();
let n = 0;
for (let seed = Number(from); seed <= Number(to); seed += 1) {
  const c0 = process.cpuUsage().user;
  const r = await simulate(seed, { submissions: Number(m), hazards: new Set(HAZARDS.filter(h => !(process.env.NO ?? "").split(",").includes(h))), isTraced: Boolean(traced) });
  n += r.submissions;
  if (traced) console.log(r.trace.join("\n"));
  for (const v of r.violations) { const k = v.promise + " " + v.what.replace(/simulated:\S+|\d+(\.\d+)?/g, "#").slice(0, 90); all[k] = (all[k] ?? 0) + 1; if (all[k] < 4) console.log(seed, (v.atMs/1000).toFixed(1), v.promise, v.what.slice(0, 400)); }
  if (process.env.V) console.log(seed, r.hash, r.submissions, (process.cpuUsage().user - c0)/1000/r.submissions);
}
const t = process.cpuUsage(t0);
console.log(n, "cpu ms per submission", (t.user + t.system) / 1000 / n, all);
