/** What an agent is restored from. */
import type { Host } from '../../src/system/actor.js'
import type { AgentDefinition, SpawnOptions } from '../../src/system/definition.js'
import { behaviourOf } from './behaviour.js'

/** Remembers how it was spawned. `options`: as its definition has read them. */
export const keepAgent = (
  { keeper }: Host,
  definition: AgentDefinition,
  {
    id,
    parent,
    paused,
    ...options
  }: SpawnOptions & { readonly id: string; readonly parent?: string | undefined; readonly paused: boolean },
): void => {
  if (!keeper) return
  const { external } = behaviourOf(definition)
  keeper.keep('agent', id, { definition: definition.name, options, parent, external, paused })
}

export const dropAgent = ({ keeper }: Host, id: string): void => {
  keeper?.drop('agent', id)
  keeper?.drop('memory', id)
}
