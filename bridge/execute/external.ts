/** What clients say for the agents that work on their side. */
import { TroupeError } from '../../src/errors.js'
import type { Applied } from '../../src/protocol/reply.js'
import type { Deliveries } from '../deliveries.js'
import type { Doing, Doings, ExecuteContext } from './doing.js'

/** Only who may speak as the agent works as it. */
const needVoice = (id: string, { rights }: ExecuteContext): void => {
  if (!rights.mayVoteAs(id))
    throw new TroupeError(
      'FORBIDDEN',
      `The token does not allow working as ${id}; its agents are ${rights.principal.agents.join(', ') || 'none'}.`,
    )
}

type Report = 'external.done' | 'external.fail' | 'external.progress' | 'external.output'

/** A report about something that was delivered to an agent of the client. */
const report = <T extends Report>(tell: (deliveries: Deliveries, command: Parameters<Doing<T>['run']>[0]) => void): Doing<T> => ({
  needs: 'write',
  on: ({ id }: { readonly id: string }) => `agent.${id}`,
  // All four answer with the agent's id, and have one; the conditional types cannot be resolved for all at once.
  run: (async (command: Parameters<Doing<T>['run']>[0], _: unknown, context: ExecuteContext): Promise<Applied> => {
    const { id } = command as { readonly id: string }
    needVoice(id, context)
    tell(context.externals.of(id, context.rights.who), command)
    return { id }
  }) as unknown as Doing<T>['run'],
})

/** Something that an agent of the client says by itself. */
const saying = async (id: string, context: ExecuteContext, say: () => void): Promise<Applied> => {
  needVoice(id, context)
  context.externals.of(id, context.rights.who)
  say()
  return { id }
}

export const externalDoings: Doings<'external'> = {
  'external.register': {
    needs: 'write',
    on: ({ id }) => `agent.${id}`,
    run({ type: _, ...registration }, __, context) {
      needVoice(registration.id, context)
      return context.externals.register(registration, context.rights, context.home)
    },
  },
  'external.unregister': {
    needs: 'write',
    on: ({ id }) => `agent.${id}`,
    async run({ id, reason = 'its client unregistered it' }, stage, context) {
      needVoice(id, context)
      context.externals.of(id, context.rights.who)
      return stage.agent(id).stop({ reason })
    },
  },
  'external.done': report<'external.done'>((deliveries, { delivery, value }) => deliveries.done(delivery, value)),
  'external.fail': report<'external.fail'>((deliveries, { delivery, message, details, crashed = false }) =>
    deliveries.fail(delivery, message, details, crashed),
  ),
  'external.progress': report<'external.progress'>((deliveries, { delivery, percent, note }) =>
    deliveries.progress(delivery, percent, note),
  ),
  'external.output': report<'external.output'>((deliveries, { delivery, data, stream }) =>
    deliveries.output(delivery, data, stream),
  ),
  'external.say': {
    needs: 'write',
    on: ({ id }) => `agent.${id}`,
    run: ({ id, message }, _, context) =>
      saying(id, context, () => context.system.announce({ type: 'agent.said', id, message }, id, context.cause)),
  },
  'external.activity': {
    needs: 'write',
    on: ({ id }) => `agent.${id}`,
    run: ({ id, activity }, _, context) =>
      saying(id, context, () => context.system.announce({ type: 'agent.activity', id, activity }, id, context.cause)),
  },
  'external.heartbeat': {
    needs: 'write',
    on: ({ id }) => `agent.${id}`,
    run: ({ id }, _, context) =>
      saying(id, context, () => context.system.announce({ type: 'agent.heartbeat', id }, id, context.cause)),
  },
}
