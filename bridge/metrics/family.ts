/** One figure that is told: what it is called, what it means, and where it comes from. */

import type { System } from '../../src/system/system.js'
import type { Lookout } from '../lookout.js'
import type { Monitor } from '../monitor/monitor.js'
import type { Buckets } from './buckets.js'

/** Where figures come from. */
export interface Sources {
  readonly system: System
  readonly lookout: Pick<Lookout, 'tally' | 'connections'>
  readonly monitor: Pick<Monitor, 'delays'>
}

/** Labels in the order of the family's names: few values each, and never an id. */
type Labels = readonly string[]

interface Told {
  readonly name: string
  /** What it means, in a sentence. */
  readonly help: string
  readonly labels?: readonly string[]
}

/** A number now (`gauge`), or one that only rises (`counter`). */
export interface NumberFamily extends Told {
  readonly type: 'gauge' | 'counter'
  read(sources: Sources): Iterable<readonly [value: number, ...labels: Labels]>
}

/** How values are spread; `scale`: what they are multiplied with to be in the unit of the name. */
export interface HistogramFamily extends Told {
  readonly type: 'histogram'
  readonly scale?: number
  read(sources: Sources): Iterable<readonly [buckets: Buckets, ...labels: Labels]>
}

export type Family = NumberFamily | HistogramFamily
