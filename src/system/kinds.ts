/** How the kinds of actors that are declared are started: the system itself knows none. */
import type { Cause } from '../protocol/envelope.js'
import type { AgentView, SwarmView, TaskView } from '../protocol/view.js'
import type { SwarmRecord, TaskRecord } from '../recovery/records.js'
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

/** How an agent was in the process before, and whether it was to be paused. */
export interface AgentPast extends AgentView {
  readonly paused: boolean
}

/** How a task was in the process before. */
export interface TaskPast {
  readonly view: TaskView
  readonly record: TaskRecord
}

/** How a swarm was in the process before. */
export interface SwarmPast {
  readonly view: SwarmView
  readonly record: SwarmRecord
}

/** How each kind is started. The door `troupe/actors` supplies it with every declaration. */
export interface Kinds {
  agent(
    host: Host,
    definition: AgentDefinition,
    options: SpawnOptions & { id: string; parent?: string | undefined },
    past?: AgentPast,
  ): AgentActor
  /** Each throws a `TroupeError` when it cannot be; nothing has been said then. `past`: it was there in the process before. */
  task(
    host: Host,
    declaration: (TaskDeclaration | ApprovalDeclaration | GraphDeclaration) & { id: string },
    cause: Cause,
    from: string,
    past?: TaskPast,
  ): TaskActor
  swarm(host: Host, declaration: SwarmDeclaration & { id: string }, cause: Cause, past?: SwarmPast): SwarmActor
  /** The definition of an agent that works elsewhere, for `source`. */
  external(declaration: ExternalDeclaration, courier: Courier, source: string): AgentDefinition
}

/** How to start the kind of actor that was declared, where the declaration says so. */
export const kindsOf = (declaration: { readonly [kindsKey]?: object }): Kinds | undefined =>
  // Written only by `troupe/actors`, under a symbol that nothing else has.
  declaration[kindsKey] as Kinds | undefined
