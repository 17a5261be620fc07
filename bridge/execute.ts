/** What a client's command does: first whether it is one and may be, then the verb of the stage. */
import { TroupeError, toTroupeError } from '../src/errors.js'
import { type Command, type CommandType, commands } from '../src/protocol/command.js'
import { fitted } from '../src/protocol/fitted.js'
import type { Outcome } from '../src/protocol/reply.js'
import { revoked } from './access/admission.js'
import { agentDoings } from './execute/agent.js'
import { attentionDoings } from './execute/attention.js'
import { ballotDoings } from './execute/ballot.js'
import { clientDoings } from './execute/client.js'
import { deadLetterDoings } from './execute/dead-letter.js'
import type { Doing, ExecuteContext } from './execute/doing.js'
import { externalDoings } from './execute/external.js'
import { scheduleDoings } from './execute/schedule.js'
import { swarmDoings } from './execute/swarm.js'
import { systemDoings } from './execute/system.js'
import { taskDoings } from './execute/task.js'
import { tokenDoings } from './execute/token.js'

const doings: { readonly [T in CommandType]: Doing<T> } = {
  ...agentDoings,
  ...taskDoings,
  ...swarmDoings,
  ...ballotDoings,
  ...scheduleDoings,
  ...externalDoings,
  ...deadLetterDoings,
  ...attentionDoings,
  ...clientDoings,
  ...systemDoings,
  ...tokenDoings,
}

/** What a dialect made of a message is held to the same schema whichever it was: what comes of it is told in all of them. Throws `INVALID_MESSAGE`. */
const fit = (command: Command): void => {
  const { error } = fitted(commands[command.type], command)
  if (!error) return
  const [issue] = error.issues
  const where = issue?.path.map(String).join('.') || 'its top'
  throw new TroupeError('INVALID_MESSAGE', `${command.type} does not fit at ${where}: ${issue?.message}.`.slice(0, 500))
}

/** Throws `FORBIDDEN`. `on`: what it acts on. */
const needRights = (command: Command, doing: Doing<never>, on: string | undefined, context: ExecuteContext): void => {
  const { rights } = context
  const other = doing.orNeeds?.(command as never, context)
  if (other === undefined || !rights.may(other)) rights.need(doing.needs)
  if (on !== undefined) rights.needWrite(on, command.type.startsWith('external.'))
}

/** Does what was asked, for a principal. Never rejects: a refusal is an outcome. */
export const execute = async (command: Command, context: ExecuteContext): Promise<Outcome> => {
  // The table has for each type the entry that takes that type's command, which the union cannot express.
  const doing = doings[command.type] as Doing<never>
  try {
    fit(command)
    const on = doing.on?.(command as never)
    needRights(command, doing, on, context)
    const { principal } = context.rights
    const { correlationId, causationId: id = correlationId, signature } = context.cause
    await context.signatures.check({ command, on, principal, id, signature })
    await context.guard?.(command, context.rights.principal)
    const { standing, system, revocations } = context
    const rights = standing?.() ?? context.rights
    // What was looked at may have taken a while.
    if (rights !== context.rights) needRights(command, doing, on, { ...context, rights })
    if (revocations.has(rights.principal.jti)) throw revoked()
    const stage = system.as(rights.principal.sub, context.cause, rights.reach)
    return { receipt: 'applied', value: (await doing.run(command as never, stage, { ...context, rights })) as never }
  } catch (thrown) {
    if (!(thrown instanceof TroupeError)) context.system.report(`the command ${command.type}`, thrown)
    return { receipt: 'rejected', error: toTroupeError(thrown).toJSON() }
  }
}
