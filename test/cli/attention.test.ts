/** What needs a person, and what was not delivered, on the command line. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agent, approval } from '../../actors/index.js'
import { cleanUp } from '../kit/command.js'
import { commandOf } from '../kit/remote-command.js'
import { setUp } from '../kit/world.js'

const hostile = 'Which\u001b[2J colour\u009b?'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const moving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/

const asker = agent('asker', {
  hears: { ask: {} },
  on: { ask: (_, { question }) => question(hostile, { choices: ['red', 'blue'] }) },
})

let world: Awaited<ReturnType<typeof setUp>>
let run: Awaited<ReturnType<typeof commandOf>>['run']
beforeEach(async () => {
  world = await setUp()
  run = (await commandOf(world)).run
})
afterEach(cleanUp)

/** The id of the item of this kind, as soon as there is one. */
const item = async (kind: string): Promise<string> => {
  const { system } = world
  const find = async () => (await system.attention.list()).find((each) => each.kind === kind)?.id
  await expect.poll(find).toBeTypeOf('string')
  return (await find()) ?? ''
}

describe('troupe attention', { timeout: 60_000 }, () => {
  it('lists what needs a person, the most urgent first, and ps tells how much', async () => {
    expect(await run('attention')).toMatchObject({ code: 0, out: 'nothing needs you\n' })
    const { system } = world
    system.spawn(asker, { id: 'ada' }).send({ type: 'ask' })
    system.send('nobody', { type: 'hello' })
    await item('question')
    await item('dead-letter')
    const [text, lines, ps, narrow] = await Promise.all([
      run('attention'),
      run('attention', '--json', '--codec', 'msgpack'),
      run('ps'),
      commandOf(world, { channels: { read: ['task.#'] }, permissions: ['read'] }).then((stranger) => stranger.run('ps')),
    ])
    expect(text.out).toMatch(
      /^ID +KIND +SUBJECT +TITLE +PRIORITY +STATE +SINCE\n\S+ +question +ada +Which.* \[red, blue\] +high +open /,
    )
    expect(text.out).toMatch(/^\S+ +dead-letter +nobody /m)
    expect(text.out).not.toMatch(moving)
    expect(
      lines.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).kind),
    ).toEqual(['question', 'dead-letter'])
    expect(ps.out).toMatch(/\n\n2 things need you: troupe attention\n$/)
    expect(narrow.out).not.toMatch(/need/)
  })

  it('takes an answer, by the beginning of an id, and the first one counts', async () => {
    const { system } = world
    const answer = system.spawn(asker, { id: 'ada' }).ask({ type: 'ask' })
    const id = await item('question')
    expect(await run('attention', 'ack', id.slice(0, 30))).toMatchObject({ code: 0, out: `item ${id} is acknowledged\n` })
    expect((await run('attention')).out).toMatch(/acknowledged by ann/)
    expect(await run('attention', 'resolve', id, 'green')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/one of red, blue; got "green"/),
    })
    expect(await run('attention', 'resolve', id, 'red', '--json')).toMatchObject({ code: 0 })
    expect(await answer).toBe('red')
    expect(await run('attention', 'resolve', id, 'blue')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/resolved already, by ann/),
    })
  })

  it('puts one out of sight for a while, and refuses what is no while', async () => {
    world.system.spawn(approval({ id: 'gate', question: 'Publish?' }))
    const id = await item('approval')
    expect(await run('attention', 'snooze', id, '15m')).toMatchObject({ code: 0, out: `item ${id} is snoozed\n` })
    expect((await run('attention', 'list')).out).toMatch(/Publish\? \[approve, reject\] +high +snoozed for 1[45] min/)
    const [wrong, nobody, bogus, reader] = await Promise.all([
      run('attention', 'snooze', id, '15'),
      run('attention', 'ack', 'nothing'),
      run('attention', 'answer', id),
      commandOf(world, { permissions: ['read'] }).then((other) => other.run('attention', 'resolve', id, 'approve')),
    ])
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('a duration such as 90s') })
    expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('Expected something that needs attention') })
    expect(bogus).toMatchObject({
      code: 2,
      err: expect.stringContaining('takes list, ack, snooze or resolve, or nothing; got "answer"'),
    })
    expect(reader).toMatchObject({ code: 2, err: expect.stringContaining('needs the permission write') })
  })

  it('goes on with --watch and prints changes as they come', async () => {
    const { system } = world
    const { start } = await commandOf(world)
    const [text, json] = [start('attention', '--watch'), start('attention', '--watch', '--json')]
    await text.until(/nothing needs you\n/)
    const gate = system.spawn(approval({ id: 'gate', question: hostile }))
    await text.until(/opened {2}\S+ {2}approval of gate, high: Which.* \[approve, reject\]\n/)
    await gate.reject('not yet')
    await text.until(/resolved by .*: reject {2}\S+ {2}approval of gate/)
    await system.as('ann').spawn(approval({ id: 'second', question: 'Again?' })).ready
    expect(JSON.parse((await json.until(/^.*"second".*$/m))[0])).toMatchObject({ kind: 'approval', title: 'Again?' })
    expect(text.out()).not.toMatch(moving)
    for (const watching of [text, json]) watching.signal('SIGINT')
    for (const watching of [text, json]) expect(await watching.ended).toMatchObject({ code: 0, err: '' })
    const reader = await commandOf(world, { permissions: ['read'] })
    expect(await reader.run('attention', '--watch')).toMatchObject({ code: 2, err: expect.stringContaining('system_monitor') })
  })
})

describe('troupe dead-letters', { timeout: 60_000 }, () => {
  it('lists what was not delivered, and replay sends it again', async () => {
    const { system } = world
    expect(await run('dead-letters')).toMatchObject({ code: 0, out: 'every message was delivered\n' })
    for (const to of ['eve', 'mallory']) system.send(to, { type: hostile })
    const [text, json, wrong, reader] = await Promise.all([
      run('dead-letters'),
      run('dead-letters', '--json', '--to', 'eve', '--limit', '1'),
      run('dead-letters', '--limit', 'all'),
      commandOf(world, { permissions: ['read'] }).then((other) => other.run('dead-letters')),
    ])
    expect(text.out).toMatch(/^ID +TO +FROM +MESSAGE +REASON +AGO/)
    expect(text.out).not.toMatch(moving)
    expect(text.out.trim().split('\n')).toHaveLength(3)
    const letter = JSON.parse(json.out) as { id: string; to: string }
    expect(letter).toMatchObject({ to: 'eve', message: { type: hostile }, reason: 'no-actor' })
    expect(wrong).toMatchObject({
      code: 2,
      err: expect.stringContaining('--limit expects a whole number from 1 to 1000; got "all"'),
    })
    expect(reader).toMatchObject({ code: 2, err: expect.stringContaining('needs the permission system_monitor') })
    expect(await run('replay', letter.id)).toMatchObject({ code: 0, out: `sent dead letter ${letter.id} again\n` })
    const blind = await commandOf(world, { permissions: ['agent_control'] })
    const [again, nothing] = await Promise.all([blind.run('replay', letter.id), run('replay', 'zzz')])
    expect(again).toMatchObject({ code: 0 })
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('Expected a dead letter') })
  })
})

describe('troupe ps', { timeout: 60_000 }, () => {
  it('shows what processes take where somebody has looked', async () => {
    const { system } = world
    system.spawn(asker, { id: 'ada' })
    expect((await run('ps')).out).toMatch(/^AGENT +NAME +STATE +RUNNING +WAITING +UP +ACTIVITY\n/)
    Object.assign(system.state.agents.get('ada') ?? {}, { metrics: { cpu: 1.25, memory: 12_900_000, processes: 3, at: 0 } })
    const { out } = await run('ps')
    expect(out).toMatch(/^AGENT +NAME +STATE +RUNNING +WAITING +CPU +MEMORY +UP/)
    expect(out).toMatch(/^ada +asker +running +0 +0 +125 % +12\.3 MiB /m)
  })
})
