import { expect, it } from 'vitest'
import { agent } from '../../../actors/index.js'
import { events } from '../../../src/protocol/event.js'
import { quietSystem, settle } from '../../kit/quiet.js'

it('a reason that quotes another is no longer than an event holds', async () => {
  const { system, seen } = quietSystem()
  const mute = agent('mute', {
    hears: { wait: {} },
    on: { wait: (_, { signal }) => new Promise((end) => signal.addEventListener('abort', end)) },
  })
  system.spawn(mute, { id: 'ada' })
  await settle()
  await system.agent('ada').kill('because '.repeat(5_000))
  const ended = seen.of('agent.status').at(-1)
  expect(ended).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/^because .*…$/) })
  for (const event of seen.events) expect(events[event.type].safeParse(event).error, event.type).toBeUndefined()
})
