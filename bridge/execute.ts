/** What a client's command does: first whether it may, then the verb of the stage. */
import { TroupeError, toTroupeError } from '../src/errors.js'
import type { Command, CommandOf, CommandType } from '../src/protocol/command.js'
import type { Cause } from '../src/protocol/envelope.js'
import type { Applied, Outcome, ReplyTo } from '../src/protocol/reply.js'
import { isReserved } from '../src/protocol/topic.js'
import type { Stage } from '../src/stage.js'
import type { System } from '../src/system/system.js'
import type { Permission, Rights } from './principal.js'
import { visible } from './visible.js'

export interface ExecuteContext {
  readonly system: System
  readonly rights: Rights
  readonly cause: Cause
}

interface Doing<T extends CommandType> {
  readonly needs: Permission
  /** What it acts on; absent: only the permission counts. */
  readonly on?: (command: CommandOf<T>) => string
  run(command: CommandOf<T>, stage: Stage, context: ExecuteContext): Promise<ReplyTo<T>>
}

/** Fresh things are announced with their id, and refused where they are refused. */
const ready = async (ref: { readonly id: string; readonly ready: Promise<void> }): Promise<{ id: string }> => {
  await ref.ready
  return { id: ref.id }
}

/** A verb that needs nothing but the id of an agent, a task or a swarm. */
const verb = <
  T extends 'agent.pause' | 'agent.resume' | 'agent.restart' | 'task.pause' | 'task.resume' | 'swarm.pause' | 'swarm.resume',
>(
  domain: 'agent' | 'task' | 'swarm',
  run: (stage: Stage, id: string) => Promise<Applied>,
): Doing<T> => ({
  needs: domain === 'agent' ? 'agent_control' : 'write',
  on: ({ id }: { readonly id: string }) => `${domain}.${id}`,
  // Each of these verbs answers with what `Applied` says; the conditional type of the reply cannot be resolved for all at once.
  run: ({ id }: { readonly id: string }, stage) => run(stage, id) as Promise<ReplyTo<T>>,
})

const doings: { readonly [T in CommandType]: Doing<T> } = {
  'agent.spawn': {
    needs: 'agent_control',
    on: ({ id }) => `agent.${id ?? 'new'}`,
    async run({ definition: name, ...options }, stage, { system }) {
      const definition = system.definitions.get(name)
      if (definition) return ready(stage.spawn(definition, options))
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
    async run({ to, message, ...options }, stage, { system }) {
      system.check(to, message)
      stage.send(to, message, options)
      return { id: to }
    },
  },
  'agent.ask': {
    needs: 'agent_control',
    on: ({ to }) => `agent.${to}`,
    run: async ({ to, message, ...options }, stage) => ({ value: await stage.ask(to, message, options) }),
  },
  'agent.pause': verb('agent', (stage, id) => stage.agent(id).pause()),
  'agent.resume': verb('agent', (stage, id) => stage.agent(id).resume()),
  'agent.restart': verb('agent', (stage, id) => stage.agent(id).restart()),
  'agent.stop': {
    needs: 'agent_control',
    on: ({ id }) => `agent.${id}`,
    run: ({ id, ...options }, stage) => stage.agent(id).stop(options),
  },

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

  'swarm.create': {
    needs: 'write',
    on: ({ id }) => `swarm.${id ?? 'new'}`,
    run({ type: _, members = [], ...declared }, stage) {
      return ready(stage.spawn({ kind: 'swarm', ...declared, members: members.map(({ id, role }) => ({ agent: id, role })) }))
    },
  },
  'swarm.join': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    run: ({ id, agent, role }, stage) => stage.swarm(id).join(agent, role),
  },
  'swarm.leave': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    run: ({ id, agent, reason }, stage) => stage.swarm(id).leave(agent, reason),
  },
  'swarm.send': {
    needs: 'agent_control',
    on: ({ id }) => `swarm.${id}`,
    async run({ id, from, to, message, priority }, stage, { system, rights }) {
      if (!rights.mayVoteAs(from)) throw new TroupeError('FORBIDDEN', `The token does not allow speaking as ${from}.`)
      system.check(to, message)
      const swarm = stage.swarm(id)
      await swarm.ready
      swarm.send(from, to, message, { priority })
      return { id }
    },
  },
  'swarm.pause': verb('swarm', (stage, id) => stage.swarm(id).pause()),
  'swarm.resume': verb('swarm', (stage, id) => stage.swarm(id).resume()),
  'swarm.dissolve': {
    needs: 'write',
    on: ({ id }) => `swarm.${id}`,
    run: ({ id, ...options }, stage) => stage.swarm(id).stop(options),
  },
  'swarm.result': {
    needs: 'read',
    run: ({ id }, stage, context) => readable(context, `swarm.${id}.status`, stage.swarm(id)).result(),
  },

  'ballot.propose': {
    needs: 'write',
    on: ({ id }) => `ballot.${id ?? 'new'}`,
    run({ question, voters, type: _, ...options }, stage) {
      return ready(stage.propose(question, { ...options, voters: Array.isArray(voters) ? voters : stage.swarm(voters.swarm) }))
    },
  },
  'ballot.vote': {
    needs: 'write',
    on: ({ id }) => `ballot.${id}`,
    async run({ id, voter, choice, reason }, stage, { rights }) {
      if (!rights.mayVoteAs(voter))
        throw new TroupeError(
          'FORBIDDEN',
          `The token does not allow voting as ${voter}; its agents are ${rights.principal.agents.join(', ') || 'none'}.`,
        )
      return stage.ballot(id).vote(voter, choice, reason)
    },
  },
  'ballot.cancel': { needs: 'write', on: ({ id }) => `ballot.${id}`, run: ({ id }, stage) => stage.ballot(id).cancel() },
  'ballot.result': {
    needs: 'read',
    run: ({ id }, stage, context) => readable(context, `ballot.${id}.status`, stage.ballot(id)).result(),
  },

  'channel.publish': {
    needs: 'write',
    on: ({ topic }) => topic,
    run({ topic, body, priority, ttl }, stage, { rights }) {
      // A client's word on the runtime's own topics is carried as a message; only an operator may speak for the system.
      if (isReserved(topic) && topic.startsWith('system')) rights.need('admin')
      return stage.channel(topic).publish(body, { priority, ttl })
    },
  },
  'view.get': { needs: 'read', run: async (_, __, { system, rights }) => visible(system.state, rights) },
}

const readable = <R>({ rights }: ExecuteContext, topic: string, ref: R): R => {
  if (rights.mayRead(topic)) return ref
  throw new TroupeError('FORBIDDEN', `The token does not cover reading ${topic}.`)
}

/** Does what was asked, for a principal. Never rejects: a refusal is an outcome. */
export const execute = async (command: Command, context: ExecuteContext): Promise<Outcome> => {
  // The table has for each type the entry that takes that type's command, which the union cannot express.
  const doing = doings[command.type] as Doing<never>
  try {
    context.rights.need(doing.needs)
    if (doing.on) context.rights.needWrite(doing.on(command as never))
    const stage = context.system.as(context.rights.principal.sub, context.cause)
    return { receipt: 'applied', value: (await doing.run(command as never, stage, context)) as never }
  } catch (thrown) {
    if (!(thrown instanceof TroupeError)) context.system.report(`the command ${command.type}`, thrown)
    return { receipt: 'rejected', error: toTroupeError(thrown).toJSON() }
  }
}
