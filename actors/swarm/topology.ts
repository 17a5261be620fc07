/** Who may speak to whom in a swarm, and over how many hops. Pure: members in the order in which they joined. */
import type { Topology } from '../../src/protocol/states.js'

/** The members of a swarm as routing sees them. */
export interface Wiring {
  readonly topology: Topology
  /** In the order of joining. */
  readonly members: readonly string[]
  readonly coordinator: string | undefined
}

/** What a topology is for so many members: one that adapts is a mesh or a hierarchy. */
export const effective = (topology: Topology, size: number): Topology =>
  topology === 'adaptive' ? (size <= adaptiveMesh ? 'mesh' : 'hierarchical') : topology

/** How many children each node of a hierarchy has. */
const fanOut = 4
/** Up to so many members an adaptive swarm is a mesh, above it is a hierarchy. */
const adaptiveMesh = 8

const parentOf = (index: number) => Math.floor((index - 1) / fanOut)

/** The way up from a node to the root, itself first. */
const ancestry = (index: number): number[] => {
  const way = [index]
  for (let at = index; at > 0; at = parentOf(at)) way.push(parentOf(at))
  return way
}

const throughTree = (from: number, to: number): number[] => {
  const up = ancestry(from)
  const down = ancestry(to)
  const meet = up.findIndex((node) => down.includes(node))
  const turn = up[meet] ?? 0
  return [...up.slice(0, meet + 1), ...down.slice(0, down.indexOf(turn)).reverse()]
}

const alongRing = (from: number, to: number, size: number): number[] => {
  const right = (to - from + size) % size
  const step = right <= size - right ? 1 : size - 1
  const way = [from]
  for (let at = from; at !== to; at = (at + step) % size) way.push((at + step) % size)
  return way
}

const way = ({ topology, members, coordinator }: Wiring, from: number, to: number): number[] => {
  const size = members.length
  switch (topology) {
    case 'mesh':
      return [from, to]
    case 'star': {
      const center = coordinator === undefined ? -1 : members.indexOf(coordinator)
      if (center < 0) return []
      return from === center || to === center ? [from, to] : [from, center, to]
    }
    case 'ring':
      return alongRing(from, to, size)
    case 'hierarchical':
      return throughTree(from, to)
    case 'hierarchical-mesh':
      return from > 0 && to > 0 && parentOf(from) === parentOf(to) ? [from, to] : throughTree(from, to)
    case 'adaptive':
      return size <= adaptiveMesh ? [from, to] : throughTree(from, to)
  }
}

/**
 * The members that a message passes, sender and receiver included; empty when the topology does not connect them.
 * A message to oneself passes nobody.
 */
export const route = (wiring: Wiring, from: string, to: string): readonly string[] => {
  const start = wiring.members.indexOf(from)
  const end = wiring.members.indexOf(to)
  if (start < 0 || end < 0) return []
  if (start === end) return [from]
  return way(wiring, start, end).flatMap((index) => wiring.members[index] ?? [])
}
