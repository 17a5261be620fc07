/** What clients' commands to dead letters do. */
import { writable } from '../../src/codec/writable.js'
import type { Doings } from './doing.js'

export const deadLetterDoings: Doings<'dead-letter'> = {
  'dead-letter.list': {
    needs: 'system_monitor',
    async run({ type: _, ...query }, stage, { rights }) {
      // Nobody is told on request what may not be listened to.
      rights.needRead('system.dead-letter')
      const letters = await stage.deadLetters(query)
      return { letters: letters.map((each) => ({ ...each, message: writable(each.message) })) }
    },
  },
  'dead-letter.replay': {
    needs: 'agent_control',
    async run({ id }, stage, { system, rights }) {
      const [letter] = (await stage.deadLetters({ limit: Number.POSITIVE_INFINITY })).filter((each) => each.id === id)
      // Sending it again is acting on whoever it goes to.
      if (letter) {
        const { agents, clients } = system.state
        const known = [...clients.values()].some(({ client }) => client === letter.to)
        rights.needWrite(`${known && !agents.has(letter.to) ? 'client' : 'agent'}.${letter.to}`)
      }
      return stage.replay(id)
    },
  },
}
