/** What a system holds at a moment when it has nothing to do. */
import { systemClock } from '../../src/clock.js'
import type { System } from '../../src/system/system.js'
import type { Bridged } from './clients.js'

export interface Gauge {
  readonly round: number
  /** Bytes after a full collection. */
  readonly heap: number
  /** Bytes of buffers, which lie outside the heap. */
  readonly outside: number
  readonly counts: Readonly<Record<string, number>>
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => void systemClock.after(milliseconds, resolve))

export const collect = async (): Promise<void> => {
  const { gc } = globalThis as { gc?: () => void }
  if (!gc)
    throw new Error(
      'Run it with node --expose-gc, as npm run leaks does: without it nobody knows what is only not collected yet.',
    )
  for (let turn = 0; turn < 3; turn++) {
    await pause(20)
    gc()
  }
}

/** Waits for what ends by itself soon: sessions of clients that are gone, sockets that say goodbye. */
export const quiet = async (system: System, bridged: Bridged | undefined): Promise<void> => {
  const busy = () =>
    (bridged?.bridge.connections ?? 0) +
    system.state.clients.size +
    (bridged ? sockets() : 0) +
    [...system.state.agents.values()].filter(({ state }) => state !== 'stopped').length
  for (let turn = 0; turn < 200 && busy() > 0; turn++) await pause(20)
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCPSocket/i.test(name)).length

const listenersOfProcess = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)

export const gauge = async (round: number, system: System, bridged: Bridged | undefined): Promise<Gauge> => {
  await quiet(system, bridged)
  await collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return { round, heap: heapUsed, outside: external + arrayBuffers, counts: counts(system) }
}

/** What can be counted exactly. */
export const counts = (system: System): Gauge['counts'] => {
  const { state } = system
  const alive = [...state.agents.values(), ...state.swarms.values()].filter((each) => !/^(stopped|dissolved)$/.test(each.state))
  const handles = process.getActiveResourcesInfo()
  return {
    alive: alive.length,
    listeners: system.listeners,
    process: listenersOfProcess(),
    timers: handles.filter((name) => name === 'Timeout').length,
    sockets: sockets(),
    clients: state.clients.size,
  }
}

/** Bytes of heap that an agent may leave behind on average, over the later half of the rounds: what the heap's own order varies by. */
const allowed = 24

/** What grew between the middle and the end, in sentences; nothing before the middle counts, since what is kept on purpose fills up first. */
export const grown = (rows: readonly Gauge[], agents: number): string[] => {
  const later = rows.slice(Math.floor(rows.length / 2))
  const [first] = later
  const last = later.at(-1)
  if (!first || !last) return []
  const found: string[] = []
  for (const [name, count] of Object.entries(last.counts))
    if (count > (first.counts[name] ?? 0)) found.push(`${name} grew from ${first.counts[name]} to ${count}.`)
  for (const name of ['heap', 'outside'] as const) {
    const slope = slopeOf(later.map((row) => row[name])) / agents
    if (slope > allowed)
      found.push(`The ${name} grew by ${slope.toFixed(1)} bytes for each agent that came and went; ${allowed} are allowed.`)
  }
  return found
}

/** The slope of the line that fits best, per step. */
const slopeOf = (values: readonly number[]): number => {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const top = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0)
  const bottom = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  return bottom === 0 ? 0 : top / bottom
}
