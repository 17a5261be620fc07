/** What clients said, and what of it was acknowledged. */

/** Something that was said to be there. */
interface Said {
  readonly n: number
  /** `unknown`: the connection was lost before the answer came, or the server says that nobody knows. */
  state: 'said' | 'acknowledged' | 'refused' | 'unknown'
  /** The number that its topic gave it, where the acknowledgement tells. */
  seq?: number
}

interface SaidTask extends Pick<Said, 'state'> {
  readonly name: string
  readonly once: boolean
  /** Its end was asked for, and that was acknowledged. */
  cancelled?: boolean
}

/** A vote that may be changed: the last one that was acknowledged, and those after it whose fate is unknown. */
interface SaidVote {
  acknowledged: string | undefined
  since: string[]
}

export class Ledger {
  /** By topic, each of which one sender speaks on. */
  readonly published = new Map<string, Said[]>()
  readonly tasks = new Map<string, SaidTask>()
  /** By ballot and voter. */
  readonly votes = new Map<string, SaidVote>()
  /** What was wrong at once. */
  readonly wrong: string[] = []
  /** How often a pause was acknowledged, and looked at until it was to end. */
  pauses = 0
  #next = 0

  say(topic: string): Said {
    const said: Said = { n: ++this.#next, state: 'said' }
    const row = this.published.get(topic)
    if (row) row.push(said)
    else this.published.set(topic, [said])
    return said
  }

  task(id: string, once: boolean, name = id): SaidTask {
    const said: SaidTask = { name, once, state: 'said' }
    this.tasks.set(id, said)
    return said
  }

  /** Casts a vote: `cast` resolves when it is acknowledged. */
  async vote(ballot: string, voter: string, choice: string, cast: () => Promise<unknown>): Promise<void> {
    const key = `${ballot} ${voter}`
    const said = this.votes.get(key) ?? { acknowledged: undefined, since: [] }
    this.votes.set(key, said)
    said.since.push(choice)
    try {
      await cast()
    } catch {
      return
    }
    said.acknowledged = choice
    said.since = []
  }
}
