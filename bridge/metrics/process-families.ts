/** The figures of the process, under the names that dashboards for Node know, and of its event loop. */
import { readdirSync } from 'node:fs'
import type { Family } from './family.js'

const seconds = (microseconds: number): number => microseconds / 1e6

/** Descriptors that are open; none told where the system does not list them. */
const openDescriptors = (): (readonly [number])[] => {
  try {
    return [[readdirSync('/proc/self/fd').length]]
  } catch {
    return []
  }
}

const resources = function* (): Iterable<readonly [number, string]> {
  const counts = new Map<string, number>()
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
  for (const [type, count] of counts) yield [count, type]
}

export const processFamilies: readonly Family[] = [
  {
    name: 'troupe_event_loop_lag_seconds',
    type: 'gauge',
    labels: ['quantile'],
    help: 'How long the event loop was held up, of all looks within the last interval of the alerts; 1 is the longest.',
    read: ({ monitor }) => {
      const { p50, p90, p95, p99, max } = monitor.delays
      const quantiles = { '0.5': p50, '0.9': p90, '0.95': p95, '0.99': p99, '1': max }
      return Object.entries(quantiles).map(([quantile, delay]) => [delay / 1_000, quantile] as const)
    },
  },
  {
    name: 'process_cpu_user_seconds_total',
    type: 'counter',
    help: 'Processor time of the process in its own code.',
    read: () => [[seconds(process.cpuUsage().user)]],
  },
  {
    name: 'process_cpu_system_seconds_total',
    type: 'counter',
    help: 'Processor time of the process in the kernel.',
    read: () => [[seconds(process.cpuUsage().system)]],
  },
  {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process began, in seconds since 1970.',
    read: ({ system }) => [[Math.round(system.clock.now() / 1_000 - process.uptime())]],
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory of the process that is resident.',
    read: () => [[process.memoryUsage.rss()]],
  },
  {
    name: 'process_open_fds',
    type: 'gauge',
    help: 'Descriptors that are open, where /proc tells.',
    read: openDescriptors,
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    type: 'gauge',
    help: 'Memory that the heap has taken from the system.',
    read: () => [[process.memoryUsage().heapTotal]],
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'Memory of the heap that is in use.',
    read: () => [[process.memoryUsage().heapUsed]],
  },
  {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    help: 'Memory outside of the heap that objects hold, such as buffers.',
    read: () => [[process.memoryUsage().external]],
  },
  {
    name: 'nodejs_active_resources',
    type: 'gauge',
    labels: ['type'],
    help: 'What keeps the event loop alive, by kind.',
    read: resources,
  },
]
