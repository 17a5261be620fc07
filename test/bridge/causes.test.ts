/** What comes of a command, and how that is told to be its doing. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { agent, task } from '../../actors/index.js'
import { execute } from '../../bridge/execute.js'
import { Rights } from '../../bridge/principal.js'
import type { Command } from '../../src/protocol/command.js'
import { edges } from '../kit/commands.js'
import { type QuietSystem, quietSystem, settle } from '../kit/quiet.js'

const greeter = agent('greeter', {
  hears: { greet: { name: z.string() }, wait: {} },
  on: { greet: ({ name }) => `hello ${name}`, wait: (_, { sleep }) => sleep(60_000) },
})

let quiet: QuietSystem
afterEach(() => quiet.system.stop({ force: true }))

const setUp = () => {
  quiet = quietSystem()
  const { system } = quiet
  system.define(greeter)
  const rights = new Rights({ sub: 'ann', permissions: ['admin'], read: ['#'], write: ['#'], agents: [] })
  return {
    ...quiet,
    run: (command: Command) => execute(command, { system, ...edges(system), rights, cause: { correlationId: 'q1' } }),
  }
}

describe('what a command causes', () => {
  it('carries its id, whatever began what it concerns, and who gave it', async () => {
    const { system, seen, run } = setUp()
    await run({ type: 'agent.spawn', definition: 'greeter', id: 'ada' })
    system.spawn(task({ id: 't', to: 'ada', message: { type: 'wait' } }))
    await settle()
    const from = seen.envelopes.length
    await run({ type: 'task.pause', id: 't' })
    await run({ type: 'agent.pause', id: 'ada' })
    await run({ type: 'swarm.create', id: 's', goal: 'g', members: [{ id: 'ada' }] })
    await run({ type: 'ballot.propose', id: 'b', question: '?', choices: ['yes'], voters: ['ann'] })
    await run({ type: 'ballot.vote', id: 'b', voter: 'ann', choice: 'yes' })
    const caused = seen.envelopes.slice(from)
    expect(caused.length).toBeGreaterThan(8)
    expect(caused.filter(({ cause }) => cause?.correlationId !== 'q1').map(({ event }) => event.type)).toEqual([])
    expect(seen.envelopes.find(({ event }) => event.type === 'agent.spawned')?.source).toBe('ann')
  })

  it('is answered at once for a swarm without members, and refused for who is no member', async () => {
    const { system, run } = setUp()
    expect(await run({ type: 'swarm.create', id: 's', goal: 'g' })).toMatchObject({ receipt: 'applied', value: { id: 's' } })
    await system.spawn(greeter, { id: 'ada' }).ready
    const sent = await run({ type: 'swarm.send', id: 's', from: 'ada', to: 'ada', message: { type: 'greet', name: 'x' } })
    expect(sent).toMatchObject({ receipt: 'rejected', error: { code: 'UNREACHABLE' } })
  })

  it('is that it has ended, where it has', async () => {
    const { system, run } = setUp()
    await system.spawn(greeter, { id: 'ada' }).stop()
    for (const type of ['agent.pause', 'agent.stop', 'agent.kill'] as const)
      expect(await run({ type, id: 'ada' })).toMatchObject({ receipt: 'rejected', error: { code: 'ENDED', retry: false } })
  })
})
