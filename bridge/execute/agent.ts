/** What clients' commands to agents do. */
import { TroupeError } from '../../src/errors.js'
import type { Applied } from '../../src/protocol/reply.js'
import { type Doings, ready, verb } from './doing.js'

const spawned = (
  { id }: { readonly id: string },
  agents: ReadonlyMap<string, { readonly warnings?: readonly string[] }>,
): Applied => {
  const warnings = agents.get(id)?.warnings
  return warnings ? { id, warnings } : { id }
}

export const agentDoings: Doings<'agent'> = {
  'agent.spawn': {
    needs: 'agent_control',
    on: ({ id }) => `agent.${id ?? 'new'}`,
    async run({ definition: name, ...options }, stage, { system }) {
      const definition = system.definitions.get(name)
      const { concurrency } = options
      if (definition && concurrency !== undefined && concurrency > definition.concurrency)
        throw new TroupeError(
          'FORBIDDEN',
          `Agents ${name} do ${definition.concurrency} things at once at the most; got concurrency ${concurrency}. The application decides.`,
        )
      if (definition) return spawned(await ready(stage.spawn(definition, options)), system.state.agents)
      const known = [...system.definitions.keys()].join(', ') || 'none'
      throw new TroupeError(
        'UNKNOWN_DEFINITION',
        `No definition ${JSON.stringify(name)} may be spawned here; these may: ${known}.`,
      )
    },
  },
  'agent.send': {
    needs: 'agent_control',
    on: ({ to }) => `agent.${to}`,
    async run({ type: _, to, message, ...options }, __, { system, rights, cause }) {
      system.deliver(to, message, options, rights.principal.sub, cause, rights.reach)
      return { id: to }
    },
  },
  'agent.ask': {
    needs: 'agent_control',
    on: ({ to }) => `agent.${to}`,
    run: async ({ to, message, ...options }, stage, { late }) => ({
      value: await stage.ask(to, message, { ...options, onLate: late }),
    }),
  },
  'agent.pause': verb('agent', (stage, id) => stage.agent(id).pause()),
  'agent.freeze': verb('agent', (stage, id) => stage.agent(id).freeze()),
  'agent.steer': {
    needs: 'agent_control',
    on: ({ to }) => `agent.${to}`,
    run: ({ to, message, ...options }, stage) => stage.agent(to).steer(message, options),
  },
  'agent.terminate': {
    needs: 'agent_control',
    on: ({ id }) => `agent.${id}`,
    run: ({ id, ...options }, stage) => stage.agent(id).terminate(options),
  },
  'agent.kill': {
    needs: 'agent_control',
    on: ({ id }) => `agent.${id}`,
    run: ({ id, reason }, stage) => stage.agent(id).kill(reason),
  },
  'agent.resume': verb('agent', (stage, id) => stage.agent(id).resume()),
  'agent.restart': verb('agent', (stage, id) => stage.agent(id).restart()),
  'agent.stop': {
    needs: 'agent_control',
    on: ({ id }) => `agent.${id}`,
    run: ({ id, ...options }, stage) => stage.agent(id).stop(options),
  },
}
