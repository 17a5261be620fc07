/** The verbs of a running system, said on the command line. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, approval, swarm, task } from '../../actors/index.js'
import type { System } from '../../src/system/system.js'
import { cleanUp, troupe } from '../kit/command.js'
import { commandOf } from '../kit/remote-command.js'
import { setUp } from '../kit/world.js'

const hostile = 'no\u001b]0;evil\u0007\u009b1A'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const moving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/

/** What workers were told in notes. */
const heard: string[] = []
const worker = agent('worker', {
  hears: { work: {}, note: { text: z.string() }, steer: { text: z.string() }, boom: {} },
  options: z.object({ size: z.number().optional() }),
  on: {
    // Ends when it is told to, and reaches no boundary before.
    work: (_, { signal }) => new Promise((done) => signal.addEventListener('abort', () => done('put down'))),
    note({ text }) {
      heard.push(text)
      return { text }
    },
    steer: ({ text }) => text,
    boom(_, { fail }) {
      fail(hostile)
    },
  },
})

let world: Awaited<ReturnType<typeof setUp>>
let run: Awaited<ReturnType<typeof commandOf>>['run']
beforeEach(async () => {
  world = await setUp({ spawnable: [worker] })
  run = (await commandOf(world)).run
})
afterEach(cleanUp)

/** Resolves when the system's view has come to what `holds`. */
const until = (system: System, holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const stop = system.listen('#', () => look())
    const look = () => {
      if (!holds()) return
      stop()
      resolve()
    }
    look()
  })

const states = (): Record<string, string> =>
  Object.fromEntries([...world.system.state.agents.values()].map(({ id, state }) => [id, state]))

describe('verbs for agents', { timeout: 60_000 }, () => {
  it('reach several by id, name and beginning of an id, each with its receipt', async () => {
    const { system } = world
    for (const id of ['ada', 'bob', 'carol-1']) system.spawn(worker, { id, name: id === 'bob' ? 'The Bob' : id })
    expect(await run('pause', 'ada', 'The Bob', 'car', 'ada')).toEqual({
      ...{ code: 0, err: '' },
      out: 'paused agent ada\npaused agent The Bob (bob)\npaused agent carol-1\n',
    })
    expect(states()).toEqual({ ada: 'paused', bob: 'paused', 'carol-1': 'paused' })
    const { out } = await run('resume', '--all', '--json')
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toContainEqual({
      ...{ verb: 'resume', kind: 'agent', id: 'bob', name: 'The Bob', state: 'running', seq: expect.any(Number) },
    })
    expect(Object.values(states())).toEqual(['running', 'running', 'running'])
    expect(await run('resume', '--all')).toEqual({ code: 0, err: '', out: 'there is no agent to resume\n' })
  })

  it('freeze, restart and end, with their reasons', async () => {
    const { system } = world
    for (const id of ['ada', 'bob', 'carol', 'dave']) system.spawn(worker, { id })
    system.send('ada', { type: 'work' })
    await until(system, () => system.state.agents.get('ada')?.busy === true)
    expect(await run('freeze', 'ada')).toMatchObject({ code: 0, out: 'froze agent worker (ada), now paused\n' })
    expect(system.state.agents.get('ada')).toMatchObject({ frozen: true })
    expect((await run('ps')).out).toMatch(/^ada +worker +frozen /m)
    const ends = await Promise.all([
      run('restart', 'bob'),
      run('terminate', 'carol', '--grace', '1s', '--reason', 'enough'),
      run('stop', 'dave', '--force'),
      run('kill', 'ada', '--reason', 'in the way'),
    ])
    expect(ends.map(({ code, out }) => [code, out])).toEqual([
      [0, 'restarted agent worker (bob)\n'],
      [0, 'terminated agent worker (carol), now stopped\n'],
      [0, 'stopped agent worker (dave)\n'],
      [0, 'killed agent worker (ada), now stopped\n'],
    ])
    expect(system.state.agents.get('bob')).toMatchObject({ restarts: 1 })
    expect(await run('stop', '--all')).toMatchObject({ code: 0, out: 'stopped agent worker (bob)\n' })
  })

  it('tell of one that is refused beside those that are not, and end with 2', async () => {
    const { system } = world
    system.spawn(worker, { id: 'ada' })
    await system.spawn(worker, { id: 'bob' }).stop()
    const { code, out, err } = await run('pause', 'ada', 'bob')
    expect([code, out]).toEqual([2, 'paused agent worker (ada)\n'])
    expect(err).toBe('troupe: agent worker (bob): bob has ended: it is stopped.\n')
  })

  it('do nothing at all where one of the words is unclear', async () => {
    const { system } = world
    system.spawn(worker, { id: 'ada' })
    for (const id of ['bob-1', 'bob-2']) system.spawn(worker, { id, name: 'bob' })
    const [name, prefix, nobody, other] = await Promise.all([
      run('kill', 'ada', 'bob'),
      run('kill', 'ada', 'bo'),
      run('kill', 'ada', 'eve'),
      run('kill'),
    ])
    expect(name).toMatchObject({ code: 2, err: expect.stringContaining('say which by its id: bob-1 (bob), bob-2 (bob).') })
    expect(prefix).toMatchObject({ code: 2, err: expect.stringContaining('2 ids begin with bo; write more') })
    expect(nobody).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^troupe: Expected an agent .*; got "eve"\. These are there: ada/),
    })
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('expects at least one id or name, or --all') })
    expect(Object.values(states())).toEqual(['running', 'running', 'running'])
  })

  it('refuse flags that are none with a sentence and 2', async () => {
    const [both, grace, unknown, missing] = await Promise.all([
      run('kill', 'ada', '--all'),
      run('terminate', 'ada', '--grace', 'soon'),
      run('pause', 'ada', '--grace', '1s'),
      run('approve'),
    ])
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('either names and ids, or --all; got both') })
    expect(grace).toMatchObject({ code: 2, err: expect.stringContaining('--grace expects a duration such as 90s') })
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('Run troupe pause --help to see its options.') })
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("missing required argument 'ids'") })
  })

  it('need rights, and say which; who may act and not look gives ids', async () => {
    world.system.spawn(worker, { id: 'ada', name: 'Ada' })
    const [reader, blind] = await Promise.all([
      commandOf(world, { permissions: ['read'] }),
      commandOf(world, { permissions: ['agent_control'] }),
    ])
    const [refused, all, paused] = await Promise.all([
      reader.run('kill', 'Ada'),
      blind.run('restart', '--all'),
      blind.run('pause', 'ada'),
    ])
    expect(refused).toMatchObject({
      ...{ code: 2, out: '' },
      err: 'troupe: agent Ada (ada): This needs the permission agent_control; the token has read.\n',
    })
    expect(all).toMatchObject({ code: 2, err: expect.stringContaining('This needs the permission read') })
    expect(paused).toMatchObject({ code: 0, out: 'paused agent ada\n' })
  })

  it('end with 2 where no bridge answers', async () => {
    const { code, err } = await troupe(['pause', 'ada', '--url', 'ws://127.0.0.1:1']).ended
    expect([code, err]).toEqual([2, expect.stringContaining('Nothing answers at ws://127.0.0.1:1')])
  })
})

describe('what is said to one agent', { timeout: 60_000 }, () => {
  it('is sent, asked and steered, in both codecs', async () => {
    const { system } = world
    system.spawn(worker, { id: 'ada', name: 'Ada' })
    const [sent, asked, steered, told, failed] = await Promise.all([
      run('send', 'ada', '{"type":"note","text":"sent"}'),
      run('ask', 'Ada', '{"type":"note","text":"x"}', '--timeout', '10s', '--codec', 'msgpack', '--json'),
      run('steer', 'ada', 'left, not right'),
      run('steer', 'ada', '{"type":"note","text":"steered"}'),
      run('ask', 'ada', '{"type":"boom"}'),
    ])
    expect(heard).toEqual(expect.arrayContaining(['sent', 'x', 'steered']))
    expect(sent).toEqual({ code: 0, err: '', out: 'sent note to agent Ada (ada)\n' })
    expect(JSON.parse(asked.out)).toEqual({ id: 'ada', value: { text: 'x' } })
    expect(steered).toMatchObject({ code: 0, out: expect.stringMatching(/^steered agent Ada \(ada\) with steer;/) })
    expect(told).toMatchObject({ code: 0, out: expect.stringMatching(/with note;/) })
    expect(failed).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^troupe: agent Ada \(ada\) failed: no/) })
    expect(failed.err).not.toMatch(moving)
  })

  it('is refused where it does not fit, and that is told', async () => {
    world.system.spawn(worker, { id: 'ada' })
    const reader = await commandOf(world, { permissions: ['read'] })
    const [unheard, none, forbidden, steered, late] = await Promise.all([
      run('send', 'ada', '{"type":"fly"}'),
      run('send', 'ada', 'fly'),
      reader.run('send', 'ada', '{"type":"note","text":"x"}'),
      run('steer', 'ada', 'up', '--type', 'fly'),
      run('ask', 'ada', '{"type":"work"}', '--timeout', '1ms'),
    ])
    expect(unheard).toMatchObject({ code: 2, out: '', err: expect.stringContaining('worker hears work, note, steer, boom') })
    expect(none).toMatchObject({ code: 2, out: '', err: expect.stringContaining('A message expects JSON such as') })
    expect(forbidden).toMatchObject({ code: 2, out: '', err: expect.stringContaining('needs the permission agent_control') })
    expect(steered).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--type says which type') })
    expect(late).toMatchObject({ code: 2, out: '' })
  })

  it('begins with an agent that is spawned', async () => {
    const [made, anonymous, wrong, unknown, taken] = await Promise.all([
      run('spawn', 'worker', '--id', 'ada', '--name', 'Ada', '--options', '{"size":1}'),
      run('spawn', 'worker', '--json'),
      run('spawn', 'worker', '--options', 'big'),
      run('spawn', 'nobody'),
      run('spawn', 'worker', '--options', '{"size":"big"}'),
    ])
    expect(made).toEqual({ code: 0, err: '', out: 'spawned agent Ada (ada)\n' })
    expect(JSON.parse(anonymous.out)).toMatchObject({ kind: 'agent', name: 'worker', warnings: [] })
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('--options expects JSON such as') })
    expect(unknown).toMatchObject({
      code: 2,
      err: expect.stringContaining('No definition "nobody" may be spawned here; these may: worker'),
    })
    expect(taken).toMatchObject({ code: 2, err: expect.stringContaining('size') })
  })
})

describe('verbs for tasks and swarms', { timeout: 60_000 }, () => {
  it('pause a swarm and name who has not reached a boundary yet', async () => {
    const { system } = world
    const members = ['ada', 'bob'].map((id) => system.spawn(worker, { id, name: id.toUpperCase() }))
    const squad = system.spawn(swarm({ id: 'squad-1', name: 'squad', goal: 'ship', members }))
    const job = system.spawn(task({ id: 'job', title: 'a job', to: squad, message: { type: 'work' } }))
    await until(system, () => system.state.tasks.get('job')?.state === 'running')
    const busy = system.state.tasks.get('job')?.agent ?? ''
    expect(await run('pause', 'squad')).toMatchObject({
      ...{ code: 0 },
      out: `paused swarm squad (squad-1); not at a boundary yet: ${busy.toUpperCase()} (${busy})\n`,
    })
    expect(await run('resume', 'squad')).toMatchObject({ code: 0, out: 'resumed swarm squad (squad-1), now running\n' })
    expect(await run('pause', 'a job')).toMatchObject({ code: 0, out: 'paused task a job (job)\n' })
    expect(await run('cancel', 'job', '--reason', 'not now')).toMatchObject({ code: 0, out: 'cancelled task a job (job)\n' })
    await expect(job.result()).rejects.toThrow('not now')
    expect(await run('freeze', 'squad-1')).toMatchObject({ code: 2, err: 'troupe: Expected an agent; squad-1 is a swarm.\n' })
  })

  it('decide approvals once', async () => {
    const { system } = world
    for (const id of ['one', 'two']) system.spawn(approval({ id, title: id, question: 'Publish?' }))
    const ends = await Promise.all([run('approve', 'one', '--reason', 'fine'), run('reject', 'two')])
    expect(ends.map(({ out }) => out)).toEqual(['approved task one, now completed\n', 'rejected task two, now failed\n'])
    expect(system.state.tasks.get('one')?.approval).toMatchObject({ decision: 'approve', by: 'ann', reason: 'fine' })
    expect(await run('approve', 'two')).toMatchObject({ code: 2, err: expect.stringMatching(/decided already: ann said reject/) })
  })

  it('wait for a result, and end with 1 where it failed', async () => {
    const { system } = world
    system.spawn(worker, { id: 'ada' })
    system.spawn(task({ id: 'good', to: 'ada', message: { type: 'note', text: 'well' } }))
    system.spawn(task({ id: 'bad', to: 'ada', message: { type: 'boom' } }))
    const gate = system.spawn(approval({ id: 'gate', title: 'the gate', question: 'Publish?' }))
    const stranger = await commandOf(world, { permissions: ['read'], channels: { read: ['agent.#'] } })
    const waiting = (await commandOf(world)).start('result', 'the gate', '--json')
    const [good, bad, json, nobody, hidden] = await Promise.all([
      run('result', 'good'),
      run('result', 'bad'),
      run('result', 'bad', '--json'),
      run('result', 'ugly'),
      stranger.run('result', 'good'),
    ])
    expect(good).toEqual({ code: 0, err: '', out: '{\n  "text": "well"\n}\n' })
    expect(bad).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^troupe: task boom \(bad\) failed: no/) })
    expect(bad.err).not.toMatch(moving)
    expect(JSON.parse(json.out)).toMatchObject({ id: 'bad', state: 'failed', error: { code: 'FAILED', message: hostile } })
    expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('Expected a task') })
    expect(hidden).toMatchObject({ code: 2, err: expect.stringContaining('There is none.') })
    await gate.approve()
    const { code, out } = await waiting.ended
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { id: 'gate', state: 'completed', value: expect.objectContaining({ decision: 'approve' }) },
    ])
  })

  it('leave a wait at Ctrl-C with 130, and the task goes on', async () => {
    const { system } = world
    system.spawn(approval({ id: 'gate', question: 'Publish?' }))
    const waiting = (await commandOf(world)).start('result', 'gate')
    await until(system, () => [...system.state.clients.values()].some(({ state }) => state === 'connected'))
    waiting.signal('SIGINT')
    expect(await waiting.ended).toMatchObject({ code: 130, out: '' })
    expect(system.state.tasks.get('gate')?.state).toBe('running')
  })
})
