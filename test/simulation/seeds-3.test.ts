import { checkSeeds } from "./check-seeds.ts";

checkSeeds({ from: 251, count: 125 });
