/** Kills a server again and again while clients of three protocols use it, and has an oracle look at what is left. */
import { readFileSync } from 'node:fs'
import { swarm } from '../../actors/index.js'
import { systemClock } from '../../src/clock.js'
import { createSeededIds, type Ids } from '../../src/ids.js'
import { levelStore } from '../../src/journal/level/index.js'
import { openJournal } from '../../src/journal/open.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import { isFinal, type View } from '../../src/protocol/view.js'
import { claudeFlowVisitor, openclawVisitor } from './foreign-clients.js'
import { Ledger } from './ledger.js'
import { type Busy, commander, type Listener, listener, pause, publisher, voter, warden } from './native-clients.js'
import { type Findings, judge } from './oracle.js'
import { type Life, type Place, settle } from './process.js'

export interface Campaign extends Findings {
  readonly kills: number
  /** Kills that came before the process was open: while it began, and brought back what lived before. */
  readonly early: number
  /** How often an agent was paused and looked at. */
  readonly pauses: number
  readonly took: number
}

/** Milliseconds that everything that was begun may take to end after the last kill; only a failure takes so long. */
const patience = 60_000

/** Who is there before the first kill. */
const prepare = async (place: Place, life: Life): Promise<void> => {
  await life.open
  const client = place.client('operator')
  const scribe = { kind: 'agent', name: 'scribe' } as never
  for (const id of ['scribe', 'idle', 'calm0', 'calm1', 'calm2']) await client.spawn(scribe, { id }).ready
  const members = ['calm0', 'calm1', 'calm2'].map((id) => ({ id }))
  await client.spawn(swarm({ id: 'crew', goal: 'to decide', members: members as never })).ready
  await client.stop()
}

const begin = async (place: Place, ledger: Ledger, ids: Ids) => {
  const listening = await listener(place.client('eve', { codec: 'msgpack' }), 'team.#')
  const ann = place.client('ann')
  const all: Busy[] = [
    publisher(ann, ledger, 'team.json', 8),
    publisher(place.client('bob', { codec: 'msgpack' }), ledger, 'team.msgpack', 4),
    commander(place.client('cid'), ledger, ids),
    voter(ann, ledger, ids),
    warden(place.client('dan'), ledger, 'idle'),
    openclawVisitor(place, ledger, 'team.claw'),
    claudeFlowVisitor(place, ledger, 'team.flow'),
  ]
  return { listening, all }
}

/** Kills it at a moment of chance; one time in four before it is open. */
const killings = async (place: Place, first: Life, kills: number, ids: Ids, told: (done: number) => void) => {
  let life = first
  let early = 0
  for (let done = 0; done < kills; done++) {
    let open = false
    const opened = life.open.then(() => {
      open = true
    })
    if (ids.random() < 0.25) await Promise.race([pause(ids.random() * 400), life.ended])
    else {
      await opened
      await pause(ids.random() * 400)
    }
    if (!open) early++
    opened.catch(() => {})
    life.signal('SIGKILL')
    await life.ended
    told(done + 1)
    life = place.begin()
  }
  await life.open
  return { life, early }
}

/** Resolves with the view in which everything that was acknowledged has ended, or with the last one. */
const ended = async (place: Place, ledger: Ledger): Promise<View> => {
  const client = place.client('operator')
  const until = systemClock.now() + patience
  for (;;) {
    const view = await client.view()
    const open = [...ledger.tasks].some(([id, { state }]) => {
      const task = view.tasks.get(id)
      return state === 'acknowledged' && task !== undefined && !isFinal(task.state)
    })
    if (!open || systemClock.now() > until) return view
    await pause(100)
  }
}

/** Resolves when the listener has heard what is said last on each topic, or nothing more has come for long. */
const heardAll = async (place: Place, ledger: Ledger, { heard }: Listener): Promise<void> => {
  const client = place.client('operator')
  const last = new Map<string, number>()
  for (const topic of ledger.published.keys()) last.set(topic, (await client.channel(topic).publish('the end')).seq)
  const until = systemClock.now() + patience
  while (last.size > 0 && systemClock.now() < until) {
    await pause(20)
    for (const [topic, seq] of last) if (heard.some((entry) => entry.topic === topic && entry.seq === seq)) last.delete(topic)
  }
}

const journalOf = async (place: Place): Promise<Envelope[]> => {
  const journal = await openJournal({ stores: { disk: levelStore(place.directory) } })
  const entries: Envelope[] = []
  let cursor = { epoch: journal.epoch, offset: 0 }
  for (let more = true; more; ) {
    const reading = await journal.read(cursor, () => true, 10_000)
    entries.push(...reading.entries)
    cursor = reading.cursor
    more = reading.more
  }
  await journal.close()
  return entries
}

/** `told`: after each kill. The same seed kills at the same moments; what the machine makes of them differs. */
export const campaign = async (kills: number, seed: number, told: (done: number) => void = () => {}): Promise<Campaign> => {
  const from = systemClock.now()
  const ids = createSeededIds(seed, () => systemClock.now())
  await using place = await settle()
  const ledger = new Ledger()
  const first = place.begin()
  await prepare(place, first)
  const { listening, all } = await begin(place, ledger, ids)
  const { life, early } = await killings(place, first, kills, ids, told)
  await Promise.all(all.map((each) => each.stop()))
  const view = await ended(place, ledger)
  await heardAll(place, ledger, listening)
  life.signal('SIGTERM')
  const { code, complaints } = await life.ended
  if (code !== 0 || complaints !== '') ledger.wrong.push(`the last life ended with ${code}: ${complaints}`)
  const begun = readFileSync(place.diary, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
  const findings = judge({ ledger, entries: await journalOf(place), view, ...listening, begun })
  return { ...findings, kills, early, pauses: ledger.pauses, took: systemClock.now() - from }
}
