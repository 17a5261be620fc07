/** What clients' commands to schedules do. */
import { within } from '../../src/system/reach.js'
import { type Doings, ready } from './doing.js'

export const scheduleDoings: Doings<'schedule'> = {
  'schedule.create': {
    needs: 'agent_control',
    on: ({ to }) => `agent.${to}`,
    run: ({ to, message, when, type: _, ...options }, stage) => ready(stage.schedule(to, message, when, options)),
  },
  'schedule.cancel': {
    needs: 'agent_control',
    async run({ id }, stage, { system, rights }) {
      const [agent] = [...system.state.agents.values()].filter(({ schedules = [] }) => schedules.some((each) => each.id === id))
      // What would have come is not to be kept from an agent that the token does not cover.
      if (agent && within(rights.reach, agent.tenant)) rights.needWrite(`agent.${agent.id}`)
      return stage.scheduled(id).cancel()
    },
  },
}
