/** How the kinds of actors that are declared are started: the system itself knows none. */
import type { Cause } from '../protocol/envelope.js'
import type { AgentActor, Host, SwarmActor, TaskActor } from './actor.js'
import {
  type AgentDefinition,
  type ApprovalDeclaration,
  type GraphDeclaration,
  kindsKey,
  type SpawnOptions,
  type SwarmDeclaration,
  type TaskDeclaration,
} from './definition.js'
import type { Courier, ExternalDeclaration } from './external.js'

/** How each kind is started. The door `troupe/actors` supplies it with every declaration. */
export interface Kinds {
  agent(host: Host, definition: AgentDefinition, options: SpawnOptions & { id: string; parent?: string | undefined }): AgentActor
  /** Each throws a `TroupeError` when it cannot be; nothing has been said then. */
  task(
    host: Host,
    declaration: (TaskDeclaration | ApprovalDeclaration | GraphDeclaration) & { id: string },
    cause: Cause,
    from: string,
  ): TaskActor
  swarm(host: Host, declaration: SwarmDeclaration & { id: string }, cause: Cause): SwarmActor
  /** The definition of an agent that works elsewhere. */
  external(declaration: ExternalDeclaration, courier: Courier): AgentDefinition
}

/** How to start the kind of actor that was declared, where the declaration says so. */
export const kindsOf = (declaration: { readonly [kindsKey]?: object }): Kinds | undefined =>
  // Written only by `troupe/actors`, under a symbol that nothing else has.
  declaration[kindsKey] as Kinds | undefined
