/** An agent that works elsewhere, as a definition like any other: its handlers hand over and wait. */
import { TroupeError } from '../../src/errors.js'
import type { AgentDefinition } from '../../src/system/definition.js'
import { kindsKey } from '../../src/system/definition.js'
import type { Courier, ExternalDeclaration } from '../../src/system/external.js'
import { type Hear, keepBehaviour } from '../agent/behaviour.js'

/** `source`: whose it is. `kinds`: what every definition carries. */
export const externalDefinition = (
  declared: ExternalDeclaration,
  courier: Courier,
  source: string,
  kinds: object,
): AgentDefinition => {
  const { definition: name, hears, says, concurrency = 1 } = declared
  const known = new Set(hears)
  const definition: AgentDefinition = {
    kind: 'agent',
    name,
    hears: Object.fromEntries(hears.map((type) => [type, {}])),
    says: Object.fromEntries(says.map((type) => [type, {}])),
    concurrency,
    [kindsKey]: kinds,
  }
  const hand: Hear = (message, scope) => {
    const { from, asked, priority, task, cause } = scope
    return courier.hand({ message, from, asked, priority, task, cause }, scope)
  }
  keepBehaviour(definition, {
    handler: (type) => (known.has(type) || known.has('*') ? hand : undefined),
    external: { declared, source },
    reachable: () => courier.here,
    // Until somebody is there who could be handed something, it is only about to begin.
    start: ({ signal }) => courier.reachable(signal),
    state: undefined,
    stop: undefined,
    ended: undefined,
    ballot: undefined,
    check(message) {
      if (known.has(message.type) || known.has('*')) return message
      throw new TroupeError(
        'NO_HANDLER',
        `${name} hears ${hears.join(', ') || 'nothing'}; got a message of type ${JSON.stringify(message.type.slice(0, 80))}.`,
      )
    },
  })
  return definition
}
