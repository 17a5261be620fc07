/** An agent for tests: it adds, sleeps, fails and crashes when asked to. */
import { z } from 'zod'
import { agent } from '../../actors/agent/define.js'

export const worker = agent('worker', {
  hears: { add: { n: z.number() }, boom: {}, nap: { ms: z.number() }, refuse: {}, stuck: {}, step: {} },
  says: { added: { sum: z.number() } },
  state: () => ({ sum: 0 }),
  on: {
    add({ n }, { state, say }) {
      state.sum += n
      say({ type: 'added', sum: state.sum })
      return state.sum
    },
    boom() {
      throw new Error('boom')
    },
    async nap({ ms }, { sleep }) {
      await sleep(ms)
      return 'rested' as const
    },
    refuse(_, { fail }) {
      fail('not today', { why: 'tired' })
    },
    stuck: () => new Promise(() => {}),
    async step(_, { checkpoint, sleep, state }) {
      for (let at = 0; at < 3; at++) {
        await sleep(10)
        await checkpoint()
        state.sum++
      }
      return state.sum
    },
  },
})
