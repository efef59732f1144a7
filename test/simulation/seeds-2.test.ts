import { checkSeeds } from "./check-seeds.ts";

checkSeeds({ from: 126, count: 125 });
