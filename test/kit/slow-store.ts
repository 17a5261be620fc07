/** A store in memory that keeps when it is told to, and fails when it is told to. */
import type { JournalStore, StoreCommit } from '../../src/journal/store.js'

export interface SlowStore extends JournalStore {
  readonly commits: StoreCommit[]
  /** Waits for a commit to come, and lets it be. Rejects it when an error is given. */
  settle(error?: Error): Promise<void>
  /** From now on commits are kept as they come. */
  release(): void
}

export const slowStore = (): SlowStore => {
  const commits: StoreCommit[] = []
  const waiting: { commit: StoreCommit; done: (error?: Error) => void }[] = []
  let arrived: (() => void) | undefined
  let free = false
  const entries = () => commits.flatMap((commit) => commit.entries)
  return {
    name: 'slow store',
    commits,
    open: async () => ({}),
    async *records() {
      const all = new Map(commits.flatMap(({ records }) => records))
      for (const [key, bytes] of all) if (bytes) yield [key, bytes] as const
    },
    commit: (commit) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error) => {
          if (error) return reject(error)
          commits.push(commit)
          resolve()
        }
        if (free) return done()
        waiting.push({ commit, done })
        arrived?.()
      }),
    read: async (kind, after, until, limit) =>
      entries()
        .filter((entry) => entry.kind === kind && entry.offset > after && entry.offset <= until)
        .slice(0, limit),
    mend: async () => ({ lost: 'It was mended.' }),
    close: async () => {},
    async settle(error) {
      if (waiting.length === 0)
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      waiting.shift()?.done(error)
      // The journal takes note of it in a microtask or two, and asks for its next commit with a macrotask.
      await new Promise((resolve) => setImmediate(resolve))
    },
    release() {
      free = true
      for (const { done } of waiting.splice(0)) done()
    },
  }
}
