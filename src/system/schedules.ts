/** Messages that come at a time, again and again, or when a cron expression says so. */
import { Cron } from 'croner'
import type { CancelTimer } from '../clock.js'
import { describeThrown, TroupeError } from '../errors.js'
import { needCount } from '../given.js'
import type { When } from '../options.js'
import { keepLetter } from '../recovery/letters.js'
import type { ScheduleRecord } from '../recovery/records.js'
import type { AgentActor, Host, Letter } from './actor.js'

/** Schedules that one agent may have. */
const mostOfOne = 1_000

interface Entry {
  readonly id: string
  readonly agent: string
  readonly letter: Letter
  readonly when: When
  left: number
  /** When it comes next. */
  due: number
  /** Whether the last one still waits to be handled: then the next one is left out. */
  waiting: boolean
  cancel: CancelTimer
}

export class Schedules {
  readonly #host: Host
  readonly #all = new Map<string, Entry>()
  readonly #byAgent = new Map<string, Set<Entry>>()

  constructor(host: Host) {
    this.#host = host
  }

  has(id: string): boolean {
    return this.#all.has(id)
  }

  /** Whose mailbox it fills. */
  agentOf(id: string): string | undefined {
    return this.#all.get(id)?.agent
  }

  /** Throws `INVALID_MESSAGE` for a time that is none, `TOO_MANY` for an agent that has as many as may be. */
  create(id: string, agent: AgentActor, letter: Letter, when: When): void {
    const now = this.#host.clock.now()
    const due = firstOf(when, now)
    const times = timesOf(when)
    const mine = this.#byAgent.get(agent.id) ?? new Set<Entry>()
    if (mine.size >= mostOfOne)
      throw new TroupeError('TOO_MANY', `Agent ${agent.id} has ${mostOfOne} schedules, as many as may be; cancel one.`)
    const entry: Entry = { id, agent: agent.id, letter, when, left: times, due, waiting: false, cancel: () => {} }
    this.#all.set(id, entry)
    this.#byAgent.set(agent.id, mine.add(entry))
    this.#keep(entry)
    this.#say(entry, 'created', due)
    this.#arm(entry)
  }

  /** One of the process before goes on; what fell due meanwhile comes once. */
  goOn(id: string, { agent, message, priority, from, when, left, due }: ScheduleRecord): void {
    const letter = { message, priority, from }
    const times = left ?? Number.POSITIVE_INFINITY
    const entry: Entry = { id, agent, letter, when, left: times, due, waiting: false, cancel: () => {} }
    this.#all.set(id, entry)
    this.#byAgent.set(agent, (this.#byAgent.get(agent) ?? new Set<Entry>()).add(entry))
    this.#arm(entry)
  }

  /** One of the process before whose agent is there no more. */
  gone(id: string, { agent, message, priority, from, when }: ScheduleRecord): void {
    this.#host.keeper?.drop('schedule', id)
    const entry = { id, agent, letter: { message, priority, from }, when, left: 0, due: 0, waiting: false, cancel: () => {} }
    this.#say(entry, 'ended', undefined, 'its agent has stopped')
  }

  /** What came by it in the process before waits again. Returns how it is told that it was taken; undefined: it comes no more. */
  waits(id: string): (() => void) | undefined {
    const entry = this.#all.get(id)
    if (!entry) return undefined
    entry.waiting = true
    return () => {
      entry.waiting = false
    }
  }

  #keep({ id, agent, letter, when, left, due }: Entry): void {
    const { message, priority, from } = letter
    const record = { agent, message, priority, from, when, due }
    this.#host.keeper?.keep('schedule', id, { ...record, left: Number.isFinite(left) ? left : null })
  }

  /** False when there is none of that id. */
  cancel(id: string, reason = 'it was asked for'): boolean {
    const entry = this.#all.get(id)
    if (!entry) return false
    entry.cancel()
    this.#all.delete(id)
    this.#host.keeper?.drop('schedule', id)
    const mine = this.#byAgent.get(entry.agent)
    mine?.delete(entry)
    if (mine?.size === 0) this.#byAgent.delete(entry.agent)
    this.#say(entry, 'ended', undefined, reason)
    return true
  }

  /** The agent is gone, and its schedules with it. */
  endOf(agent: string): void {
    for (const { id } of [...(this.#byAgent.get(agent) ?? [])]) this.cancel(id, 'its agent has stopped')
  }

  #arm(entry: Entry): void {
    const { clock } = this.#host
    entry.cancel = clock.after(Math.max(0, entry.due - clock.now()), () => this.#fire(entry))
  }

  #fire(entry: Entry): void {
    const { clock } = this.#host
    const agent = this.#host.agent(entry.agent)
    if (!agent) return void this.cancel(entry.id, 'its agent has stopped')
    const missed = entry.waiting
    entry.left--
    const next = entry.left > 0 ? nextOf(entry.when, entry.due, clock.now()) : undefined
    if (next !== undefined) entry.due = next
    this.#keep(entry)
    this.#say(entry, missed ? 'skipped' : 'fired', next)
    if (!missed) {
      const taken = this.waits(entry.id)
      agent.deliver(keepLetter(this.#host, entry.agent, { ...entry.letter, taken, schedule: entry.id }))
    }
    if (next === undefined) this.cancel(entry.id, 'it came as often as it was to')
    else this.#arm(entry)
  }

  #say(entry: Entry, change: 'created' | 'fired' | 'skipped' | 'ended', next?: number, reason?: string): void {
    const { id, agent, letter } = entry
    this.#host.emit(
      {
        type: 'agent.schedule',
        id: agent,
        schedule: id,
        change,
        message: letter.message.type,
        ...(next === undefined ? {} : { next }),
        ...(reason ? { reason } : {}),
      },
      { source: letter.from },
    )
  }
}

const refuse = (message: string): never => {
  throw new TroupeError('INVALID_MESSAGE', message)
}

const firstOf = (when: When, now: number): number => {
  if ('cron' in when) return cronAfter(when, now) ?? refuse(`The cron expression ${JSON.stringify(when.cron)} never comes.`)
  const delay = 'after' in when ? when.after : when.every
  const least = 'after' in when ? 0 : 1
  if (!(delay >= least && Number.isFinite(delay)))
    return refuse(`A schedule expects ${'after' in when ? 'after' : 'every'} of ${least} or more milliseconds; got ${delay}.`)
  return now + delay
}

const timesOf = (when: When): number => {
  if ('after' in when) return 1
  const { times = Number.POSITIVE_INFINITY } = when
  needCount('The times of a schedule', times, 1, 'INVALID_MESSAGE')
  return times
}

/** What was missed, since a clock jumped or the process was busy, is not made up for; the beat is kept. */
const nextOf = (when: When, due: number, now: number): number | undefined => {
  if ('cron' in when) return cronAfter(when, Math.max(due, now))
  if ('after' in when) return undefined
  const beats = Math.max(1, Math.ceil((now - due + 1) / when.every))
  return due + beats * when.every
}

const cronAfter = (when: Extract<When, { readonly cron: string }>, after: number): number | undefined => {
  try {
    const cron = new Cron(when.cron, { paused: true, ...(when.timezone ? { timezone: when.timezone } : {}) })
    return cron.nextRun(new Date(after))?.getTime()
  } catch (error) {
    return refuse(`The schedule ${JSON.stringify(when.cron)} cannot be read: ${describeThrown(error)}`)
  }
}
