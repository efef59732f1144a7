/**
 * A small private file that is replaced whole or not at all, by one writer at a time over all
 * processes.
 * @throws Failure PERMISSION_DENIED, STORAGE_FULL, STORAGE_BUSY (another writer holds it) or
 * CONFIG_INVALID (no regular file, or too large).
 */
export interface DurableFile {
  readonly path: string;
  /** null when there is none. */
  read(): FileContent | null;
  /**
   * Replaces the content by what `change` makes of it; null from `change` leaves the file as it
   * is.
   */
  update(change: FileChange): Promise<void>;
}

export type FileContent = {
  readonly bytes: Uint8Array;
  /** Whether other users of this computer may read it. */
  readonly isReadableByOthers: boolean;
};

export type FileChange = (content: FileContent | null) => Promise<Uint8Array | null>;
