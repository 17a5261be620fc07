/** What clients' commands to tasks do. */

import { within } from '../../src/system/reach.js'
import type { System } from '../../src/system/system.js'
import type { Rights } from '../principal.js'
import { type Doings, ready, resultFor, verb } from './doing.js'
import { needFoundation, needReceiver, needWorkers } from './touching.js'

interface Seen {
  readonly system: System
  readonly rights: Rights
}

/** Who may control an agent may give it work, and take it back; a swarm's tasks are whose who may write. */
const ofAgent = ({ system, rights }: Seen, to: string | undefined) => {
  const agent = to === undefined ? undefined : system.state.agents.get(to)
  return agent && within(rights.reach, agent.tenant) ? 'agent_control' : undefined
}
const sameAgent = ({ id }: { readonly id: string }, seen: Seen) => ofAgent(seen, seen.system.state.tasks.get(id)?.to)

export const taskDoings: Doings<'task'> = {
  'task.create': {
    needs: 'write',
    orNeeds: ({ to }, seen) => ofAgent(seen, to),
    on: ({ id }) => `task.${id ?? 'new'}`,
    run({ type: _, ...declared }, stage, context) {
      needReceiver(context, declared.to)
      needFoundation(context, declared)
      return ready(stage.spawn({ kind: 'task', ...declared }))
    },
  },
  'task.approval': {
    needs: 'write',
    on: ({ id }) => `task.${id ?? 'new'}`,
    run({ type: _, ...declared }, stage, context) {
      if (declared.to !== undefined) context.rights.needWrite(`swarm.${declared.to}`)
      needFoundation(context, declared)
      return ready(stage.spawn({ kind: 'approval', ...declared }))
    },
  },
  'task.graph': {
    needs: 'write',
    on: ({ id }) => `task.${id ?? 'new'}`,
    run({ type: _, ...declared }, stage, context) {
      const names = Object.keys(declared.tasks)
      needFoundation(context, declared)
      for (const each of Object.values(declared.tasks)) {
        needReceiver(context, each.to)
        needFoundation(context, each, names)
      }
      return ready(stage.spawn({ kind: 'graph', ...declared }))
    },
  },
  'task.approve': {
    needs: 'write',
    on: ({ id }) => `task.${id}`,
    run: ({ id, reason }, stage) => stage.task(id).approve(reason),
  },
  'task.reject': { needs: 'write', on: ({ id }) => `task.${id}`, run: ({ id, reason }, stage) => stage.task(id).reject(reason) },
  'task.update': {
    needs: 'write',
    on: ({ id }) => `task.${id}`,
    run: ({ id, title, metadata }, stage) => stage.task(id).update({ title, metadata }),
  },
  'task.forget': {
    needs: 'write',
    on: ({ id }) => `task.${id}`,
    async run({ id, reason }, stage, context) {
      needWorkers(context, id)
      return stage.task(id).forget(reason)
    },
  },
  'task.cancel': {
    needs: 'write',
    orNeeds: sameAgent,
    on: ({ id }) => `task.${id}`,
    async run({ id, reason }, stage, context) {
      needWorkers(context, id)
      return stage.task(id).cancel(reason)
    },
  },
  'task.pause': verb('task', (stage, id) => stage.task(id).pause(), needWorkers),
  'task.resume': verb('task', (stage, id) => stage.task(id).resume(), needWorkers),
  'task.result': {
    needs: 'read',
    run: async ({ id }, stage, context) => ({ value: await resultFor(context, `task.${id}.status`, stage.task(id)) }),
  },
}
