import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, swarm } from '../../actors/index.js'
import { execute } from '../../bridge/execute.js'
import { type Principal, Rights } from '../../bridge/principal.js'
import { type Command, type CommandType, commands } from '../../src/protocol/command.js'
import type { System } from '../../src/system/system.js'
import { doesAsWell, edges, needs, samples } from '../kit/commands.js'
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
  const run = (command: Command) =>
    execute(command, {
      system: quiet.system,
      ...edges(quiet.system),
      rights,
      cause: { correlationId: 'q1' },
    })
  return { ...quiet, run }
}

describe('permissions', () => {
  it('name each command once', () => {
    expect(Object.values(needs).flat().sort()).toEqual(Object.keys(commands).sort())
  })

  it.each(Object.entries(needs).flatMap(([permission, types]) => types.map((type) => [type, permission] as const)))(
    '%s needs %s',
    async (type, permission) => {
      const others = (['read', 'write', 'agent_control', 'system_monitor'] as const).filter(
        (each) => each !== permission && each !== doesAsWell[type],
      )
      const refused = await setUp({ permissions: others }).run(samples[type])
      expect(refused).toMatchObject({
        receipt: 'rejected',
        error: { code: 'FORBIDDEN', message: expect.stringContaining(permission) },
      })
    },
  )

  it('work for an agent is given, and taken back, by who may control it', async () => {
    const { run, system } = setUp({ permissions: ['agent_control'] })
    await system.spawn(greeter, { id: 'ada' }).ready
    const made = await run({ ...samples['task.create'], id: 'mine' })
    expect(made).toMatchObject({ receipt: 'applied' })
    expect(await run({ type: 'task.create', to: 's1', message: { type: 'greet', name: 'x' } })).toMatchObject({
      receipt: 'rejected',
    })
  })

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

  it('are held to their schemas, whichever dialect made them', async () => {
    const { run, system } = setUp()
    system.spawn(greeter, { id: 'ada' })
    for (const command of [
      { type: 'task.create', to: 'ada', message: { type: 'greet', name: 'x' }, metadata: { ['k'.repeat(129)]: 1 } },
      { type: 'channel.publish', topic: 'team.blue', body: 1, ttl: Number.POSITIVE_INFINITY },
      { type: 'task.cancel', id: 'a task' },
    ] satisfies Command[])
      expect(await run(command)).toMatchObject({
        error: { code: 'INVALID_MESSAGE', message: expect.stringContaining(`${command.type} does not fit at `) },
      })
    expect(system.state.tasks.size).toBe(0)
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
