/** Systems one after the other on one disk, and what is known of them from outside: what they did, and what was acknowledged. */
import { z } from 'zod'
import { agent } from '../../../../actors/agent/define.js'
import { approval, task } from '../../../../actors/task/define.js'
import { createManualClock, type ManualClock } from '../../../../src/clock.js'
import { createSeededIds } from '../../../../src/ids.js'
import { openJournal } from '../../../../src/journal/open.js'
import type { AgentDefinition } from '../../../../src/system/definition.js'
import { restart } from '../../../../src/system/strategy.js'
import { createSystem, type System } from '../../../../src/system/system.js'
import { createLastingDisk } from '../../../kit/lasting-disk.js'

/** How long nobody forgets what has ended: longer than a test. */
export const keep = 100_000

/** What was seen of handlers: what they were given, and how often. */
interface Seen {
  readonly begun: Map<string, number>
  readonly noted: Set<string>
}

/** What was acknowledged, by id. */
interface Acknowledged {
  readonly actors: Set<string>
  readonly notes: Set<string>
  /** `<ballot> <voter>`. */
  readonly votes: Set<string>
}

export interface Life {
  readonly system: System
  readonly clock: ManualClock
  readonly errors: string[]
  readonly definitions: readonly AgentDefinition[]
  kill(): void
}

export interface World {
  readonly random: () => number
  pick<T>(list: readonly T[]): T | undefined
  /** An id that was not given before. */
  fresh(letter: string): string
  readonly seen: Seen
  readonly acknowledged: Acknowledged
  /** Was asked to end. */
  readonly stopped: Set<string>
  /** What was said of what happened, for whoever looks for what went wrong. */
  readonly story: string[]
  begin(): Promise<Life>
}

const hears = {
  note: { key: z.string() },
  nap: { ms: z.number(), key: z.string() },
  quick: { key: z.string() },
  fail: {},
  crash: {},
  parts: { many: z.number() },
  ask: {},
}

const definitionsOf = (seen: Seen, alive: () => boolean): readonly AgentDefinition[] => {
  const begun = (key: string) => void (alive() && seen.begun.set(key, (seen.begun.get(key) ?? 0) + 1))
  const common = agent('common', {
    hears,
    onFailure: restart({ times: 1e6, backoff: [5, 20] }),
    on: {
      note: ({ key }) => void (alive() && seen.noted.add(key)),
      async nap({ ms, key }, { sleep, checkpoint, progress }) {
        begun(key)
        await sleep(ms)
        progress(50)
        await checkpoint()
        await sleep(ms)
      },
      quick: ({ key }) => begun(key),
      fail: (_, { fail }) => fail('as it was told'),
      crash() {
        throw new Error('as it was told')
      },
      async parts({ many }, { subtask, sleep }) {
        const part = { message: { type: 'nap', ms: 20, key: 'part' }, retries: 3, backoff: [1, 5] as const }
        for (let at = 0; at < many; at++) subtask(task({ to: at % 2 ? 'a0' : 'a1', ...part }))
        await sleep(10)
      },
      ask: (_, { subtask }) => subtask(approval({ question: 'May it?' })).result(),
      async ballot({ choices }, { sleep, vote }) {
        await sleep(100)
        vote(choices[0])
      },
    },
  })
  return [common as unknown as AgentDefinition]
}

export const createWorld = (seed: number): World => {
  const { random } = createSeededIds(seed, () => 0)
  const disk = createLastingDisk()
  const seen: Seen = { begun: new Map(), noted: new Set() }
  let [now, lives, given] = [1_704_067_200_000, 0, 0]
  return {
    random,
    pick: (list) => list[Math.floor(random() * list.length)],
    fresh: (letter) => `${letter}${given++}`,
    seen,
    acknowledged: { actors: new Set(), notes: new Set(), votes: new Set() },
    stopped: new Set(),
    story: [],
    async begin() {
      const clock = createManualClock(now)
      let dead = false
      const errors: string[] = []
      const ids = createSeededIds(seed * 1_000 + ++lives, () => clock.now())
      const onError = (error: Error, where: string) => void (dead || errors.push(`${where}: ${error.message}`))
      const recent = { messages: Math.floor(random() * 500) }
      const journal = await openJournal({ stores: { disk: disk.storeOf(() => dead) }, clock, ids, onError, recent })
      const kill = () => {
        dead = true
        now = clock.now() + Math.floor(random() * 2_000)
      }
      const system = createSystem({ clock, ids, journal, onError, keep })
      return { system, clock, errors, definitions: definitionsOf(seen, () => !dead), kill }
    },
  }
}
