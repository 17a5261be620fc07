import { map, type Subscription, share, startWith, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Channel, type IterateOptions } from '../../src/channel.js'
import { TroupeError } from '../../src/errors.js'
import type { Envelope } from '../../src/protocol/envelope.js'
import type { Event } from '../../src/protocol/event.js'
import type { Priority } from '../../src/protocol/priority.js'

type Ear = { readonly hear: (envelope: Envelope) => void; readonly ended?: ((error?: TroupeError) => void) | undefined }

const open = (pattern = 'team.blue') => {
  const ears = new Set<Ear>()
  const reports: { where: string; message: string }[] = []
  const published: unknown[] = []
  let offset = 0
  const channel = new Channel(
    {
      listen(_, hear, ended) {
        const ear = { hear, ended }
        ears.add(ear)
        return () => void ears.delete(ear)
      },
      async publish(topic, body) {
        published.push(body)
        return { topic, seq: 1 }
      },
      report: (where, error) => void reports.push({ where, message: (error as Error).message }),
    },
    pattern,
  )
  const say = (body: number, priority: Priority = 'normal', topic = 'team.blue') => {
    offset++
    const event = { type: 'message', from: 'x', body } as const
    const envelope = { id: `${offset}`, topic, seq: offset, epoch: 'e', offset, timestamp: 0, source: 'x', priority, event }
    for (const ear of [...ears]) ear.hear(envelope)
  }
  const end = (error?: TroupeError) => {
    for (const ear of [...ears]) ear.ended?.(error)
  }
  return { channel, say, end, ears, reports, published }
}

const bodyOf = (event: Event) => (event.type === 'message' ? event.body : undefined)
const fail = () => {
  throw new Error('boom')
}

describe('a channel', () => {
  it('detaches and reports a subscriber that throws, and its neighbours go on', () => {
    const { channel, say, ears, reports } = open()
    const heard: unknown[] = []
    let calls = 0
    channel.subscribe(() => {
      calls++
      fail()
    })
    channel.subscribe((event) => heard.push(bodyOf(event)))
    say(1)
    say(2)
    expect([calls, heard, ears.size]).toEqual([1, [1, 2], 1])
    expect(reports).toEqual([{ where: 'a subscriber of team.blue', message: 'boom' }])
  })

  it.each([
    ['in an operator', (channel: Channel) => channel.pipe(map(fail)).subscribe()],
    ['behind an operator', (channel: Channel) => channel.pipe(map(bodyOf)).subscribe(fail)],
    ['behind a shared one', (channel: Channel) => channel.pipe(share()).subscribe(fail)],
    ['in a subscriber of envelopes', (channel: Channel) => channel.envelopes.pipe(map((each) => each.seq)).subscribe(fail)],
    ['in an observer', (channel: Channel) => channel.subscribe({ next: fail })],
  ])('catches what is thrown %s', (_, subscribe) => {
    const { channel, say, ears, reports } = open()
    subscribe(channel)
    say(1)
    say(2)
    expect([reports.map((each) => each.message), ears.size]).toEqual([['boom'], 0])
  })

  it('calls a subscriber no more that throws while it still subscribes', () => {
    const { channel, ears, reports } = open()
    let calls = 0
    channel.pipe(map(bodyOf), startWith(1, 2, 3)).subscribe(() => {
      calls++
      fail()
    })
    expect([calls, reports.length, ears.size]).toEqual([1, 1, 0])
  })

  it('lets a subscriber leave from within, and others stay', () => {
    const { channel, say, ears } = open()
    const heard: string[] = []
    const first: Subscription = channel.subscribe(() => {
      heard.push('first')
      first.unsubscribe()
    })
    channel.pipe(take(2)).subscribe(() => heard.push('second'))
    say(1)
    say(2)
    expect([heard, ears.size]).toEqual([['first', 'second', 'second'], 0])
  })

  it('hands its end on, and reports an error that nobody asked for', () => {
    const { channel, end, reports } = open()
    const ends: unknown[] = []
    channel.subscribe({ error: (error: TroupeError) => ends.push(error.code) })
    channel.subscribe(() => {})
    end(new TroupeError('FORBIDDEN', 'Not yours.'))
    channel.subscribe({ complete: () => ends.push('complete') })
    end()
    expect([ends, reports.map((each) => each.message)]).toEqual([['FORBIDDEN', 'complete'], ['Not yours.']])
  })

  it('publishes on one topic, and refuses to on a pattern', async () => {
    const { channel, published } = open()
    await expect(channel.publish('hello')).resolves.toEqual({ topic: 'team.blue', seq: 1 })
    expect(published).toEqual(['hello'])
    await expect(open('team.*').channel.publish('hello')).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
  })
})

describe('a loop over a channel', () => {
  const begin = (options?: IterateOptions) => {
    const at = open()
    const loop = at.channel.iterate(options)
    return { ...at, loop, first: loop.next() }
  }
  const rest = async (loop: AsyncGenerator<Envelope, void, void>, count: number) => {
    const bodies: unknown[] = []
    for (let left = count; left > 0; left--) bodies.push(bodyOf(((await loop.next()).value as Envelope).event))
    return bodies
  }

  it('brings the urgent first where it has fallen behind, but never turns one entity around', async () => {
    const { loop, first, say } = begin()
    say(0)
    await first
    say(1, 'low', 'team.blue')
    say(2, 'normal', 'team.red')
    say(3, 'critical', 'team.blue')
    expect(await rest(loop, 3)).toEqual([1, 3, 2])
  })

  it('drops the oldest of the lowest lane beyond its capacity, and tells', async () => {
    const dropped: unknown[] = []
    const { loop, first, say } = begin({ capacity: 2, onDrop: (envelope) => dropped.push(bodyOf(envelope.event)) })
    say(0)
    await first
    for (const body of [1, 2, 3, 4]) say(body)
    expect([dropped, await rest(loop, 2)]).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it('reports what was dropped when nobody asked to be told, and what onDrop itself throws', async () => {
    const quiet = begin({ capacity: 1 })
    const loud = begin({ capacity: 1, onDrop: fail })
    for (const { first, say } of [quiet, loud]) {
      say(0)
      await first
      say(1)
      say(2)
    }
    expect(quiet.reports.map((each) => each.message)).toEqual([expect.stringMatching(/team\.blue 2 was dropped/)])
    expect(loud.reports.map((each) => each.message)).toEqual(['boom'])
    expect(await rest(loud.loop, 1)).toEqual([2])
  })

  it('stops listening when it is left, and ends or throws as the channel does', async () => {
    const left = open()
    const bodies: unknown[] = []
    const walk = (async () => {
      for await (const event of left.channel) if (bodies.push(bodyOf(event)) === 2) break
    })()
    left.say(1)
    left.say(2)
    await walk
    expect([bodies, left.ears.size]).toEqual([[1, 2], 0])

    const over = begin()
    over.say(1)
    over.end()
    await expect(over.first).resolves.toMatchObject({ value: { seq: 1 } })
    await expect(over.loop.next()).resolves.toEqual({ done: true, value: undefined })

    const refused = begin()
    refused.end(new TroupeError('FORBIDDEN'))
    await expect(refused.first).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(refused.ears.size).toBe(0)
  })
})
