import type { Instant } from "../core/time.ts";

/** A computer; its id is no other's, and says nothing about it. */
export type Machine = { readonly id: string; readonly name: string };

/** Where a database was used until now, since when. */
export type MovedFrom = Machine & { readonly since: Instant };
