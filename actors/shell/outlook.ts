/** Looks at the machine again and again, and knows when a look may have overlooked somebody. */
import { isLive, listNumbers, type ProcessFacts, readProcess } from './process-table.js'

/** What was seen in one look. */
export interface Look {
  /** Every process that had not ended, the newest first. */
  readonly all: readonly ProcessFacts[]
  /**
   * Whether nobody can be missing. Who ends while it is looked may have started another just before, which is not on the list then: a
   * chain of processes that each start the next one and end can be missed so, and is always missed for a reason that shows.
   */
  readonly whole: boolean
}

export class Outlook {
  /** Who is older than this is nobody's concern. */
  readonly #since: number
  /** What left a doubt at the last look and leaves none when it is so still: what the dead have started was there by then. */
  #doubts: ReadonlySet<string> = new Set()

  /** `since`: when the first that matter were started, in ticks. */
  constructor(since: number) {
    this.#since = since
  }

  /**
   * Undefined where the machine does not tell. `judge` hears of everybody at once, since the newest may not live long; it returns
   * undefined for one of whom nothing can be said, as of one that is just becoming another program.
   */
  look(judge: (facts: ProcessFacts) => boolean | undefined): Look | undefined {
    const numbers = listNumbers()
    if (!numbers) return undefined
    const all: ProcessFacts[] = []
    const doubts = new Set<string>()
    for (const pid of numbers) {
      const facts = readProcess(pid)
      const lives = facts !== undefined && isLive(facts)
      if (lives) all.push(facts)
      const clear = facts !== undefined && (facts.started < this.#since || (lives && judge(facts) !== undefined))
      if (!clear) doubts.add(`${pid} ${facts?.started ?? 'gone'} ${lives}`)
    }
    const whole = [...doubts].every((key) => this.#doubts.has(key))
    this.#doubts = doubts
    return { all, whole }
  }
}
