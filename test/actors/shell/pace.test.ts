/** How a command's output is held back, on a clock that moves when told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Pace } from '../../../actors/shell/pace.js'
import { shell } from '../../../actors/shell/shell.js'
import { task } from '../../../actors/task/define.js'
import { createManualClock } from '../../../src/clock.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { type Recording, record } from '../../kit/events.js'

const told = (pace: Pace, pieces: number) => {
  for (let at = 0; at < pieces; at++) pace.told()
}
/** Whether another piece may be read, without waiting for it. */
const isReady = async (pace: Pace) => {
  let ready = false
  void pace.ready().then(() => {
    ready = true
  })
  for (let turns = 0; turns < 5; turns++) await undefined
  return ready
}

describe('a pace', () => {
  it('lets as much be on its way as its window says, and more when that was taken', async () => {
    const pace = new Pace(3, createManualClock())
    told(pace, 2)
    expect(await isReady(pace)).toBe(true)
    told(pace, 1)
    expect(await isReady(pace)).toBe(false)
    pace.took(1)
    expect(await isReady(pace)).toBe(true)
    told(pace, 1)
    // What is said twice, or late, counts once.
    pace.took(1)
    pace.took(0)
    expect(await isReady(pace)).toBe(false)
  })

  it('waits for nobody who has taken nothing for a minute, until something is taken', async () => {
    const clock = createManualClock()
    const pace = new Pace(1, clock)
    told(pace, 1)
    const waits = pace.ready()
    await clock.advance(60_000)
    await waits
    told(pace, 5)
    expect(await isReady(pace)).toBe(true)
    pace.took(3)
    expect(await isReady(pace)).toBe(false)
  })

  it('waits for nobody after it was opened, and leaves no timer', async () => {
    const clock = createManualClock()
    const pace = new Pace(1, clock)
    told(pace, 1)
    const waits = pace.ready()
    pace.open()
    await waits
    pace.took(0)
    told(pace, 5)
    expect([await isReady(pace), clock.pending]).toEqual([true, 0])
  })
})

describe('a command that was given a window', () => {
  let system: System
  let seen: Recording
  beforeEach(() => {
    system = createSystem({ onError: () => {} })
    seen = record(system, 'task.*.#')
  })
  afterEach(() => system.stop({ force: true }))

  const pieces = () => seen.events.filter((event) => event.type === 'task.output' && event.data.includes('x'))
  const begin = (command: string) => {
    const sh = system.spawn(shell)
    return { sh, job: system.spawn(task({ to: sh, message: { type: 'run', command, window: 2 } })) }
  }

  it('has ended only when all of it was taken, though it was shorter than what a pipe holds', async () => {
    const { sh, job } = begin('head -c 100000 /dev/zero | tr "\\0" x')
    let over = false
    const result = job.result().then(() => {
      over = true
    })
    // Nothing is taken for longer than silence is waited for after an end.
    const { sh: other } = begin('true')
    await system.spawn(task({ to: other, message: { type: 'run', command: 'sleep 0.7' } })).result()
    expect(over).toBe(false)
    for (let taken = 0; !over; ) {
      if (pieces().length === taken) await Promise.race([result, seen.until(() => pieces().length > taken)])
      taken = pieces().length
      if (!over) await sh.ask({ type: 'took', task: job.id, pieces: taken })
    }
    expect(pieces().reduce((length, event) => length + (event.type === 'task.output' ? event.data.length : 0), 0)).toBe(100_000)
  })

  it('is held back no more when it is told to end', async () => {
    const { job } = begin('yes')
    await seen.until((event) => event.type === 'task.output')
    await job.cancel()
    expect(system.state.tasks.get(job.id)?.state).toBe('cancelled')
  })
})
