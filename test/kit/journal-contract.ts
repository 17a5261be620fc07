/** What every journal is held to, wherever it keeps things. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Journal, Reading, SyncJournal } from '../../src/journal/journal.js'
import type { TopicRule } from '../../src/journal/rules.js'

export interface Bed {
  /** Opens it again after `close`, or begins one. `topics`: how long what is kept. */
  open(options?: { readonly topics?: readonly TopicRule[]; readonly recent?: number }): Promise<Journal>
  /** Whether it outlives being closed. */
  readonly lasts: boolean
  /** Where its rules keep things. */
  readonly durability: TopicRule['durability']
  /** Lets go of everything. */
  end(): Promise<void>
}

export const say = (journal: Journal, topic: string, body: unknown = 1, tenant?: string) =>
  journal.append(topic, { type: 'message', from: 'x', body }, { source: 'x', priority: 'normal', tenant })

const everything = () => true

/** All that follows an offset, page by page. */
export const readAll = async (
  journal: Journal,
  offset: number,
  wanted: (topic: string) => boolean = everything,
  limit = 100,
): Promise<Pick<Reading, 'entries' | 'gaps'>> => {
  const entries: Reading['entries'][number][] = []
  const gaps = new Map<string, Reading['gaps'][number]>()
  let cursor = { epoch: journal.epoch, offset }
  for (;;) {
    const coming = journal.read(cursor, wanted, limit)
    const reading = await coming
    entries.push(...reading.entries)
    for (const gap of reading.gaps) gaps.set(`${gap.topic} ${gap.tenant ?? ''}`, gap)
    cursor = { ...reading.cursor }
    if (!reading.more) {
      expect(coming, 'the last page is there at once').not.toBeInstanceOf(Promise)
      return { entries, gaps: [...gaps.values()] }
    }
  }
}

export const holdToContract = (name: string, make: () => Promise<Bed>): void => {
  describe(`a journal in ${name}`, () => {
    let bed: Bed | undefined
    let journal: Journal | undefined
    const begin = async (options?: Parameters<Bed['open']>[0]) => {
      bed ??= await make()
      journal = await bed.open(options)
      return journal
    }
    afterEach(async () => {
      await journal?.close()
      await bed?.end()
      journal = undefined
      bed = undefined
    })

    it('numbers at once: each topic from 1, and all together without a hole', async () => {
      const at = await begin()
      const before = at.head
      const said = [say(at, 'a'), say(at, 'b'), say(at, 'a')]
      expect(said.map(({ topic, seq }) => [topic, seq])).toEqual([
        ['a', 1],
        ['b', 1],
        ['a', 2],
      ])
      expect(said.map(({ offset }) => offset - before)).toEqual([1, 2, 3])
      expect(at.head).toBe(before + 3)
    })

    it('counts the events of each tenant on a topic by themselves, also after it was closed, and tells holes of each', async () => {
      const at = await begin({ recent: 1 })
      const tenants = [undefined, 'acme', 'acme', 'blue', undefined, 'acme']
      expect(tenants.map((tenant) => say(at, 'a', 1, tenant).seq)).toEqual([1, 1, 2, 1, 2, 3])
      expect(tenants.map((tenant) => say(at, 'a.metrics', 1, tenant).seq)).toEqual([1, 1, 2, 1, 2, 3])
      const stranger = await readAll({ ...at, epoch: 'other', read: (...given) => at.read(...given) } as Journal, 0)
      const each = (topic: string) => [undefined, 'acme', 'blue'].map((tenant) => ({ topic, ...(tenant ? { tenant } : {}) }))
      expect(stranger.gaps).toMatchObject([...each('a'), ...each('a.metrics')])
      if (!bed?.lasts) return
      await at.close()
      const again = await begin({ recent: 1 })
      expect([undefined, 'acme', 'blue'].map((tenant) => say(again, 'a', 1, tenant).seq)).toEqual([3, 4, 2])
      await again.committed()
      const { entries, gaps } = await readAll(again, 0)
      expect(entries.filter(({ tenant }) => tenant === 'acme').map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
      expect(gaps).toMatchObject(each('a.metrics'))
    })

    it('says when everything is kept', async () => {
      const at = await begin()
      let heard = 0
      const stop = at.onCommit(() => heard++)
      say(at, 'a')
      const { head } = at
      await at.committed()
      expect(at.durable).toBe(head)
      expect(at.committed()).toBeUndefined()
      expect(at.committed(head)).toBeUndefined()
      expect(heard > 0).toBe(bed?.lasts)
      stop()
      stop()
    })

    it('reads exactly what follows a cursor, in pages, from whatever place it is in', async () => {
      const at = await begin({ recent: 10 })
      const from = at.head
      for (let n = 0; n < 500; n++) say(at, n % 3 === 0 ? 'three' : 'other', n)
      await at.committed()
      for (const missed of [500, 499, 11, 10, 9, 1, 0]) {
        const { entries, gaps } = await readAll(at, at.head - missed, everything, 7)
        expect(entries.map(({ offset }) => offset - from)).toEqual(Array.from({ length: missed }, (_, n) => 501 - missed + n))
        expect(gaps).toEqual([])
      }
      const threes = await readAll(at, from, (topic) => topic === 'three', 5)
      expect(threes.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 167 }, (_, n) => n + 1))
    })

    it('gives back what it was given', async () => {
      const at = await begin({ recent: 1 })
      const from = at.head
      const cause = { correlationId: 'r1', hops: 2, deadline: 1_795_222_059_000 }
      const body = { text: 'æ — 𝄞', list: [1, -2.5, null, true], deep: { big: 2 ** 50 } }
      const whole = at.append(
        'a.b',
        { type: 'message', from: 'x', body, metadata: { k: 'v' } },
        { source: 'me', priority: 'high', ttl: 5, cause, signature: 'a.b.c', tenant: 'acme' },
      )
      const owned = say(at, 'a.b', 'owned', 'acme')
      const bare = say(at, 'a.b', 'last')
      await at.committed()
      const { entries } = await readAll(at, from)
      expect(entries).toEqual([whole, owned, bare])
    })

    it('keeps what no codec can write in words that say so', async () => {
      const at = await begin({ recent: 1 })
      const circle: Record<string, unknown> = { fine: 1 }
      circle['self'] = circle
      const from = at.head
      say(at, 'a', circle)
      say(at, 'a')
      await at.committed()
      const [first] = (await readAll(at, from)).entries
      expect(first).toMatchObject({ event: { body: { fine: 1 } } })
    })

    it('never takes a cursor of another life, or one of nonsense, for its own', async () => {
      const at = await begin()
      say(at, 'a')
      for (const [offset, epoch] of [
        [0, 'other'],
        [at.head + 1, at.epoch],
        [-1, at.epoch],
        [0.5, at.epoch],
        [Number.NaN, at.epoch],
        [2 ** 60, at.epoch],
      ] as const) {
        const reading = (at as SyncJournal).read({ epoch, offset }, everything)
        expect(reading).toMatchObject({ entries: [], gaps: [{ topic: 'a', reason: 'epoch' }], cursor: { offset: at.head } })
      }
    })

    it('tells a gap for each topic of which something is gone, keeps the newest, and lets noise push nothing else out', async () => {
      bed = await make()
      const { durability } = bed
      if (durability === 'memory') return expect(bed.lasts).toBe(false)
      const at = await begin({
        recent: 5,
        topics: [{ pattern: '#.output', durability, retention: { messages: 20 } }],
      })
      const from = at.head
      say(at, 'task.t.status')
      for (let n = 0; n < 200; n++) say(at, `task.t${n % 2}.output`)
      await at.committed()
      // Letting go is a commit of its own.
      await new Promise<void>((resolve) => {
        const stop = at.onCommit(() => {
          stop()
          resolve()
        })
      })
      const { entries, gaps } = await readAll(at, from)
      expect(entries.map(({ topic }) => topic).filter((topic) => topic === 'task.t.status')).toHaveLength(1)
      expect(entries.filter(({ topic }) => topic.endsWith('output'))).toHaveLength(20)
      expect(gaps.toSorted((a, b) => a.topic.localeCompare(b.topic))).toEqual([
        { topic: 'task.t0.output', fromSeq: null, toSeq: 90, reason: 'history' },
        { topic: 'task.t1.output', fromSeq: null, toSeq: 90, reason: 'history' },
      ])
    })

    it('remembers records beside the events', async () => {
      const at = await begin()
      at.records.put('actor/b', { n: 2 })
      at.records.put('actor/a', { n: 1 })
      at.records.put('other', 3)
      expect(at.records.get('actor/a')).toEqual({ n: 1 })
      expect([...at.records.list('actor/')].map(([key]) => key)).toEqual(['actor/a', 'actor/b'])
      at.records.delete('actor/b')
      at.records.delete('never there')
      expect(at.records.get('actor/b')).toBeUndefined()
      for (const key of ['', 'x'.repeat(513)]) expect(() => at.records.put(key, 1)).toThrow('1 to 512 characters')
      expect(() => at.records.put('k', undefined)).toThrow('plain data')
    })

    it('goes on after it was closed, where it lasts: same epoch, no number twice, records and counts as they were', async () => {
      const at = await begin()
      if (!bed?.lasts) return expect((await begin()).epoch).not.toBe(at.epoch)
      for (let n = 0; n < 50; n++) say(at, `t${n % 5}`, n)
      at.records.put('kept', { n: 1 })
      at.records.put('gone', 1)
      at.records.delete('gone')
      say(at, 'agent.a.metrics')
      const { epoch, head } = at
      const fleeting = say(at, 'agent.a.metrics')
      await at.close()
      await at.close()
      expect(() => say(at, 'a')).toThrow('closed')
      const again = await begin({ recent: 3 })
      expect(again.epoch).toBe(epoch)
      expect(again.head).toBe(head + 1)
      expect([...again.records.list('')]).toEqual([['kept', { n: 1 }]])
      expect(say(again, 't0')).toMatchObject({ seq: 11, offset: head + 2, epoch })
      const newer = say(again, 'agent.a.metrics')
      expect(newer.seq).toBe(1)
      expect(newer.epoch).not.toBe(fleeting.epoch)
      await again.committed()
      const { entries, gaps } = await readAll(again, 0)
      expect(entries.filter(({ topic }) => topic.startsWith('t')).map(({ seq, topic }) => `${topic} ${seq}`)).toHaveLength(51)
      expect(gaps).toEqual([{ topic: 'agent.a.metrics', fromSeq: null, toSeq: null, reason: 'epoch' }])
      expect((await readAll(again, head + 1)).gaps).toEqual([])
    })
  })
}
