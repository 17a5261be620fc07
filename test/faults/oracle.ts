/** Compares what was acknowledged with what is there. */
import type { Envelope } from '../../src/protocol/envelope.js'
import type { View } from '../../src/protocol/view.js'
import type { Ledger } from './ledger.js'

/** What became of one kind of thing. */
interface Row {
  readonly what: string
  acknowledged: number
  lost: number
  duplicated: number
  reordered: number
}

export interface Findings {
  readonly rows: readonly Row[]
  /** Each a sentence; none: all is well. */
  readonly wrong: readonly string[]
}

export interface Evidence {
  readonly ledger: Ledger
  /** All that is in the journal, as it was read at the end. */
  readonly entries: readonly Envelope[]
  readonly view: View
  /** What a subscriber was told, in order, and what it was told that it has missed. */
  readonly heard: readonly Envelope[]
  readonly losses: readonly string[]
  /** The task that each line of the diary names. */
  readonly begun: readonly string[]
}

const row = (what: string): Row => ({ what, acknowledged: 0, lost: 0, duplicated: 0, reordered: 0 })

/** The number in what was published, whichever protocol it came by. */
const numberOf = ({ event }: Envelope): number | undefined => {
  if (event.type !== 'message') return undefined
  const body = event.body as { readonly n?: number; readonly data?: { readonly n?: number } } | null
  return body?.n ?? body?.data?.n
}

const byTopic = (entries: readonly Envelope[]): Map<string, Envelope[]> => {
  const topics = new Map<string, Envelope[]>()
  for (const entry of entries) {
    const known = topics.get(entry.topic)
    if (known) known.push(entry)
    else topics.set(entry.topic, [entry])
  }
  return topics
}

class Oracle {
  readonly wrong: string[] = []
  readonly #evidence: Evidence
  readonly #topics: Map<string, Envelope[]>

  constructor(evidence: Evidence) {
    this.#evidence = evidence
    this.#topics = byTopic(evidence.entries)
  }

  /** Every one that was acknowledged is there once, none is there twice, and they stand as they were said. */
  published(): Row[] {
    return [...this.#evidence.ledger.published].map(([topic, all]) => {
      const found = row(`published on ${topic}`)
      const entries = this.#topics.get(topic) ?? []
      const count = new Map<number, Envelope[]>()
      for (const entry of entries) {
        const n = numberOf(entry)
        if (n !== undefined) count.set(n, [...(count.get(n) ?? []), entry])
      }
      for (const { n, state, seq } of all) {
        const there = count.get(n) ?? []
        if (there.length > 1) this.#note(found, 'duplicated', `${n} on ${topic} is there ${there.length} times`)
        if (state === 'refused' && there.length > 0) this.wrong.push(`${n} on ${topic} was refused, and is there`)
        if (state !== 'acknowledged') continue
        found.acknowledged++
        if (there.length === 0) this.#note(found, 'lost', `${n} on ${topic} was acknowledged, and is not there`)
        else if (seq !== undefined && there[0]?.seq !== seq)
          this.wrong.push(`${n} on ${topic} was acknowledged as ${seq}, and stands at ${there[0]?.seq}`)
      }
      let last = 0
      for (const entry of entries) {
        const n = numberOf(entry) ?? last
        if (n < last) this.#note(found, 'reordered', `${n} on ${topic} stands after ${last}`)
        last = Math.max(n, last)
      }
      return found
    })
  }

  /** The subscriber heard exactly what the journal holds, once and in order. */
  heard(): Row {
    const found = row('heard by a subscriber')
    const told = byTopic(this.#evidence.heard)
    for (const [topic, all] of this.#evidence.ledger.published) {
      const heard = told.get(topic) ?? []
      const seen = new Set<number>()
      let last = 0
      for (const { seq } of heard) {
        if (seen.has(seq)) this.#note(found, 'duplicated', `${topic} ${seq} was heard twice`)
        else if (seq < last) this.#note(found, 'reordered', `${topic} ${seq} was heard after ${last}`)
        seen.add(seq)
        last = Math.max(last, seq)
      }
      const there = new Map((this.#topics.get(topic) ?? []).map((entry) => [entry.seq, entry]))
      for (const { seq } of there.values())
        if (!seen.has(seq)) this.#note(found, 'lost', `${topic} ${seq} is in the journal, and was not heard`)
      for (const entry of heard)
        if (there.get(entry.seq)?.id !== entry.id) this.wrong.push(`${topic} ${entry.seq} was heard, and is not in the journal`)
      found.acknowledged += all.filter(({ state }) => state === 'acknowledged').length
    }
    for (const loss of this.#evidence.losses) this.wrong.push(`a loss was told: ${loss}`)
    return found
  }

  /** Every task that was acknowledged has ended; one that is to be done once was begun once at the most. */
  tasks(): Row {
    const found = row('tasks')
    const { ledger, view, begun } = this.#evidence
    const times = new Map<string, number>()
    for (const name of begun) times.set(name, (times.get(name) ?? 0) + 1)
    for (const [id, { name, once, state, cancelled }] of ledger.tasks) {
      const begins = times.get(name) ?? 0
      if (once && begins > 1) this.#note(found, 'duplicated', `task ${name}, to be done once, was begun ${begins} times`)
      if (state !== 'acknowledged') continue
      found.acknowledged++
      const task = view.tasks.get(id)
      if (!task) {
        this.#note(found, 'lost', `task ${name} was acknowledged, and is not there`)
        continue
      }
      if (task.state === 'completed' && begins === 0) this.wrong.push(`task ${name} is completed, and was never begun`)
      if (cancelled && task.state !== 'cancelled') this.wrong.push(`task ${name} was cancelled, and is ${task.state}`)
      if (!['completed', 'failed', 'cancelled'].includes(task.state))
        this.#note(found, 'lost', `task ${name} has not ended: it is ${task.state}`)
      if (task.state === 'failed' && !once && /^t/.test(name))
        this.wrong.push(`task ${name}, to be tried again, has failed: ${JSON.stringify(task.error)}`)
    }
    return found
  }

  /** The newest vote that was acknowledged counts, or one after it whose fate nobody was told. */
  votes(): Row {
    const found = row('votes')
    for (const [key, { acknowledged, since }] of this.#evidence.ledger.votes) {
      if (acknowledged === undefined) continue
      found.acknowledged++
      const [ballot = '', voter = ''] = key.split(' ')
      const counted = this.#evidence.view.ballots.get(ballot)?.votes[voter]
      if (counted !== acknowledged && !since.some((choice) => choice === counted))
        this.#note(found, 'lost', `in ${ballot} ${voter} voted ${acknowledged}, and ${String(counted)} counts`)
    }
    return found
  }

  /** Positions never come twice and never go back; numbers of a topic have no hole; one life of the journal. */
  numbers(): Row {
    const found = row('events in the journal')
    const seqs = new Map<string, number>()
    const ids = new Set<string>()
    const epochs = new Set(this.#evidence.entries.map(({ epoch }) => epoch))
    let last = 0
    for (const { id, topic, seq, offset } of this.#evidence.entries) {
      found.acknowledged++
      if (ids.has(id)) this.#note(found, 'duplicated', `event ${id} is there twice`)
      ids.add(id)
      if (offset <= last) this.#note(found, 'reordered', `offset ${offset} stands after ${last}`)
      last = offset
      const before = seqs.get(topic) ?? 0
      if (seq <= before) this.#note(found, 'duplicated', `${topic} ${seq} stands after ${before}`)
      else if (seq > before + 1) this.#note(found, 'lost', `${topic} ${seq} stands after ${before}`)
      seqs.set(topic, seq)
    }
    if (epochs.size > 1) this.wrong.push(`the journal has had ${epochs.size} epochs`)
    return found
  }

  #note(found: Row, kind: 'lost' | 'duplicated' | 'reordered', sentence: string): void {
    found[kind]++
    this.wrong.push(sentence)
  }
}

export const judge = (evidence: Evidence): Findings => {
  const oracle = new Oracle(evidence)
  const rows = [...oracle.published(), oracle.heard(), oracle.tasks(), oracle.votes(), oracle.numbers()]
  return { rows, wrong: [...evidence.ledger.wrong, ...oracle.wrong] }
}

/** The findings as people read them. */
export const tableOf = ({ rows }: Findings): string => {
  const cells = [
    ['', 'acknowledged', 'lost', 'duplicated', 'reordered'],
    ...rows.map(({ what, acknowledged, lost, duplicated, reordered }) => [
      what,
      ...[acknowledged, lost, duplicated, reordered].map(String),
    ]),
  ]
  return cells.map(([first = '', ...rest]) => first.padEnd(28) + rest.map((cell) => cell.padStart(14)).join('')).join('\n')
}
