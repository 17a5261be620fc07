/** What has to hold at any time, whatever happened before: of the journal, of the view, and between them and what was acknowledged. */
import type { Journal } from '../../../../src/journal/journal.js'
import type { Cursor, Envelope } from '../../../../src/protocol/envelope.js'
import { fold } from '../../../../src/protocol/fold.js'
import { createView, isFinal, type View, viewToData } from '../../../../src/protocol/view.js'
import { tasks } from './commands.js'
import { keep, type Life, type World } from './world.js'

const everything = async (journal: Journal): Promise<readonly Envelope[]> => {
  const all: Envelope[] = []
  for (let at: Cursor | undefined = { epoch: journal.epoch, offset: 0 }; at; ) {
    const { entries, gaps, cursor, more } = await journal.read(at, () => true, 1_000)
    if (gaps.length > 0) throw new Error(`there are gaps: ${JSON.stringify(gaps)}`)
    all.push(...entries)
    at = more ? cursor : undefined
  }
  return all
}

/** Each number once and in order; each state follows the one before it, and nothing follows an end. */
const ofJournal = (entries: readonly Envelope[]): string[] => {
  const wrong: string[] = []
  const seqs = new Map<string, number>()
  const states = new Map<string, string>()
  let last = 0
  for (const { topic, seq, offset, event } of entries) {
    if (seq !== (seqs.get(topic) ?? 0) + 1) wrong.push(`${topic} has ${seq} after ${seqs.get(topic) ?? 0}`)
    if (offset <= last) wrong.push(`offset ${offset} after ${last}`)
    seqs.set(topic, seq)
    last = offset
    if (event.type === 'agent.spawned') states.set(event.id, 'spawning')
    if (event.type === 'task.created') states.set(event.id, 'queued')
    if (event.type === 'swarm.created') states.set(event.id, 'forming')
    if (event.type !== 'agent.status' && event.type !== 'task.status' && event.type !== 'swarm.status') continue
    const before = states.get(event.id)
    if (before !== event.from) wrong.push(`${event.id} went from ${event.from} to ${event.state}, but was ${before}`)
    if (event.from !== undefined && isFinal(event.from)) wrong.push(`${event.id} is ${event.state} after its end`)
    states.set(event.id, event.state)
  }
  return wrong
}

const plain = (view: View): string => JSON.stringify(viewToData({ ...view, offset: 0 }))

const ofView = (entries: readonly Envelope[], view: View): string[] => {
  const folded = createView(view.epoch)
  for (const envelope of entries) fold(folded, envelope, keep)
  folded.epoch = view.epoch
  return plain(folded) === plain(view) ? [] : ['the view is not what the events say']
}

const same = (what: string, said: readonly string[], is: readonly string[]): string[] =>
  [...said].sort().join() === [...is].sort().join()
    ? []
    : [`${what}: ${said.join() || 'none'}, but there are ${is.join() || 'none'}`]

/** Those who tell of others tell what is there. */
const ofActors = ({ agents, tasks: all, swarms, attention }: View): string[] => {
  const list = [...all.values()]
  const where = (wanted: (task: (typeof list)[number]) => boolean) => list.filter(wanted).map(({ id }) => id)
  const asked = where(({ approval, state }) => approval !== undefined && !isFinal(state))
  const items = [...attention.values()].filter(({ kind, state }) => kind === 'approval' && state === 'open')
  return [
    ...[...agents.values()].flatMap(({ id, queue, tasks: inHand }) => [
      ...same(
        `the queue of ${id}`,
        queue,
        where(({ state, agent }) => state === 'assigned' && agent === id),
      ),
      ...same(
        `in hand of ${id}`,
        inHand,
        where(({ state, agent }) => (state === 'running' || state === 'paused') && agent === id),
      ),
    ]),
    ...[...swarms.values()].flatMap(({ id, state, completed, total, members }) => {
      if (isFinal(state)) return []
      const mine = list.filter(({ swarm }) => swarm === id)
      const done = mine.filter((each) => each.state === 'completed').length
      return [
        ...(completed === done && total === mine.length ? [] : [`${id} says ${completed}/${total} of ${done}/${mine.length}`]),
        ...members.flatMap((each) => (agents.get(each.id)?.state === 'stopped' ? [`${each.id} of ${id} has stopped`] : [])),
      ]
    }),
    ...same(
      'what people are asked',
      items.map(({ subject }) => subject),
      asked,
    ),
    ...list.flatMap(({ id, attempt, retries }) => (attempt > Number(retries) + 1 ? [`${id} was tried ${attempt} times`] : [])),
  ]
}

const ofPromises = ({ acknowledged, seen, stopped }: World, { agents, tasks: all, swarms, ballots }: View): string[] => [
  ...[...acknowledged.actors].flatMap((id) => {
    const lasting = agents.get(id) ?? swarms.get(id)
    if (!lasting && !all.has(id)) return [`${id} is lost`]
    return lasting && isFinal(lasting.state) && !stopped.has(id) ? [`${id} is ${lasting.state}`] : []
  }),
  ...[...acknowledged.votes].flatMap((vote) => {
    const [ballot = '', voter = ''] = vote.split(' ')
    return ballots.get(ballot)?.votes[voter] === undefined ? [`the vote of ${vote} is lost`] : []
  }),
  ...[...seen.begun].flatMap(([id, times]) => (times > 1 && all.get(id)?.once ? [`${id} was done ${times} times`] : [])),
]

/** What does not hold. */
export const judge = async (world: World, { system, errors }: Life): Promise<string[]> => {
  await system.journal.committed()
  const entries = await everything(system.journal)
  const unexpected = errors.splice(0).filter((error) => !error.includes('as it was told'))
  return [
    ...ofJournal(entries),
    ...ofView(entries, system.state),
    ...ofActors(system.state),
    ...ofPromises(world, system.state),
    ...unexpected,
  ]
}

/** What does not hold when everything could have ended. */
export const judgeEnd = async (world: World, life: Life): Promise<string[]> => {
  const { system } = life
  const { records } = system.journal
  const dead = await system.deadLetters({ limit: keep })
  const buried = new Set(dead.map(({ message }) => (message as { readonly key?: unknown }).key))
  const lasting = new Set(['view', 'end', 'agent', 'swarm', 'ballot', 'dead-letter'])
  return [
    ...(await judge(world, life)),
    ...tasks(system).map((id) => `${id} never ends`),
    ...[...system.state.swarms.values()].flatMap(({ id, state, phase, total }) =>
      !isFinal(state) && total > 0 && phase !== 'completed' ? [`${id} is ${phase}`] : [],
    ),
    ...[...world.acknowledged.notes].flatMap((key) => (world.seen.noted.has(key) || buried.has(key) ? [] : [`${key} is lost`])),
    ...[...records.list('')].flatMap(([key]) => {
      const [kind = '', id = ''] = key.split('/')
      const actor = system.state.agents.get(id) ?? system.state.swarms.get(id) ?? system.state.ballots.get(id)
      return lasting.has(kind) && !(actor && isFinal(actor.state)) ? [] : [`the record ${key} is left`]
    }),
  ]
}
