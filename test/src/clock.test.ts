import { afterEach, describe, expect, it, vi } from 'vitest'
import { createManualClock, systemClock } from '../../src/clock.js'

const day = 86_400_000

afterEach(() => {
  vi.useRealTimers()
})

describe('the clock of the machine', () => {
  it('waits longer than the host can in one piece', () => {
    vi.useFakeTimers()
    let ran = 0
    systemClock.after(60 * day, () => ran++)
    vi.advanceTimersByTime(60 * day - 1)
    expect(ran).toBe(0)
    vi.advanceTimersByTime(1)
    expect(ran).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('calls a long wait off in its second piece too', () => {
    vi.useFakeTimers()
    let ran = 0
    const cancel = systemClock.after(60 * day, () => ran++)
    vi.advanceTimersByTime(30 * day)
    cancel()
    cancel()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(60 * day)
    expect(ran).toBe(0)
  })

  it('keeps no timer for what never comes, and does not wait for what is past', () => {
    vi.useFakeTimers()
    systemClock.after(Number.POSITIVE_INFINITY, () => {})
    expect(vi.getTimerCount()).toBe(0)
    let ran = 0
    systemClock.after(-5, () => ran++)
    vi.advanceTimersByTime(0)
    expect(ran).toBe(1)
  })

  it('lets what already waits go first when it yields', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      systemClock.yield(() => {
        order.push('yielded')
        resolve()
      })
      queueMicrotask(() => order.push('microtask'))
    })
    expect(order).toEqual(['microtask', 'yielded'])
  })
})

describe('the manual clock', () => {
  it('stands still until it is moved, and then runs what falls due in order', async () => {
    const clock = createManualClock(1_000)
    const ran: string[] = []
    const note = (name: string) => () => void ran.push(`${name} at ${clock.now()}`)
    clock.after(20, note('second'))
    clock.after(10, note('first'))
    clock.after(20, note('third'))
    clock.after(31, note('later'))
    expect([clock.now(), ran]).toEqual([1_000, []])
    await clock.advance(30)
    expect(ran).toEqual(['first at 1010', 'second at 1020', 'third at 1020'])
    expect([clock.now(), clock.pending]).toEqual([1_030, 1])
  })

  it('runs within one move what a timer sets for within it', async () => {
    const clock = createManualClock(0)
    const ran: number[] = []
    const again = () => {
      ran.push(clock.now())
      clock.after(10, again)
    }
    clock.after(10, again)
    await clock.advance(35)
    expect(ran).toEqual([10, 20, 30])
  })

  it('lets promises go on between two timers', async () => {
    const clock = createManualClock(0)
    const order: string[] = []
    clock.after(1, () => void Promise.resolve().then(() => order.push('what the first began')))
    clock.after(2, () => void order.push('second'))
    await clock.advance(2)
    expect(order).toEqual(['what the first began', 'second'])
  })

  it('forgets a timer that is called off, also by one that runs before it', async () => {
    const clock = createManualClock(0)
    let ran = 0
    const cancel = clock.after(2, () => ran++)
    clock.after(1, cancel)
    clock.after(Number.POSITIVE_INFINITY, () => ran++)
    await clock.advance(10)
    cancel()
    expect([ran, clock.pending]).toEqual([0, 0])
  })
})
