/** Streams that processes have open, so that they never are too many together. */
export const STREAM_PLACES = `
CREATE TABLE stream_places (
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  owner TEXT NOT NULL
) STRICT;
CREATE INDEX stream_places_by_host ON stream_places (host);
`;
