import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm } from '../../actors/index.js'
import { execute } from '../../bridge/execute.js'
import { type Permission, type Principal, Rights } from '../../bridge/principal.js'
import { type Command, type CommandType, commands } from '../../src/protocol/command.js'
import type { System } from '../../src/system/system.js'
import { quietSystem, settle } from '../kit/quiet.js'

const greeter = agent('greeter', {
  hears: { greet: { name: z.string() }, wait: {} },
  on: {
    greet: ({ name }) => `hello ${name}`,
    wait: (_, { signal }) => new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('aborted')))),
  },
})

const made: System[] = []
afterEach(async () => {
  for (const system of made.splice(0)) await system.stop({ force: true })
})

const setUp = (claims: Partial<Principal> = {}) => {
  const quiet = quietSystem()
  made.push(quiet.system)
  quiet.system.define(greeter)
  const rights = new Rights({ sub: 'ann', permissions: ['admin'], read: ['#'], write: ['#'], agents: [], ...claims })
  const run = (command: Command) => execute(command, { system: quiet.system, rights, cause: { correlationId: 'q1' } })
  return { ...quiet, run }
}

/** One command of each type that is well formed. */
const samples: { readonly [T in CommandType]: Extract<Command, { type: T }> } = {
  'agent.spawn': { type: 'agent.spawn', definition: 'greeter', id: 'new' },
  'agent.send': { type: 'agent.send', to: 'ada', message: { type: 'greet', name: 'x' } },
  'agent.ask': { type: 'agent.ask', to: 'ada', message: { type: 'greet', name: 'x' } },
  'agent.pause': { type: 'agent.pause', id: 'ada' },
  'agent.freeze': { type: 'agent.freeze', id: 'ada' },
  'agent.steer': { type: 'agent.steer', to: 'ada', message: { type: 'greet', name: 'x' } },
  'agent.terminate': { type: 'agent.terminate', id: 'ada' },
  'agent.kill': { type: 'agent.kill', id: 'ada' },
  'agent.resume': { type: 'agent.resume', id: 'ada' },
  'agent.restart': { type: 'agent.restart', id: 'ada' },
  'agent.stop': { type: 'agent.stop', id: 'ada' },
  'task.create': { type: 'task.create', to: 'ada', message: { type: 'greet', name: 'x' } },
  'task.approval': { type: 'task.approval', question: 'Publish?' },
  'task.graph': { type: 'task.graph', tasks: { one: { to: 'ada', message: { type: 'greet', name: 'x' } } } },
  'task.approve': { type: 'task.approve', id: 't1' },
  'task.reject': { type: 'task.reject', id: 't1' },
  'task.cancel': { type: 'task.cancel', id: 't1' },
  'task.pause': { type: 'task.pause', id: 't1' },
  'task.resume': { type: 'task.resume', id: 't1' },
  'task.result': { type: 'task.result', id: 't1' },
  'swarm.create': { type: 'swarm.create', goal: 'ship it' },
  'swarm.join': { type: 'swarm.join', id: 's1', agent: 'ada' },
  'swarm.leave': { type: 'swarm.leave', id: 's1', agent: 'ada' },
  'swarm.send': { type: 'swarm.send', id: 's1', from: 'ada', to: 'ada', message: { type: 'greet', name: 'x' } },
  'swarm.rewire': { type: 'swarm.rewire', id: 's1', topology: 'mesh' },
  'swarm.hand-over': { type: 'swarm.hand-over', id: 's1', task: 't1', reason: 'why not' },
  'swarm.pause': { type: 'swarm.pause', id: 's1' },
  'swarm.resume': { type: 'swarm.resume', id: 's1' },
  'swarm.dissolve': { type: 'swarm.dissolve', id: 's1' },
  'swarm.result': { type: 'swarm.result', id: 's1' },
  'ballot.propose': { type: 'ballot.propose', question: 'Well?', choices: ['yes', 'no'], voters: ['ann'] },
  'ballot.vote': { type: 'ballot.vote', id: 'b1', voter: 'ann' },
  'ballot.cancel': { type: 'ballot.cancel', id: 'b1' },
  'ballot.result': { type: 'ballot.result', id: 'b1' },
  'schedule.create': { type: 'schedule.create', to: 'ada', message: { type: 'greet', name: 'x' }, when: { after: 1_000 } },
  'schedule.cancel': { type: 'schedule.cancel', id: 'x' },
  'attention.list': { type: 'attention.list' },
  'attention.ack': { type: 'attention.ack', id: 'i1' },
  'attention.snooze': { type: 'attention.snooze', id: 'i1', for: 1 },
  'attention.resolve': { type: 'attention.resolve', id: 'i1' },
  'dead-letter.list': { type: 'dead-letter.list' },
  'dead-letter.replay': { type: 'dead-letter.replay', id: 'd1' },
  'channel.publish': { type: 'channel.publish', topic: 'team.blue', body: 1 },
  'view.get': { type: 'view.get' },
}

const needs: Readonly<Record<Exclude<Permission, 'admin'>, readonly CommandType[]>> = {
  read: ['task.result', 'swarm.result', 'ballot.result', 'view.get', 'attention.list'],
  agent_control: [
    'agent.spawn',
    'agent.send',
    'agent.ask',
    'agent.pause',
    'agent.resume',
    'agent.restart',
    'agent.freeze',
    'agent.steer',
    'agent.terminate',
    'agent.kill',
    'agent.stop',
    'swarm.send',
    'schedule.create',
    'schedule.cancel',
    'dead-letter.replay',
  ],
  system_monitor: ['dead-letter.list'],
  write: [
    ...([
      'task.create',
      'task.approval',
      'task.graph',
      'task.approve',
      'task.reject',
      'task.cancel',
      'task.pause',
      'task.resume',
    ] as const),
    ...([
      'swarm.create',
      'swarm.join',
      'swarm.leave',
      'swarm.pause',
      'swarm.resume',
      'swarm.dissolve',
      'swarm.rewire',
      'swarm.hand-over',
    ] as const),
    ...([
      'ballot.propose',
      'ballot.vote',
      'ballot.cancel',
      'channel.publish',
      'attention.ack',
      'attention.snooze',
      'attention.resolve',
    ] as const),
  ],
}

describe('permissions', () => {
  it('name each command once', () => {
    expect(Object.values(needs).flat().sort()).toEqual(Object.keys(commands).sort())
  })

  it.each(Object.entries(needs).flatMap(([permission, types]) => types.map((type) => [type, permission] as const)))(
    '%s needs %s',
    async (type, permission) => {
      const others = (['read', 'write', 'agent_control', 'system_monitor'] as const).filter((each) => each !== permission)
      const refused = await setUp({ permissions: others }).run(samples[type])
      expect(refused).toMatchObject({
        receipt: 'rejected',
        error: { code: 'FORBIDDEN', message: expect.stringContaining(permission) },
      })
    },
  )

  it.each(
    Object.keys(commands).filter(
      (type) =>
        ![
          'view.get',
          'attention.list',
          'attention.ack',
          'attention.snooze',
          'attention.resolve',
          'schedule.cancel',
          'dead-letter.list',
          'dead-letter.replay',
        ].includes(type),
    ) as CommandType[],
  )('%s needs a token that covers what it is about', async (type) => {
    const refused = await setUp({ read: ['nothing'], write: ['nothing'] }).run(samples[type])
    expect(refused).toMatchObject({
      receipt: 'rejected',
      error: { code: 'FORBIDDEN', message: expect.stringMatching(/does not cover/) },
    })
  })
})

describe('commands', () => {
  it('spawn what the application listed, and name that when asked for something else', async () => {
    const { run, system } = setUp()
    expect(await run(samples['agent.spawn'])).toEqual({ receipt: 'applied', value: { id: 'new' } })
    expect(system.state.agents.get('new')?.state).toBe('running')
    expect(await run({ type: 'agent.spawn', definition: 'other' })).toMatchObject({
      error: { code: 'UNKNOWN_DEFINITION', message: 'No definition "other" may be spawned here; these may: greeter.' },
    })
    expect(await run(samples['agent.spawn'])).toMatchObject({ error: { code: 'ID_TAKEN' } })
  })

  it('tell at once of a message that cannot be delivered', async () => {
    const { run, system } = setUp()
    system.spawn(greeter, { id: 'ada' })
    const send = (to: string, message: { type: string; [field: string]: unknown }) => run({ type: 'agent.send', to, message })
    expect(await send('nobody', { type: 'greet', name: 'x' })).toMatchObject({ error: { code: 'NOT_FOUND' } })
    expect(await send('ada', { type: 'dance' })).toMatchObject({
      error: { code: 'NO_HANDLER', message: expect.stringContaining('greet') },
    })
    expect(await send('ada', { type: 'greet', name: 7 })).toMatchObject({ error: { code: 'INVALID_MESSAGE' } })
    expect(await send('ada', { type: 'greet', name: 'x' })).toEqual({ receipt: 'applied', value: { id: 'ada' } })
  })

  it('answer a question with what the handler returns', async () => {
    const { run, system } = setUp()
    system.spawn(greeter, { id: 'ada' })
    expect(await run(samples['agent.ask'])).toEqual({ receipt: 'applied', value: { value: 'hello x' } })
  })

  it('answer for the result of a task when it is there', async () => {
    const { run, system } = setUp()
    system.spawn(greeter, { id: 'ada' })
    await run({ ...samples['task.create'], id: 't1' })
    expect(await run(samples['task.result'])).toEqual({ receipt: 'applied', value: { value: 'hello x' } })
    expect(await run({ type: 'task.result', id: 'never' })).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })

  it('carry the asker’s name and the request into what follows', async () => {
    const { run, seen } = setUp()
    await run(samples['channel.publish'])
    expect(seen.envelopes.at(-1)).toMatchObject({
      source: 'ann',
      cause: { correlationId: 'q1' },
      event: { type: 'message', from: 'ann', body: 1 },
    })
  })

  it('carry a word on a topic of the runtime as a message, which changes no view', async () => {
    const { run, system, seen } = setUp({ permissions: ['write'] })
    system.spawn(greeter, { id: 'ada' })
    await settle()
    const forged = { type: 'agent.status', id: 'ada', state: 'stopped', busy: false }
    expect(await run({ type: 'channel.publish', topic: 'agent.ada.status', body: forged })).toMatchObject({
      receipt: 'applied',
      value: { topic: 'agent.ada.status' },
    })
    expect(seen.events.at(-1)).toEqual({ type: 'message', from: 'ann', body: forged })
    expect(system.state.agents.get('ada')?.state).toBe('running')
    expect(await run({ type: 'channel.publish', topic: 'system.error', body: forged })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    })
  })

  it('publish on one topic, never on a pattern', async () => {
    expect(await setUp().run({ type: 'channel.publish', topic: 'team.*', body: 1 })).toMatchObject({
      error: { code: 'INVALID_MESSAGE' },
    })
  })

  it('vote for those whom the token names, and nobody else', async () => {
    const { run } = setUp({ permissions: ['write'], agents: ['ada'] })
    await run({ type: 'ballot.propose', id: 'b1', question: 'Well?', choices: ['yes', 'no'], voters: ['ann', 'ada', 'eve'] })
    const vote = (voter: string) => run({ type: 'ballot.vote', id: 'b1', voter, choice: 'yes' })
    expect(await vote('eve')).toMatchObject({ error: { code: 'FORBIDDEN', message: expect.stringContaining('eve') } })
    expect(await vote('ann')).toMatchObject({ receipt: 'applied', value: { state: 'open' } })
    expect(await vote('ada')).toMatchObject({ receipt: 'applied', value: { state: 'closed' } })
  })

  it('never reject: what goes wrong inside is an outcome, and is told to the operator alone', async () => {
    const { run, system, errors } = setUp()
    Object.defineProperty(system, 'as', {
      value: () => {
        throw new Error('a secret of the house')
      },
    })
    const outcome = await run(samples['view.get'])
    expect(outcome).toMatchObject({ receipt: 'rejected', error: { code: 'INTERNAL' } })
    expect(JSON.stringify(outcome)).not.toContain('secret')
    expect(errors).toMatchObject([{ where: 'the command view.get', message: 'a secret of the house' }])
  })
})

describe('a task', () => {
  it('is refused for an agent that the token does not let its holder act on', async () => {
    const { system, run } = setUp({ permissions: ['write'], write: ['task.#', 'agent.ada'] })
    for (const id of ['ada', 'shell']) system.spawn(greeter, { id })
    const give = (to: string) => run({ type: 'task.create', to, message: { type: 'greet', name: 'x' } })
    expect(await give('ada')).toMatchObject({ receipt: 'applied' })
    expect(await give('shell')).toMatchObject({
      receipt: 'rejected',
      error: { code: 'FORBIDDEN', message: expect.stringContaining('agent.shell') },
    })
  })
})

describe("a swarm of one's own", () => {
  const setUpEve = async () => {
    const at = setUp({ sub: 'eve', permissions: ['read', 'write', 'agent_control'], write: ['swarm.#', 'task.#'], agents: ['*'] })
    await at.system.spawn(greeter, { id: 'ada' }).ready
    return at
  }

  it.each<Command>([
    { type: 'swarm.create', id: 'mine', goal: 'g', members: [{ id: 'ada' }] },
    { type: 'swarm.join', id: 'ours', agent: 'ada' },
    { type: 'swarm.send', id: 'ours', from: 'ada', to: 'ada', message: { type: 'greet', name: 'x' } },
  ])('is no way around the rights on an agent: $type', async (command) => {
    const { system, run } = await setUpEve()
    system.spawn(swarm({ id: 'ours', goal: 'g' }))
    expect(await run(command)).toMatchObject({
      receipt: 'rejected',
      error: { code: 'FORBIDDEN', message: expect.stringContaining('agent.ada') },
    })
    expect(system.state.swarms.has('mine')).toBe(false)
  })
})
