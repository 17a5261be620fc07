/** What clients' commands to tasks do. */
import { type Doings, readable, ready, verb } from './doing.js'

export const taskDoings: Doings<'task'> = {
  'task.create': {
    needs: 'write',
    on: ({ id }) => `task.${id ?? 'new'}`,
    run({ type: _, ...declared }, stage, { system, rights }) {
      // Work is done by whom it is given to: the right to make tasks alone does not reach an agent that the token does not cover.
      rights.needWrite(`${system.state.swarms.has(declared.to) ? 'swarm' : 'agent'}.${declared.to}`)
      return ready(stage.spawn({ kind: 'task', ...declared }))
    },
  },
  'task.cancel': { needs: 'write', on: ({ id }) => `task.${id}`, run: ({ id, reason }, stage) => stage.task(id).cancel(reason) },
  'task.pause': verb('task', (stage, id) => stage.task(id).pause()),
  'task.resume': verb('task', (stage, id) => stage.task(id).resume()),
  'task.result': {
    needs: 'read',
    run: async ({ id }, stage, context) => ({ value: await readable(context, `task.${id}.status`, stage.task(id)).result() }),
  },
}
