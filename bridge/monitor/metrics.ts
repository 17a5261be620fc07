/** Samples of the machine and of this process. */

import type { SystemMetrics } from '../../src/protocol/monitoring.js'
import type { System } from '../../src/system/system.js'
import type { Lag } from './loop-lag.js'
import type { Machine } from './machine.js'
import { Probe } from './probe.js'
import { ProcessGauge } from './process-gauge.js'

/** Milliseconds for which a value is taken for the present one, so that many who ask cost no more than one. */
const lasts = 1_000
/** The same for what changes slowly and costs a process of its own to find out. */
const lastsLong = 30_000

export class Metrics {
  readonly #probes
  readonly #gauge: ProcessGauge
  readonly #lag: Lag

  constructor(system: System, machine: Machine, lag: Lag) {
    const { clock } = system
    const probe = <T>(name: string, look: () => Promise<T>, age = lasts) =>
      new Probe({ clock, name, look, lasts: age, report: (where, error) => system.report(where, error) })
    this.#lag = lag
    this.#gauge = new ProcessGauge(clock)
    this.#probes = {
      cpu: probe('the load of the machine', () => machine.cpu()),
      temperature: probe('the temperature of the machine', () => machine.temperature(), lastsLong),
      memory: probe('the memory of the machine', () => machine.memory()),
      disk: probe('the disk of the machine', () => machine.disk(), lastsLong),
      network: probe('the network of the machine', () => machine.network()),
    }
  }

  /** Of the machine; undefined where it could not be found out. Never rejects. */
  memory(): Promise<SystemMetrics['memory']> {
    return this.#probes.memory.read()
  }

  /** Never rejects: what cannot be found out is left out. */
  async sample(): Promise<SystemMetrics> {
    const { cpu: load, temperature: heat, memory: room, disk: store, network: wires } = this.#probes
    // Before the machine is looked at, which takes its own time.
    const eventLoop = { lag: this.#lag.recent, delays: this.#lag.delays }
    const [cpu, temperature, memory, disk, network] = await Promise.all([
      load.read(),
      heat.read(),
      room.read(),
      store.read(),
      wires.read(),
    ])
    return {
      ...(cpu ? { cpu: { ...cpu, ...(temperature === undefined ? {} : { temperature }) } } : {}),
      ...(memory ? { memory } : {}),
      ...(disk ? { disk } : {}),
      ...(network ? { network } : {}),
      eventLoop,
      process: this.#gauge.read(),
    }
  }
}
