import { checkSeeds } from "./check-seeds.ts";

checkSeeds({ from: 376, count: 125 });
