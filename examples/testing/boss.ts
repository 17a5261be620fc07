/** An agent worth testing: it delegates, waits, and asks again when nobody answers in time. */
import { agent } from 'troupe/actors'
import { z } from 'zod'

export const boss = agent('boss', {
  hears: { delegate: { to: z.string(), path: z.string() } },
  says: { decided: { path: z.string(), verdict: z.string() } },
  on: {
    async delegate({ to, path }, { stage, say, sleep }) {
      for (let attempt = 1; attempt <= 3; attempt++) {
        try {
          const verdict = await stage.ask(to, { type: 'review', path }, { timeout: 1_000 })
          return say({ type: 'decided', path, verdict: String(verdict) })
        } catch {
          await sleep(5_000)
        }
      }
      say({ type: 'decided', path, verdict: 'nobody answered' })
    },
  },
})
