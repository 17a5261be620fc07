/** Who asked for an agent, a task and a swarm, as the view tells it: here, in a handler, and from a client. */
import { describe, expect, it } from 'vitest'
import { agent } from '../../actors/agent/define.js'
import { swarm } from '../../actors/swarm/define.js'
import { graph, task } from '../../actors/task/define.js'
import { connect } from '../../bridge/client.js'
import type { View } from '../../src/protocol/view.js'
import { quietSystem } from '../kit/quiet.js'
import { odd, open, setUp } from '../kit/world.js'

const child = agent('child', { hears: { note: {} }, on: { note: () => 'noted' } })
const boss = agent('boss', {
  hears: { hire: {}, split: {} },
  on: {
    async hire(_, { stage }) {
      const hired = stage.spawn(child, { id: 'hired' })
      stage.spawn(swarm({ id: 'crew', goal: 'work', members: [hired] }))
      await stage.spawn(task({ id: 'asked', to: hired, message: { type: 'note' } })).result()
    },
    split: (_, { subtask }) => subtask(task({ id: 'part', to: 'hired', message: { type: 'note' } })).result(),
  },
})

const authors = ({ agents, tasks, swarms }: View, ...ids: string[]) =>
  ids.map((id) => agents.get(id)?.by ?? tasks.get(id)?.by ?? swarms.get(id)?.by)

describe('who asked for something', () => {
  it('is the system where the application does, and whoever it speaks as', async () => {
    const { system } = quietSystem()
    const first = system.spawn(child, { id: 'first' })
    system.spawn(task({ id: 't', to: first, message: { type: 'note' } }))
    system.spawn(swarm({ id: 's', goal: 'work' }))
    const ann = system.as('ann')
    const second = ann.spawn(child, { id: 'second' })
    ann.spawn(graph({ id: 'g', tasks: { one: { to: second, message: { type: 'note' } } } }))
    ann.spawn(swarm({ id: 'r', goal: 'work', members: [second] }))
    expect(authors(system.state, 'first', 't', 's')).toEqual(['system', 'system', 'system'])
    expect(authors(system.state, 'second', 'g', 'r')).toEqual(['ann', 'ann', 'ann'])
    const [part] = system.state.tasks.get('g')?.parts ?? []
    expect(authors(system.state, part ?? '')).toEqual(['ann'])
  })

  it('is the agent where a handler does, whoever the agent works for', async () => {
    const { system } = quietSystem()
    const one = system.as('ann').spawn(boss, { id: 'one' })
    await one.ask({ type: 'hire' })
    await system
      .as('ann')
      .spawn(task({ id: 'whole', to: one, message: { type: 'split' } }))
      .result()
    expect(authors(system.state, 'one', 'whole')).toEqual(['ann', 'ann'])
    expect(authors(system.state, 'hired', 'asked', 'crew', 'part')).toEqual(['one', 'one', 'one', 'one'])
  })

  it('stays who it was when the agent is restarted and the task handed on', async () => {
    const { system } = quietSystem()
    const one = system.as('ann').spawn(child, { id: 'one' })
    await one.restart()
    await system
      .as('bob')
      .spawn(task({ id: 't', to: one, message: { type: 'note' } }))
      .result()
    expect(authors(system.state, 'one', 't')).toEqual(['ann', 'bob'])
  })

  it('is the client where one does, in its own view and in that of the server', async () => {
    const { system, bridge, token } = await setUp()
    const remote = connect(bridge.url, { token: await token({ sub: 'ann' }) })
    open.push(() => remote.stop())
    const one = remote.spawn(odd, { id: 'one' })
    const job = remote.spawn(task({ id: 't', to: one, message: { type: 'echo', value: 1 } }))
    await remote.spawn(swarm({ id: 's', goal: 'work', members: [one] })).ready
    await job.result()
    expect(authors(await remote.view(), 'one', 't', 's')).toEqual(['ann', 'ann', 'ann'])
    expect(authors(system.state, 'one', 't', 's')).toEqual(['ann', 'ann', 'ann'])
  })
})
