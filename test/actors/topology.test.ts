import { describe, expect, it } from 'vitest'
import { route } from '../../actors/swarm/topology.js'
import type { Topology } from '../../src/protocol/states.js'

const members = Array.from({ length: 10 }, (_, at) => `m${at}`)
const hops = (topology: Topology, from: string, to: string, size = 10) =>
  route({ topology, members: members.slice(0, size), coordinator: 'm2' }, from, to).length - 1

describe('a topology', () => {
  it.each<[Topology, string, string, number]>([
    ['mesh', 'm1', 'm9', 1],
    ['star', 'm1', 'm9', 2],
    ['star', 'm2', 'm9', 1],
    ['star', 'm9', 'm2', 1],
    ['ring', 'm0', 'm1', 1],
    ['ring', 'm0', 'm9', 1],
    ['ring', 'm0', 'm5', 5],
    ['ring', 'm1', 'm8', 3],
    ['hierarchical', 'm0', 'm4', 1],
    ['hierarchical', 'm1', 'm2', 2],
    ['hierarchical', 'm5', 'm9', 4],
    ['hierarchical', 'm5', 'm6', 2],
    ['hierarchical-mesh', 'm5', 'm6', 1],
    ['hierarchical-mesh', 'm5', 'm9', 4],
    ['adaptive', 'm5', 'm9', 4],
  ])('%s from %s to %s takes %i hops', (topology, from, to, expected) => {
    expect(hops(topology, from, to)).toBe(expected)
  })

  it('adaptive is a mesh up to eight members', () => {
    expect([hops('adaptive', 'm5', 'm3', 8), hops('adaptive', 'm5', 'm3', 9)]).toEqual([1, 3])
  })

  it('reaches nobody who is no member, and in a star nobody without a coordinator', () => {
    expect(route({ topology: 'mesh', members, coordinator: undefined }, 'm0', 'x')).toEqual([])
    expect(route({ topology: 'star', members, coordinator: undefined }, 'm0', 'm1')).toEqual([])
  })

  it('connects everybody with everybody, along one way without a loop', () => {
    for (const topology of ['mesh', 'star', 'ring', 'hierarchical', 'hierarchical-mesh', 'adaptive'] as const)
      for (const from of members)
        for (const to of members) {
          const way = route({ topology, members, coordinator: 'm2' }, from, to)
          expect([way[0], way.at(-1)]).toEqual([from, to])
          expect(new Set(way).size).toBe(way.length)
        }
  })
})
