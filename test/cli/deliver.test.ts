import { describe, expect, it } from 'vitest'
import { deliverOptions } from '../../bridge/cli/deliver.js'
import { Rules } from '../../bridge/delivery/rules.js'

describe('--deliver', () => {
  it('says for each pattern what is promised, or what goes', () => {
    expect(deliverOptions({ deliver: ['orders.#=at-least-once,10s,3', '#.output=newest'] })).toEqual({
      topics: [
        { pattern: 'orders.#', delivery: 'at-least-once', ackTimeout: 10_000, redeliveries: 3 },
        { pattern: '#.output', drop: 'newest' },
      ],
    })
    expect(deliverOptions({ deliver: 'a=exactly-once b=disconnect' }).topics).toHaveLength(2)
    expect(deliverOptions({})).toEqual({})
  })

  it.each(['orders', 'orders=twice', '=newest', '#=newest,10s'])('refuses %s in a sentence', (text) => {
    expect(() => deliverOptions({ deliver: text })).toThrow('--deliver expects pattern=how')
  })

  it('leaves to the bridge what its numbers may be', () => {
    const options = deliverOptions({ deliver: 'a=at-least-once,1s,many' })
    expect(() => new Rules(options)).toThrow('as its redeliveries, expects a whole number of 0 or more; got NaN')
  })
})
