/** What clients' commands to dead letters do. */
import { writable } from '../../src/codec/writable.js'
import type { Doings } from './doing.js'

export const deadLetterDoings: Doings<'dead-letter'> = {
  'dead-letter.list': {
    needs: 'system_monitor',
    async run({ type: _, ...query }, stage) {
      const letters = await stage.deadLetters(query)
      return { letters: letters.map((each) => ({ ...each, message: writable(each.message) })) }
    },
  },
  'dead-letter.replay': {
    needs: 'agent_control',
    async run({ id }, stage, { rights }) {
      const [letter] = (await stage.deadLetters({ limit: Number.POSITIVE_INFINITY })).filter((each) => each.id === id)
      // Sending it again is acting on whoever it goes to.
      if (letter) rights.needWrite(`agent.${letter.to}`)
      return stage.replay(id)
    },
  },
}
