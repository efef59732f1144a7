/** Who has a stream open, by host; shared by all processes of the user. */
export interface StreamPlaces {
  /**
   * Takes a place at `host` for `owner` (`host:pid:start`) unless `most` are taken; places of processes that `isAlive`
   * knows to be gone are free again. Gives a key to leave it with; null when there is none.
   */
  take(host: string, claim: PlaceClaim): Promise<string | null>;
  leave(key: string): Promise<void>;
}

export type PlaceClaim = {
  readonly owner: string;
  readonly most: number;
  readonly isAlive: (owner: string) => boolean;
};

/** `details.reason` of a stream's failure that found no place: for whoever can do without a stream. */
export const NO_STREAM_PLACE = "no-stream-place";
