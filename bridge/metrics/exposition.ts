/** The figures of a bridge in the words of Prometheus, by `prom-client`: read when somebody asks, in a registry of their own. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { bridgeFamilies } from './bridge-families.js'
import type { Buckets } from './buckets.js'
import type { Family, HistogramFamily, NumberFamily, Sources } from './family.js'
import { processFamilies } from './process-families.js'
import { systemFamilies } from './system-families.js'

/** Every figure that is told. */
export const families: readonly Family[] = [...bridgeFamilies, ...systemFamilies, ...processFamilies]

const labelled = ({ labels = [] }: Family, values: readonly string[]): Record<string, string> =>
  Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']))

const addNumber = (family: NumberFamily, sources: Sources, registry: Registry): void => {
  const { name, help, labels = [], type, read } = family
  const about = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'gauge') {
    new Gauge({
      ...about,
      collect() {
        this.reset()
        for (const [value, ...values] of read(sources)) this.set(labelled(family, values), value)
      },
    })
  } else
    new Counter({
      ...about,
      collect() {
        this.reset()
        for (const [value, ...values] of read(sources)) this.inc(labelled(family, values), value)
      },
    })
}

/** The rows of one histogram: how many values were as small as each bound or smaller, their sum, and how many there were. */
const rowsOf = (name: string, { bounds, counts, sum }: Buckets, labels: Record<string, string>, scale: number) => {
  let count = 0
  const rows = bounds.map((bound, at) => {
    count += counts[at] ?? 0
    return { metricName: `${name}_bucket`, labels: { le: bound * scale, ...labels }, value: count }
  })
  count += counts[bounds.length] ?? 0
  return [
    ...rows,
    { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: sum * scale },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

/** A histogram that is counted elsewhere: the library's own would have to be told of every value. */
class Counted extends Histogram {
  readonly #about: HistogramFamily
  readonly #read: () => ReturnType<typeof rowsOf>

  constructor(about: HistogramFamily, registry: Registry, read: () => ReturnType<typeof rowsOf>) {
    super({ name: about.name, help: about.help, labelNames: [...(about.labels ?? [])], registers: [registry] })
    this.#about = about
    this.#read = read
  }

  /** What a registry asks of a histogram when it writes. */
  async getForPromString() {
    const { name, help, type } = this.#about
    return { name, help, type, values: this.#read() }
  }
}

export class Exposition {
  readonly #registry = new Registry()

  constructor(sources: Sources) {
    for (const family of families)
      if (family.type !== 'histogram') addNumber(family, sources, this.#registry)
      else {
        const { name, scale = 1, read } = family
        const rows = () =>
          [...read(sources)].flatMap(([buckets, ...values]) => rowsOf(name, buckets, labelled(family, values), scale))
        new Counted(family, this.#registry, rows)
      }
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  write(): Promise<string> {
    return this.#registry.metrics()
  }
}
