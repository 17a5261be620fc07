/** A small system in which much is going on: what clients may speak of, and what happens to it meanwhile. */
import fc from 'fast-check'
import { z } from 'zod'
import { agent, approval, swarm, task } from '../../actors/index.js'
import type { Principal } from '../../bridge/principal.js'
import { restart } from '../../src/system/strategy.js'
import type { System } from '../../src/system/system.js'
import { plurality } from '../../src/vote/rules.js'
import type { Pools } from './arbitrary.js'
import { stillness } from './monitor.js'
import { type Bench, bench } from './socket.js'

/** What this stands in is the user agent's own fault. */
const ownFault = 'as it was told'
/** Who returns what cannot be written is told so. */
const unwritable = /circular structure|Maximum call stack|nested deeper|is not allowed anywhere/

/** Does what its command says; what it prints is the command, so whatever a client types comes out again. */
const worker = agent('shell', {
  hears: { run: z.looseObject({ command: z.string() }).shape, task: {}, note: { value: z.unknown().optional() } },
  says: { noted: { value: z.unknown() } },
  capabilities: ['paint'],
  concurrency: 2,
  onFailure: restart({ times: 3, backoff: [5, 50] }),
  on: {
    async run({ command }, { output, progress, sleep, checkpoint, fail, activity, task: mine }) {
      activity(`analyzing ${command}`.slice(0, 300))
      if (mine) output(`${command}\n`)
      if (command.includes('loud')) for (let at = 0; at < 40; at++) output('é'.repeat(500), at % 2 ? 'stderr' : 'stdout')
      if (mine) progress(33.3, command.slice(0, 200))
      if (command.includes('slow')) await sleep(40)
      await checkpoint()
      if (command.includes('crash')) throw new Error(ownFault)
      if (command.includes('fail'))
        fail(command.slice(0, 500), { exitCode: 1.5, own: 'NOT_THEIRS', retryAfter: -1, agentId: 7, id: 'x' })
      if (command.includes('loop')) return loop()
      return { exitCode: 0, command }
    },
    task: () => 'done',
    note({ value }, { say }) {
      say({ type: 'noted', value })
      return value
    },
    ballot: ({ choices }, { vote }) => vote(choices[0], { confidence: 0.7 }),
  },
})

const loop = (): unknown => {
  const odd: Record<string, unknown> = { at: 1 }
  odd['self'] = odd
  return odd
}

const granted = { read: ['#'], write: ['#'], agents: ['*'] } as const
/** Who may be let in; the token is the name. */
export const principals: Readonly<Record<string, Principal>> = {
  admin: { sub: 'admin', permissions: ['admin'], ...granted },
  ann: { sub: 'ann', permissions: ['read', 'write', 'agent_control', 'system_monitor'], ...granted, agents: [] },
  'bob@example.org': {
    sub: 'bob@example.org',
    permissions: ['read', 'write', 'agent_control'],
    ...granted,
    read: ['agent.#', 'task.#', 'team.#'],
  },
  writer: { sub: 'writer', permissions: ['write', 'agent_control'], ...granted },
  reader: { sub: 'reader', permissions: ['read'], ...granted },
}

export interface Turmoil extends Bench {
  /** What went wrong that is not the user agent's own fault. */
  faults(): readonly string[]
  /** Puts the newest of its kind where a text says LAST_TASK and the like. */
  filledIn(text: string): string
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
}

/** The words for the newest of a kind, which no message that was made before can know. */
const newest = ['LAST_AGENT', 'LAST_TASK', 'LAST_SWARM', 'LAST_BALLOT', 'LAST_APPROVAL'] as const

/** Three agents, a swarm, tasks and a ballot, on a clock that stands. */
export const turmoil = async (): Promise<Turmoil> => {
  const at = bench({
    admit: async (token = '') => {
      const principal = principals[token]
      if (principal) return principal
      throw new (await import('../../src/errors.js')).TroupeError('AUTH_FAILED', 'Nobody has that token.')
    },
  })
  const { system, errors, clock } = at
  system.define(worker)
  for (const id of ['ada', 'bob', 'cid'])
    system.spawn(worker, { id, name: `Agent ${id}`, metadata: { agentType: 'gemini', version: 7 } })
  const crew = system.spawn(
    swarm({ id: 'crew', goal: 'go on', topology: 'star', members: [system.agent('ada'), system.agent('bob')] }),
  )
  await crew.ready
  system.spawn(task({ id: 't1', to: crew, message: { type: 'run', command: 'first' } }))
  system.spawn(task({ id: 't2', to: 'cid', message: { type: 'run', command: 'slow' }, metadata: { own: 'x' } }))
  system.propose('Well?', { id: 'b1', voters: ['ann', 'admin'], choices: ['yes', 'no'] })
  const settle = () => clock.advance(0)
  await settle()
  return {
    ...at,
    settle,
    faults: () =>
      errors
        .filter(
          ({ where, message }) => !/^agent \S+ handling /.test(where) && !message.includes(ownFault) && !unwritable.test(message),
        )
        .map(({ where, message }) => `${where}: ${message}`),
    filledIn: (text) =>
      text.includes('LAST_') ? newest.reduce((filled, word) => filled.replaceAll(word, newestOf(word, system)), text) : text,
  }
}

const newestOf = (word: (typeof newest)[number], { state }: System): string => {
  const last = (ids: Iterable<string>) => [...ids].at(-1) ?? 'none'
  switch (word) {
    case 'LAST_AGENT':
      return last(state.agents.keys())
    case 'LAST_TASK':
      return last(state.tasks.keys())
    case 'LAST_SWARM':
      return last(state.swarms.keys())
    case 'LAST_BALLOT':
      return last(state.ballots.keys())
    case 'LAST_APPROVAL':
      return last([...state.tasks.values()].flatMap(({ id, to }) => (to === '' ? [id] : [])))
  }
}

const quietly = (promise: Promise<unknown>): void => void promise.catch(() => {})

/** What may happen to the system beside what the client asks; each returns at once. */
const happenings: Readonly<Record<string, (system: System, at: number) => unknown>> = {
  spawn: (system, at) => system.spawn(worker, { id: `w${at}`, name: 'W.1 é' }),
  task: (system) => system.spawn(task({ to: 'crew', message: { type: 'run', command: 'print' } })),
  loud: (system) => system.spawn(task({ to: 'ada', message: { type: 'run', command: 'loud slow' } })),
  loop: (system) => system.spawn(task({ to: 'bob', message: { type: 'run', command: 'loop' } })),
  fail: (system) => system.spawn(task({ to: 'crew', message: { type: 'run', command: 'fail' }, retries: 1, backoff: [1, 2] })),
  late: (system) => system.spawn(task({ to: 'cid', message: { type: 'run', command: 'slow' }, timeout: 5 })),
  crash: (system) => system.spawn(task({ to: 'bob', message: { type: 'run', command: 'crash' } })),
  approval: (system, at) => system.spawn(approval({ id: `ok${at}`, question: 'May it?' })),
  note: (system) => system.send('ada', { type: 'note', value: { event: 'x', data: [1] } }),
  lost: (system) => system.send('nobody', { type: 'note' }),
  pause: (system) => quietly(system.agent('bob').pause()),
  resume: (system) => quietly(system.agent('bob').resume()),
  freeze: (system) => quietly(system.agent('ada').freeze()),
  thaw: (system) => quietly(system.agent('ada').resume()),
  kill: (system) => quietly(system.agent('cid').kill('enough')),
  restart: (system) => quietly(system.agent('ada').restart()),
  swarm: (system, at) => quietly(system.spawn(swarm({ id: `s${at}`, goal: 'too', members: [system.agent('ada')] })).ready),
  join: (system) => quietly(system.swarm('crew').join('cid')),
  leave: (system) => quietly(system.swarm('crew').leave('bob')),
  rewire: (system) => quietly(system.swarm('crew').rewire('ring')),
  rest: (system) => quietly(system.swarm('crew').pause()),
  work: (system) => quietly(system.swarm('crew').resume()),
  handOver: (system) => quietly(system.swarm('crew').handOver({ task: 't1', reason: 'why not' })),
  dissolve: (system) => quietly(system.swarm('crew').stop()),
  ballot: (system, at) =>
    quietly(
      system.propose('?', { id: `v${at}`, voters: system.swarm('crew'), choices: ['accept', 'reject'], within: 50 }).result(),
    ),
  decision: (system, at) =>
    quietly(
      system
        .propose('?', { id: `d${at}`, voters: system.swarm('crew'), choices: ['x', 'y', 'z'], rule: plurality(), within: 50 })
        .result(),
    ),
  publish: (system) => system.channel('team.blue').publish({ event: 'notification', data: { message: 'hi' } }, { ttl: 1_500 }),
  notify: (system) => system.notify('soon', { level: 'warning' }),
  metrics: (system) => system.announce({ type: 'system.metrics', ...stillness }, 'system'),
  alert: (system) =>
    system.announce({ type: 'system.alert', level: 'warning', category: 'resource', text: 'hot', details: {} }, 'system'),
}

/** Something that happens. */
export const happening: fc.Arbitrary<string> = fc.constantFrom(...Object.keys(happenings))
/** Lets it happen; what cannot be is nobody's fault. */
export const happen = (name: string, system: System, at: number): void => {
  try {
    happenings[name]?.(system, at)
  } catch {
    // A crew that was dissolved takes no tasks.
  }
}

const among = (...words: readonly string[]) => fc.constantFrom(...words)
const agents = among('ada', 'bob', 'cid', 'LAST_AGENT', 'nobody', 'w3')
const tasks = among('t1', 't2', 'LAST_TASK', 'LAST_APPROVAL', 'nothing', 'n1')
const swarms = among('crew', 'LAST_SWARM', 'nowhere', 'n2')
const ballots = among('b1', 'LAST_BALLOT', 'none', 'n3')
const anyId = fc.oneof(agents, tasks, swarms, ballots, among('ann', 'admin', 'reader', 'toString'))
const message = fc.oneof(
  among('x', 'slow', 'fail', 'crash', 'loud', 'loop').map((command) => ({ type: 'run', command })),
  fc
    .jsonValue({ maxDepth: 1 })
    .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)))
    .map((value) => ({ type: 'note', value })),
  fc.constant({ type: 'unheard' }),
)
const topic = fc.oneof(
  among(
    'team.blue',
    'team.red.sub',
    'system.alerts',
    'agent.ada.status',
    'swarm.crew.consensus',
    'a b',
    'x',
    'client.admin.message',
  ),
)
const pattern = fc.oneof(
  topic,
  among(
    '#',
    'agent.#',
    'task.*.output',
    'swarm.#',
    'ballot.#',
    'system.#',
    'agent/ada/status',
    '*.*.status',
    'client.#',
    '..',
    '#.#',
  ),
)

/** What fields are called in all protocols together, and what may stand in them. */
export const pools: Pools = {
  id: anyId,
  to: fc.oneof(agents, swarms),
  from: agents,
  agent: agents,
  agentId: fc.oneof(agents, among('Agent ada')),
  subject: agents,
  voter: among('ann', 'admin', 'ada', 'bob', 'nobody'),
  'voters[]': agents,
  swarm: swarms,
  task: tasks,
  taskId: tasks,
  commandId: tasks,
  parent: tasks,
  'needs[]': tasks,
  'dependencies[]': tasks,
  projectId: swarms,
  session_id: swarms,
  sessionId: among('none', 'x'),
  'ids[]': anyId,
  target: fc.oneof(agents, among('orchestrator', 'admin'), fc.array(agents, { minLength: 1, maxLength: 3 })),
  definition: among('shell', 'nothing'),
  kind: among('shell', 'nothing'),
  model: among('claude-3-opus', 'claude-3-sonnet', 'gpt', 'toString'),
  'message:object': message,
  'needs.': tasks,
  // Where it is a text, nothing else fits and these are let go.
  command: among('x', 'echo hi', 'slow', 'fail', 'crash', 'loud', 'loop', 'é'.repeat(12_000)),
  token: among('admin', 'ann', 'reader', 'nonsense', ''),
  version: fc.constant('1.0.0'),
  supportedVersions: fc.constantFrom(['1.0.0'], ['0.9.0', '1.0.0']),
  topic,
  channel: topic,
  'topics[]': pattern,
  'patterns[]': pattern,
  'channels[]': topic,
  'choices[]': among('yes', 'no', 'maybe'),
  choice: among('yes', 'no', 'other'),
  cron: among('* * * * *', '0 0 31 2 *', 'nonsense'),
  timezone: among('UTC', 'Nowhere/Land'),
  status: among('cancelled', 'paused', 'in_progress', 'completed', 'failed', 'closed', 'active', 'x'),
  'deadline:string': among('2024-02-15T00:00:00Z', 'nonsense'),
  key: among('k1', 'k2'),
  every: fc.constantFrom(100, 1_000, 1e9),
}
