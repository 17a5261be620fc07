/** What the house rests on in XState and RxJS, so that an upgrade of either shows what changed. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { assign, createActor, fromPromise, SimulatedClock, setup, waitFor } from 'xstate'

const root = join(import.meta.dirname, '../..')

/** What a script prints in a process of its own, where an uncaught exception can be had without ending this one. */
const printed = async (script: string): Promise<string[]> => {
  const watched = `process.on('uncaughtException', (error) => console.log('uncaught: ' + error.message))\n${script}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', watched], { cwd: root })
  return stdout.trim().split('\n')
}

const failing = setup({
  actions: {
    fail: () => {
      throw new Error('thrown in an action')
    },
  },
}).createMachine({ initial: 'well', states: { well: { on: { FAIL: { actions: 'fail' }, GO: 'gone' } }, gone: {} } })

afterEach(() => void vi.restoreAllMocks())

describe('xstate', () => {
  it('is of the major version that these facts were found in', () => {
    expect(createRequire(import.meta.url)('xstate/package.json')).toMatchObject({ version: expect.stringMatching(/^5\./) })
  })

  it('delivers on the stack of the sender, so a relay is as deep as it is long', () => {
    let depth = 0
    let deepest = 0
    const last = { send: (_event: { type: 'PASS' }) => {} }
    const relay = Array.from({ length: 5 }).reduce<{ send(event: { type: 'PASS' }): void }>((next) => {
      const pass = () => {
        depth++
        deepest = Math.max(deepest, depth)
        next.send({ type: 'PASS' })
        depth--
      }
      return createActor(setup({ actions: { pass } }).createMachine({ on: { PASS: { actions: 'pass' } } })).start()
    }, last)
    relay.send({ type: 'PASS' })
    expect(deepest).toBe(5)
  })

  it('fires a delay beyond 2^31-1 milliseconds at once', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const machine = setup({ delays: { far: 2 ** 31 } }).createMachine({
      initial: 'waiting',
      states: { waiting: { after: { far: 'fired' } }, fired: {} },
    })
    const actor = createActor(machine).start()
    await expect(waitFor(actor, (snapshot) => snapshot.matches('fired'), { timeout: 5_000 })).resolves.toBeDefined()
  })

  it('loses a delay when its snapshot is restored', () => {
    const machine = setup({}).createMachine({
      initial: 'waiting',
      states: { waiting: { after: { 100: 'fired' } }, fired: {} },
    })
    const before = createActor(machine, { clock: new SimulatedClock() }).start()
    const clock = new SimulatedClock()
    const after = createActor(machine, { clock, snapshot: before.getPersistedSnapshot() }).start()
    clock.increment(1_000)
    expect(after.getSnapshot().value).toBe('waiting')
  })

  it('runs an invoked promise again when its snapshot is restored', () => {
    let runs = 0
    const work = fromPromise(() => {
      runs++
      return new Promise<void>(() => {})
    })
    const machine = setup({ actors: { work } }).createMachine({ invoke: { src: 'work' } })
    const actor = createActor(machine).start()
    createActor(machine, { snapshot: actor.getPersistedSnapshot() }).start()
    expect(runs).toBe(2)
  })

  it('lets an event that nothing handles vanish, and keeps the identity of the state', () => {
    const actor = createActor(failing)
    const error = vi.fn()
    actor.subscribe({ error })
    actor.start()
    const { value } = actor.getSnapshot()
    // The machine declares no events, so any may be sent: what is asked is what becomes of an unknown one.
    actor.send({ type: 'UNKNOWN' })
    expect(actor.getSnapshot().value).toBe(value)
    expect(error).not.toHaveBeenCalled()
  })

  it('leaves an actor that failed dead: it takes no more events', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const actor = createActor(failing)
    actor.subscribe({ error: () => {} })
    actor.start()
    actor.send({ type: 'FAIL' })
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', value: 'well' })
    actor.send({ type: 'GO' })
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', value: 'well' })
  })

  it('leaves the children of a failed actor running', () => {
    const parent = createActor(
      setup({ actors: { failing } }).createMachine({
        context: ({ spawn }) => ({ kept: spawn('failing', { id: 'kept' }) }),
        on: {
          FAIL: {
            actions: () => {
              throw new Error('the parent fails')
            },
          },
        },
      }),
    )
    parent.subscribe({ error: () => {} })
    parent.start()
    parent.send({ type: 'FAIL' })
    expect(parent.getSnapshot().status).toBe('error')
    expect(parent.getSnapshot().children['kept']?.getSnapshot().status).toBe('active')
  })

  it('never lets go of a named child that is done', () => {
    const brief = setup({}).createMachine({ initial: 'done', states: { done: { type: 'final' } } })
    const parent = createActor(
      setup({ actors: { brief } }).createMachine({
        context: {},
        on: { SPAWN: { actions: assign(({ spawn }) => ({ kept: spawn('brief', { id: 'brief' }) })) } },
      }),
    ).start()
    parent.send({ type: 'SPAWN' })
    expect(Object.keys(parent.getSnapshot().children)).toEqual(['brief'])
  })

  it('is wedged for good by an inspector that throws once while an event is worked on', () => {
    let throws = false
    const actor = createActor(failing, {
      inspect: ({ type }) => {
        if (!throws || type !== '@xstate.snapshot') return
        throws = false
        throw new Error('thrown in the inspector')
      },
    })
    actor.subscribe({ error: () => {} })
    actor.start()
    throws = true
    expect(() => actor.send({ type: 'UNKNOWN' })).toThrow('thrown in the inspector')
    actor.send({ type: 'GO' })
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: 'well' })
  })

  const crash = (observer: string) => `
    import { createActor, setup } from 'xstate'
    const actor = createActor(setup({}).createMachine({ on: { FAIL: { actions: () => { throw new Error('boom') } } } }))
    actor.subscribe({ error: () => console.log('handled') })
    actor.subscribe(${observer})
    actor.start()
    actor.send({ type: 'FAIL' })`

  it('makes an uncaught exception of a failure for each subscription without an error observer', async () => {
    expect(await printed(crash('() => {}'))).toEqual(['handled', 'uncaught: boom'])
  })

  it('makes none when every subscription has one', async () => {
    expect(await printed(crash('{ next: () => {}, error: () => {} }'))).toEqual(['handled'])
  })

  it('rethrows what a subscriber throws as an uncaught exception', async () => {
    const script = `
      import { createActor, setup } from 'xstate'
      const actor = createActor(setup({}).createMachine({ initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } }))
      actor.subscribe({ next: () => { throw new Error('boom') }, error: () => {} })
      actor.start()
      actor.send({ type: 'GO' })
      console.log(actor.getSnapshot().value)`
    expect(await printed(script)).toEqual(expect.arrayContaining(['b', 'uncaught: boom']))
  })
})

describe('rxjs', () => {
  it('rethrows what a subscriber throws as an uncaught exception, after its neighbours were served', async () => {
    const script = `
      import { Subject } from 'rxjs'
      const subject = new Subject()
      subject.subscribe(() => { throw new Error('boom') })
      subject.subscribe((value) => console.log('neighbour: ' + value))
      subject.next(1)
      console.log('returned')`
    expect(await printed(script)).toEqual(['neighbour: 1', 'returned', 'uncaught: boom'])
  })
})
