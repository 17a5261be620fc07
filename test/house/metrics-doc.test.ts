/** What is written of the figures of `GET /metrics`, held to what is told. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { families } from '../../bridge/metrics/exposition.js'
import { named, rowsUnder } from '../../scripts/paper.js'

const text = readFileSync(new URL('../../bridge/metrics/README.md', import.meta.url), 'utf8')

/** The unit that the name of a figure says, as Prometheus has it. */
const unitOf = (name: string): string => /_(seconds|bytes|offset)(?:_total|_max)?$/.exec(name)?.[1] ?? 'count'

describe('the table of figures', () => {
  const rows = rowsUnder(text, '## Figures')

  it('has every figure with its type, unit, labels and meaning, and nothing else', () => {
    const written = rows.map(([name, type, unit, labels, meaning]) => [named(name)[0], type, unit, named(labels), meaning])
    const told = families.map(({ name, type, labels = [], help }) => [name, type, unitOf(name), [...labels], help])
    expect(written).toEqual(told)
  })

  it('has names as Prometheus asks for them', () => {
    for (const { name, type } of families) {
      expect(name).toMatch(/^(troupe|process|nodejs)_[a-z_]+$/)
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
    }
  })
})
