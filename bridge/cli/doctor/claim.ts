/** What was claimed, what is so, and whether these are the same. */
import { systemClock } from '../../../src/clock.js'
import { TroupeError } from '../../../src/errors.js'

/** One thing that was reported, beside the fact. */
export interface Claim {
  readonly about: string
  readonly reported: string
  readonly fact: string
  /** `unchecked`: this machine does not tell. */
  readonly verdict: 'holds' | 'lie' | 'unchecked'
}

/** Some claims about one subject. */
export interface Subject {
  readonly name: string
  prove(world: World): Promise<readonly Claim[]>
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'))

/** The claim that what was reported is the fact. */
export const same = (about: string, reported: unknown, fact: unknown): Claim => {
  const [left, right] = [shown(reported), shown(fact)]
  return { about, reported: left, fact: right, verdict: left === right ? 'holds' : 'lie' }
}

/** A claim of which the machine does not tell whether it holds. */
export const unchecked = (about: string, why: string): Claim => ({ about, reported: '', fact: why, verdict: 'unchecked' })

/** Lets so many milliseconds pass. */
export const pause = (milliseconds: number) => new Promise<void>((resolve) => void systemClock.after(milliseconds, resolve))

/** How one waits for what is to come about. */
export interface Waiting {
  /** Waits until it is so; false when it never was: then that is the fact. */
  eventually(fits: () => boolean | Promise<boolean>): Promise<boolean>
  /** Rejects when it takes too long. */
  inTime<R>(work: Promise<R>, what: string): Promise<R>
}

/** `patience`: milliseconds that anything may take. */
export const waiting = (patience: number): Waiting => ({
  async eventually(fits) {
    for (const end = systemClock.now() + patience; systemClock.now() < end; await pause(5)) if (await fits()) return true
    return false
  },
  async inTime(work, what) {
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = systemClock.after(patience, () =>
        reject(new TroupeError('TIMEOUT', `${what} did not come about within ${patience} ms.`)),
      )
    })
    return Promise.race([work, late]).finally(() => cancel())
  },
})

/** What claims are proved in: a system, reached only through its bridge. */
export interface World extends Waiting {
  /** What reports: a client, over JSON. */
  readonly client: Reporter
  /** The same over MessagePack. */
  readonly other: Reporter
  /** An empty directory. */
  readonly dir: string
  /** What the agents of this proof know of themselves: they live in this process. */
  readonly facts: Facts
}

/** What of a client the proofs use. */
export type Reporter = Pick<
  import('../../client.js').Client,
  'spawn' | 'agent' | 'task' | 'send' | 'ask' | 'channel' | 'view' | 'propose' | 'deadLetters'
>

/** What really happened, written down by the agents themselves. */
export interface Facts {
  /** How often an agent's memory was made. */
  readonly lives: Map<string, number>
  /** What agents kept between messages; the heap tells whether it is still there. */
  readonly memories: WeakRef<object>[]
  /** How often a message was handled, by what it said. */
  readonly handled: Map<string, number>
  /** How far a handler that goes step by step has come. */
  steps: number
  /** Handlers that have begun and not ended. */
  inHand: number
  /** What each voter really voted. */
  readonly votes: Map<string, string>
}

export const createFacts = (): Facts => ({
  lives: new Map(),
  memories: [],
  handled: new Map(),
  steps: 0,
  inHand: 0,
  votes: new Map(),
})
