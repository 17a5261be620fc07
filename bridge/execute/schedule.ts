/** What clients' commands to schedules do. */
import { type Doings, ready } from './doing.js'

export const scheduleDoings: Doings<'schedule'> = {
  'schedule.create': {
    needs: 'agent_control',
    on: ({ to }) => `agent.${to}`,
    run: ({ to, message, when, type: _, ...options }, stage) => ready(stage.schedule(to, message, when, options)),
  },
  'schedule.cancel': { needs: 'agent_control', run: ({ id }, stage) => stage.scheduled(id).cancel() },
}
