/** What clients' commands to swarms do. */
import { TroupeError } from '../../src/errors.js'
import { within } from '../../src/system/reach.js'
import { type Doings, ready, resultFor, verb } from './doing.js'
import { needMembers } from './touching.js'

export const swarmDoings: Doings<'swarm'> = {
  'swarm.create': {
    needs: 'write',
    on: ({ id }) => `swarm.${id ?? 'new'}`,
    run({ type: _, members = [], ...declared }, stage, { rights }) {
      // A swarm hands its tasks to its members: whoever may not act on an agent may not enlist it either.
      for (const { id } of members) rights.needWrite(`agent.${id}`)
      return ready(stage.spawn({ kind: 'swarm', ...declared, members: members.map(({ id, role }) => ({ agent: id, role })) }))
    },
  },
  'swarm.join': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    run({ id, agent, role }, stage, { rights }) {
      rights.needWrite(`agent.${agent}`)
      return stage.swarm(id).join(agent, role)
    },
  },
  'swarm.leave': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    async run({ id, agent, reason }, stage, { rights }) {
      rights.needControls([agent], `agent ${agent}`)
      return stage.swarm(id).leave(agent, reason)
    },
  },
  'swarm.send': {
    needs: 'agent_control',
    on: ({ id }) => `swarm.${id}`,
    async run({ id, from, to, message, ...options }, stage, { system, rights }) {
      if (!rights.mayVoteAs(from)) throw new TroupeError('FORBIDDEN', `The token does not allow speaking as ${from}.`)
      rights.needWrite(`agent.${to}`)
      system.check(to, message, rights.reach)
      const known = system.state.swarms.get(id)
      const members = known && within(rights.reach, known.tenant) ? known.members.map((member) => member.id) : undefined
      const stranger = members && [from, to].find((each) => !members.includes(each))
      if (stranger !== undefined)
        throw new TroupeError('UNREACHABLE', `${stranger} is not a member of swarm ${id}; messages go between members.`)
      const swarm = stage.swarm(id)
      await swarm.ready
      swarm.send(from, to, message, options)
      return { id }
    },
  },
  'swarm.update': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    run: ({ id, name, goal, metadata }, stage) => stage.swarm(id).update({ name, goal, metadata }),
  },
  'swarm.rewire': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    run: ({ id, topology, reason }, stage) => stage.swarm(id).rewire(topology, reason),
  },
  'swarm.hand-over': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    async run({ id, type: _, ...options }, stage, context) {
      needMembers(context, id)
      if (options.to !== undefined) context.rights.needWrite(`agent.${options.to}`)
      return stage.swarm(id).handOver(options)
    },
  },
  'swarm.pause': verb('swarm', (stage, id) => stage.swarm(id).pause(), needMembers),
  'swarm.resume': verb('swarm', (stage, id) => stage.swarm(id).resume(), needMembers),
  'swarm.dissolve': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    async run({ id, ...options }, stage, context) {
      needMembers(context, id)
      return stage.swarm(id).stop(options)
    },
  },
  'swarm.result': {
    needs: 'read',
    run: ({ id }, stage, context) => resultFor(context, `swarm.${id}.status`, stage.swarm(id)),
  },
}
