/** The contract of a store: where a journal puts what has to outlive the process. */

/** One event on its way into a store. */
export interface StoredEntry {
  /** The number of the rule that it falls under. Each has a range of its own, so that one can be trimmed without the others. */
  readonly kind: number
  readonly offset: number
  readonly topic: string
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number
  readonly bytes: Uint8Array
  /** Whether it is to be compressed by itself. */
  readonly compress: boolean
}

/** What is written together or not at all. */
export interface StoreCommit {
  /** In order of offset within each kind. */
  readonly entries: readonly StoredEntry[]
  /** undefined: the record is deleted. */
  readonly records: readonly (readonly [key: string, bytes: Uint8Array | undefined])[]
  /** Everything of the kind up to the offset goes. */
  readonly trims: readonly { readonly kind: number; readonly upTo: number }[]
}

/** What a store found when it was opened or mended. */
export interface Soundness {
  /** What is the matter, in a sentence, when something that was committed may be missing. */
  readonly lost?: string
}

export interface JournalStore {
  /** What it is called in reports. */
  readonly name: string
  /** Opens it for this process alone. Throws `JOURNAL_UNAVAILABLE` when it cannot be reached or another process has it. */
  open(): Promise<Soundness>
  /** All records, while it is being opened. */
  records(): AsyncIterable<readonly [key: string, bytes: Uint8Array]>
  /**
   * Resolves when all of it has reached the disk; after a failure nothing or all of it was written, and the same commit may come again.
   * Commits come one at a time.
   */
  commit(commit: StoreCommit): Promise<void>
  /** Entries of a kind with `after < offset <= until`, at most `limit`, in order. Throws `JOURNAL_DAMAGED` for what does not fit its checksum. */
  read(kind: number, after: number, until: number, limit: number): Promise<readonly { offset: number; bytes: Uint8Array }[]>
  /** Sets damage aside and makes the rest readable. */
  mend(): Promise<Soundness>
  /** Twice is fine. */
  close(): Promise<void>
}
