/** What the machine tells of itself, by `systeminformation`, which is loaded when it is first asked. */
import { readFile } from 'node:fs/promises'
import { cpus, networkInterfaces } from 'node:os'
import { TroupeError } from '../../src/errors.js'
import type { SystemMetrics } from '../../src/protocol/monitoring.js'

/** What can be looked for; each may reject, and none is believed to come back in time. */
export interface Machine {
  cpu(): Promise<{ readonly usage: number; readonly cores: number }>
  /** °C; undefined where the machine does not tell. */
  temperature(): Promise<number | undefined>
  memory(): Promise<NonNullable<SystemMetrics['memory']>>
  disk(): Promise<NonNullable<SystemMetrics['disk']>>
  network(): Promise<NonNullable<SystemMetrics['network']>>
}

/** A number that is one; systems that a library does not know answer with null, NaN or nothing. */
const figure = (what: string, value: unknown, least = 0): number => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value
  throw new TroupeError('UNSUPPORTED', `Expected a number of ${least} or more for ${what}; the machine told ${String(value)}.`)
}

const percentOf = (part: number, whole: number): number => Math.min(100, (part / whole) * 100)

/** The mount that a path lies in. */
const mountOf = <T extends { readonly mount: string }>(mounts: readonly T[], path: string): T | undefined => {
  const around = mounts.filter(({ mount }) => path === mount || path.startsWith(/[/\\]$/.test(mount) ? mount : `${mount}/`))
  return (around.length > 0 ? around : mounts).toSorted((a, b) => b.mount.length - a.mount.length)[0]
}

/** The interfaces that lead out of this machine. */
const outward = (): string[] =>
  Object.entries(networkInterfaces())
    .filter(([, addresses = []]) => addresses.some(({ internal }) => !internal))
    .map(([name]) => name)

/** Packets in and out by the kernel's own table, which Linux has; elsewhere nobody counts them for us. */
const packets = async (names: readonly string[]): Promise<{ readonly packetsIn: number; readonly packetsOut: number }> => {
  let [packetsIn, packetsOut] = [0, 0]
  if (process.platform !== 'linux') return { packetsIn, packetsOut }
  for (const line of (await readFile('/proc/net/dev', 'utf8')).split('\n')) {
    const [, name = '', rest = ''] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? []
    if (!names.includes(name)) continue
    const columns = rest.split(/\s+/).map(Number)
    packetsIn += figure('packets', columns[1])
    packetsOut += figure('packets', columns[9])
  }
  return { packetsIn, packetsOut }
}

const library = () => import('systeminformation')

export const machine: Machine = {
  async cpu() {
    const { currentLoad } = await library()
    return { usage: Math.min(100, figure('the load', (await currentLoad()).currentLoad)), cores: cpus().length }
  },
  async temperature() {
    const { cpuTemperature } = await library()
    const { main } = await cpuTemperature()
    // Machines without a sensor answer null, and some -1.
    return Number.isFinite(main) && main > 0 ? main : undefined
  },
  async memory() {
    const { mem } = await library()
    const told = await mem()
    const total = figure('the memory', told.total, 1)
    const available = Math.min(total, figure('the available memory', told.available))
    return { total, used: total - available, available, percent: percentOf(total - available, total) }
  },
  async disk() {
    const { fsSize } = await library()
    const mount = mountOf(await fsSize(), process.cwd())
    const total = figure('the size of the disk', mount?.size, 1)
    const used = figure('what is used of the disk', mount?.used)
    // A part of it may be kept back from everybody: full is when nothing more may be written, as df has it.
    return { total, used, percent: Math.min(100, figure('the share of the disk', mount?.use)) }
  },
  async network() {
    const names = outward()
    if (names.length === 0) return { bytesIn: 0, bytesOut: 0, packetsIn: 0, packetsOut: 0 }
    const { networkStats } = await library()
    const [stats, counted] = await Promise.all([networkStats(names.join(',')), packets(names)])
    const sum = (which: 'rx_bytes' | 'tx_bytes') => stats.reduce((all, each) => all + figure('bytes', each[which]), 0)
    return { bytesIn: sum('rx_bytes'), bytesOut: sum('tx_bytes'), ...counted }
  },
}
