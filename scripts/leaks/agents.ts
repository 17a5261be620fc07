/** A round of agents: each does what agents do, and is stopped. */
import { z } from 'zod'
import { agent, swarm, task } from '../../actors/index.js'
import type { System } from '../../src/system/system.js'

const subject = agent('subject', {
  hears: { note: { at: z.number() }, boom: {} },
  state: () => ({ notes: new Array(16).fill(0) }),
  on: {
    note: async ({ at }, { sleep }) => {
      await sleep(0)
      return at
    },
    boom() {
      throw new Error('boom')
    },
  },
})

/** Every so many agents, one does something more costly. */
const rare = 50

const life = async (system: System, at: number): Promise<void> => {
  const ref = system.spawn(subject, { metadata: { at } })
  ref.send({ type: 'note', at })
  await ref.ask({ type: 'note', at })
  if (at % rare === 0) await system.spawn(task({ to: ref, message: { type: 'note', at } })).result()
  if (at % rare === 1) system.schedule(ref, { type: 'note', at }, { every: 60_000 })
  if (at % rare === 2) await ref.ask({ type: 'boom' }).catch(() => {})
  if (at % rare === 3) {
    const squad = system.spawn(swarm({ goal: 'none', members: [ref] }))
    await system.propose('?', { voters: squad, choices: ['a', 'b'], within: 1_000 }).result()
    await squad.stop()
  }
  if (at % rare === 4)
    system
      .channel('agent.*.status')
      .subscribe(() => {})
      .unsubscribe()
  await ref.stop({ force: at % 2 === 0 })
}

/** Many at once, as many as live together in a large system. */
const together = 500

export const agentRound = async (system: System, count: number): Promise<void> => {
  for (let from = 0; from < count; from += together)
    await Promise.all(Array.from({ length: Math.min(together, count - from) }, (_, i) => life(system, from + i)))
}
