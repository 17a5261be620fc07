/** A machine that tells what a test wants, and an event loop that was held up for as long as it says. */
import type { Lag } from '../../bridge/monitor/loop-lag.js'
import type { Machine } from '../../bridge/monitor/machine.js'
import type { SystemMetrics } from '../../src/protocol/monitoring.js'

/** Nothing took any time. */
const quick = { p50: 0, p90: 0, p95: 0, p99: 0, max: 0 }

/** What is known of a machine that tells nothing. */
export const stillness: SystemMetrics = { eventLoop: { lag: 0, delays: quick }, process: { pid: 1, memory: 0, cpu: 0 } }

/** A machine of 4 cores and 1,000 bytes, of which `percent` are in use. */
export const machineOf = (told: Partial<Machine> = {}, percent = () => 50): Machine => ({
  cpu: async () => ({ usage: 25, cores: 4 }),
  temperature: async () => 40,
  memory: async () => ({ total: 1_000, used: percent() * 10, available: 1_000 - percent() * 10, percent: percent() }),
  disk: async () => ({ total: 100, used: 10, percent: 10 }),
  network: async () => ({ bytesIn: 1, bytesOut: 2, packetsIn: 3, packetsOut: 4 }),
  ...told,
})

export const lagOf = (lag = () => 0): Lag => ({
  get recent() {
    return lag()
  },
  delays: quick,
  turn: lag,
  close: () => {},
})
