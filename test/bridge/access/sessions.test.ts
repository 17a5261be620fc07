import { describe, expect, it } from 'vitest'
import { Revocations } from '../../../bridge/access/revocations.js'
import { Owed } from '../../../bridge/delivery/owed.js'
import { Sessions } from '../../../bridge/sessions.js'
import { createManualClock } from '../../../src/clock.js'
import { RecordMap } from '../../../src/journal/records.js'

describe('in another process, on the records of the one before', () => {
  it('a session is gone on with by the client of its tenant alone', () => {
    const clock = createManualClock()
    const records = new RecordMap()
    const begin = () => new Sessions(clock, 60_000, () => {}, records)
    const before = begin()
    for (const [id, tenant] of [
      ['ours', 'acme'],
      ['open', undefined],
    ] as const)
      before.create(id, { sub: 'ann', tenant }, { dialect: 'native' }).patterns.set('task.#', undefined)
    for (const id of ['ours', 'open']) {
      const session = before.resume(id, { sub: 'ann', ...(id === 'ours' ? { tenant: 'acme' } : {}) }, 'native')
      if (session) before.changed(session)
    }
    before.close()
    const after = begin()
    const resume = (id: string, sub: string, tenant?: string) => after.resume(id, { sub, tenant }, 'native')
    for (const [sub, tenant] of [
      ['ann', undefined],
      ['ann', 'blue'],
      ['bob', 'acme'],
    ] as const)
      expect(resume('ours', sub, tenant)).toBeUndefined()
    expect(resume('open', 'ann', 'acme')).toBeUndefined()
    expect(resume('ours', 'ann', 'acme')).toMatchObject({ tenant: 'acme', patterns: new Map([['task.#', undefined]]) })
    expect(resume('open', 'ann')).toMatchObject({ sub: 'ann', tenant: undefined })
    after.close()
  })

  it('absent ones are bounded by what they have not acknowledged, too: the longest absent goes', () => {
    const gone: string[] = []
    const sessions = new Sessions(createManualClock(), 60_000, ({ id, state }) => void (state === 'gone' && gone.push(id)))
    const holder = { supersede: () => {} }
    const position = { epoch: 'e', offset: 0 }
    for (let count = 0; count < 80; count++) {
      const session = sessions.create(`s${count}`, { sub: 'ann' }, { dialect: 'native' })
      session.connection = holder
      session.owed = new Owed({ epoch: 'e', debts: Array.from({ length: 10_000 }, (_, at) => [at, 't', at, 1, 0] as const) })
      sessions.leave(session, holder, position)
    }
    // 67 times a million characters are as much as may be.
    expect(gone).toEqual(Array.from({ length: 13 }, (_, at) => `s${at}`))
    const back = sessions.resume('s13', { sub: 'ann' }, 'native')
    back?.owed?.settle(1)
    const more = sessions.create('more', { sub: 'ann' }, { dialect: 'native' })
    more.connection = holder
    more.owed = new Owed({ epoch: 'e', debts: Array.from({ length: 10_000 }, (_, at) => [at, 't', at, 1, 0] as const) })
    sessions.leave(more, holder, position)
    expect(gone).toHaveLength(13)
    sessions.close()
  })

  it('a token stays revoked until it ends by itself, and is not remembered for longer', async () => {
    const clock = createManualClock()
    const records = new RecordMap()
    const before = new Revocations(clock, records)
    before.add({ jti: 'ever' })
    before.add({ jti: 'seen' })
    before.add({ jti: 'short', until: clock.now() + 10 })
    expect(before.has('seen', clock.now() + 10)).toBe(true)
    const has = () => {
      const after = new Revocations(clock, records)
      return ['ever', 'seen', 'short', 'other'].map((jti) => after.has(jti))
    }
    expect(has()).toEqual([true, true, true, false])
    await clock.advance(10)
    expect(has()).toEqual([true, false, false, false])
    expect([...records.list('')].map(([key]) => key)).toEqual(['revoked/ever'])
  })
})
