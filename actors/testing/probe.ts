/** An agent that hears everything and says what it heard. */
import type { AgentRef } from '../../src/ref.js'
import type { AgentDefinition } from '../../src/system/definition.js'
import { kindsKey } from '../../src/system/definition.js'
import type { System } from '../../src/system/system.js'
import { keepBehaviour } from '../agent/behaviour.js'
import { kinds } from '../kinds.js'
import { settle } from './settle.js'

interface Message {
  readonly type: string
  readonly [field: string]: unknown
}

export interface Probe {
  /** The agent: hand it, or its id, to what is tested. */
  readonly ref: AgentRef
  /** What it has heard, in order. */
  readonly heard: readonly Message[]
  /** The next message that fits and was not taken yet, past or future. Default: any. */
  next(fits?: (message: Message) => boolean): Promise<Message>
  /** Throws when it hears something more before the system has settled; never waits for time. */
  expectNone(): Promise<void>
}

export interface ProbeOptions {
  readonly id?: string
  /** What it answers to asks and tasks. Default: nothing. */
  readonly answer?: (message: Message) => unknown
}

/**
 * Spawns a probe.
 *
 * @example
 * const ears = probe(system, { answer: () => 'pass' })
 * system.send(boss, { type: 'delegate', to: ears.ref.id })
 * expect(await ears.next()).toMatchObject({ type: 'review' })
 * await ears.expectNone()
 */
export const probe = (system: System, { id, answer }: ProbeOptions = {}): Probe => {
  const heard: Message[] = []
  const taken = new Set<Message>()
  const waiting: ((message: Message) => boolean)[] = []
  const hear = (message: Message): unknown => {
    heard.push(message)
    const at = waiting.findIndex((each) => each(message))
    if (at >= 0) waiting.splice(at, 1)
    return answer?.(message)
  }
  const ref = system.spawn(definitionOf(hear), id === undefined ? {} : { id })
  return {
    ref: system.agent(ref.id),
    heard,
    next(fits = () => true) {
      const past = heard.find((message) => !taken.has(message) && fits(message))
      if (past) {
        taken.add(past)
        return Promise.resolve(past)
      }
      return new Promise((resolve) =>
        waiting.push((message) => {
          if (!fits(message)) return false
          taken.add(message)
          resolve(message)
          return true
        }),
      )
    },
    async expectNone() {
      const before = heard.length
      await settle(system)
      const [more] = heard.slice(before)
      if (more) throw new Error(`The probe ${ref.id} was to hear nothing more, and heard ${JSON.stringify(more)}.`)
    },
  }
}

const definitionOf = (hear: (message: Message) => unknown): AgentDefinition => {
  const definition: AgentDefinition = { kind: 'agent', name: 'probe', hears: {}, says: {}, concurrency: 1, [kindsKey]: kinds }
  const none = { state: undefined, start: undefined, stop: undefined, ended: undefined, ballot: undefined }
  keepBehaviour(definition, { ...none, handler: () => hear, check: (message) => message })
  return definition
}
