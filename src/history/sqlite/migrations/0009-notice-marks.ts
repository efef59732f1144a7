/**
 * Up to which transaction an account's owner was told what happened to it, and who is telling just now. `claim_owner` is a
 * process: what a dead one left untold is told by the next.
 */
export const NOTICE_MARKS = `
CREATE TABLE notice_marks (
  connection TEXT NOT NULL,
  account TEXT NOT NULL,
  through TEXT NOT NULL,
  claim_owner TEXT,
  PRIMARY KEY (connection, account)
) STRICT, WITHOUT ROWID;
`;
