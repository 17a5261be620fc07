import { describe, expect, it } from 'vitest'
import { createManualClock } from '../../../src/clock.js'
import { createSeededIds } from '../../../src/ids.js'
import { createMemoryJournal, type MemoryJournalOptions } from '../../../src/journal/memory.js'

const open = (options: Partial<MemoryJournalOptions> = {}) => {
  const clock = createManualClock()
  const journal = createMemoryJournal({ clock, ids: createSeededIds(1, () => clock.now()), ...options })
  const say = (topic: string) =>
    journal.append(topic, { type: 'message', from: 'x', body: 1 }, { source: 'x', priority: 'normal' })
  const read = (offset: number, epoch = journal.epoch) => journal.read({ epoch, offset }, () => true)
  return { journal, say, read }
}

describe('the journal in memory', () => {
  it('counts each topic from 1 and all together from 1, and changes no envelope afterwards', () => {
    const { journal, say } = open()
    const first = say('a')
    const copy = structuredClone(first)
    expect([first, say('b'), say('a')].map(({ topic, seq, offset }) => [topic, seq, offset])).toEqual([
      ['a', 1, 1],
      ['b', 1, 2],
      ['a', 2, 3],
    ])
    expect(first).toEqual(copy)
    expect(journal.head).toBe(3)
  })

  it('reads exactly what follows a cursor', () => {
    const { say, read } = open()
    for (const topic of ['a', 'b', 'a']) say(topic)
    expect(read(1).entries.map((entry) => entry.offset)).toEqual([2, 3])
    expect(read(3)).toMatchObject({ entries: [], gaps: [], more: false })
    expect(read(0).entries).toHaveLength(3)
  })

  it('tells a gap when what was missed is more than is kept, and none when it is just as much', () => {
    const { say, read } = open({ events: 3 })
    for (let at = 0; at < 5; at++) say('a')
    expect(read(2)).toMatchObject({ gaps: [] })
    expect(read(2).entries.map((entry) => entry.seq)).toEqual([3, 4, 5])
    expect(read(1).gaps).toEqual([{ topic: 'a', fromSeq: null, toSeq: 2, reason: 'history' }])
    expect(read(3).entries).toHaveLength(2)
  })

  it('tells gaps only for topics that lost something', () => {
    const { say, read } = open({ events: 2 })
    for (const topic of ['a', 'b', 'b']) say(topic)
    expect(read(0).gaps.map((gap) => gap.topic)).toEqual(['a'])
  })

  it('never takes a cursor of another life, or one of nonsense, for its own', () => {
    const { say, read } = open()
    say('a')
    for (const wrong of [read(0, 'other'), read(2), read(-1), read(0.5), read(Number.NaN), read(2 ** 60)])
      expect(wrong).toMatchObject({ entries: [], gaps: [{ topic: 'a', reason: 'epoch' }], cursor: { offset: 1 } })
  })

  it('keeps noisy topics from pushing others out', () => {
    const { say, read } = open({ events: 10, ephemeral: 10 })
    say('task.t.status')
    for (let at = 0; at < 1_000; at++) say('task.t.output')
    expect(read(0).entries[0]?.topic).toBe('task.t.status')
    expect(read(0).entries).toHaveLength(11)
    const offsets = read(0).entries.map((entry) => entry.offset)
    expect(offsets).toEqual([...offsets].sort((x, y) => x - y))
  })

  it('keeps no more text of output than it may, and tells what it let go', () => {
    const { journal, read } = open({ output: 1_000 })
    for (let at = 1; at <= 10; at++)
      journal.append(
        'task.t.output',
        {
          type: 'task.output',
          id: 't',
          agent: 'a',
          stream: 'stdout',
          data: 'x'.repeat(300),
          sequence: at,
          order: at,
          attempt: 1,
        },
        { source: 'a', priority: 'low' },
      )
    expect(read(0).entries.map((entry) => entry.seq)).toEqual([8, 9, 10])
    expect(read(0).gaps).toEqual([{ topic: 'task.t.output', fromSeq: null, toSeq: 7, reason: 'history' }])
    expect(read(7).gaps).toEqual([])
  })

  it('reads on from where a limit cut it short', () => {
    const { journal, say } = open()
    for (let at = 0; at < 5; at++) say('a')
    const first = journal.read({ epoch: journal.epoch, offset: 0 }, () => true, 2)
    expect(first).toMatchObject({ more: true, cursor: { offset: 2 } })
    expect(journal.read(first.cursor, () => true, 9).entries.map((entry) => entry.seq)).toEqual([3, 4, 5])
  })

  it('never gives a topic the same number twice, even when its counter was dropped for idleness', () => {
    const { say } = open({ events: 2, topics: 2 })
    const seen = new Set<string>()
    for (let round = 0; round < 20; round++)
      for (const topic of ['a', 'b', 'c', 'd']) {
        const key = `${topic} ${say(topic).seq}`
        expect(seen.has(key)).toBe(false)
        seen.add(key)
      }
  })

  it('keeps no more than it may weigh, counts everything that has a size, and tells what it let go', () => {
    const { journal, say, read } = open({ weight: 10_000, output: 10_000 })
    const heavy = (topic: string, body: unknown, signature?: string) =>
      journal.append(
        topic,
        { type: 'message', from: 'x', body },
        {
          ...{ source: 'x', priority: 'normal' },
          ...(signature === undefined ? {} : { signature }),
        },
      )
    const text = 'x'.repeat(4_000)
    for (const topic of ['a', 'noise.output']) {
      say(topic)
      heavy(topic, text)
      heavy(topic, [{ deep: { down: text } }])
      heavy(topic, new Uint8Array(4_000))
      expect(
        read(0)
          .entries.filter((entry) => entry.topic === topic)
          .map(({ seq }) => seq),
      ).toEqual([3, 4])
      heavy(topic, 'small', text)
      expect(
        read(0)
          .entries.filter((entry) => entry.topic === topic)
          .map(({ seq }) => seq),
      ).toEqual([4, 5])
    }
    expect(read(0).gaps).toMatchObject([
      { topic: 'a', toSeq: 3, reason: 'history' },
      { topic: 'noise.output', toSeq: 3, reason: 'history' },
    ])
  })

  it('weighs what has no end, what throws when it is looked at, and what grows after it was said, and goes on', () => {
    const { journal, read } = open({ weight: 1_000_000 })
    const append = (body: unknown) =>
      journal.append('a', { type: 'message', from: 'x', body }, { source: 'x', priority: 'normal' })
    const round: unknown[] = []
    round.push(round, round)
    append(round)
    append(
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('do not look')
        },
      }),
    )
    const growing: string[] = []
    append(growing)
    growing.push('x'.repeat(2_000_000))
    for (let at = 0; at < 20; at++) append('y'.repeat(100_000))
    expect(read(0).entries.map(({ seq }) => seq)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23])
  })
})
