import type { AccountKey } from "./day-book.ts";

/** Up to which transaction of each account people were told what happened; shared by all processes of the user. */
export interface NoticeMarks {
  /** The newest transaction that was told, or needn't be; null for an account that was never looked at. */
  read(account: AccountKey): Promise<string | null>;
  /** Everything up to `through` is known; where there is a mark already it stays. */
  begin(account: AccountKey, through: string): Promise<void>;
  /** Moves the mark from one transaction to another; does nothing where it is elsewhere, or somebody is telling. */
  move(account: AccountKey, step: { readonly from: string; readonly to: string }): Promise<void>;
  /**
   * Makes `owner` the only one who tells, and gives the mark: null while a living process tells. What a dead one claimed is
   * free again, for it may not have told.
   */
  claim(account: AccountKey, claim: NoticeClaim): Promise<string | null>;
  /** `owner` has told everything up to `through`; null where it told nothing. */
  release(account: AccountKey, owner: string, through: string | null): Promise<void>;
}

export type NoticeClaim = {
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
};
