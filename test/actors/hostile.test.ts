/** Code of users that does what no code should: nothing of it harms the agent beyond its policy, the neighbours, or the process. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agent, task } from '../../actors/index.js'
import { createManualClock } from '../../src/clock.js'
import { stop } from '../../src/system/strategy.js'
import { createSystem, type System } from '../../src/system/system.js'

let system: System
let told: string[]
beforeEach(() => {
  told = []
  system = createSystem({ onError: (error, where) => told.push(`${where}: ${error.message}`) })
})
afterEach(() => system.stop({ force: true }))

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const boom = (text: string): never => {
  throw new Error(text)
}
/** Throws whenever it is looked at. */
const trap = () => new Proxy({}, { get: () => boom('looked at'), getPrototypeOf: () => boom('looked at') })

describe('a handler', () => {
  const hostile = agent('hostile', {
    hears: { getter: {}, call: {}, proxy: {}, ok: {} },
    onFailure: stop(),
    on: {
      getter: () => Object.defineProperty({}, 'then', { get: () => boom('then was looked at') }),
      // biome-ignore lint/suspicious/noThenProperty: a thenable of a user is what is tested.
      call: () => ({ then: () => boom('then was called') }),
      proxy: async () => {
        throw trap()
      },
      ok: () => 'ok',
    },
  })

  it.each(['getter', 'call', 'proxy'] as const)(
    'whose promise is none (%s) crashes its agent, and its ask and task end',
    async (type) => {
      await expect(system.spawn(hostile).ask({ type })).rejects.toMatchObject({ code: 'CRASHED' })
      const ada = system.spawn(hostile)
      await expect(system.spawn(task({ to: ada, message: { type } })).result()).rejects.toMatchObject({ code: 'CRASHED' })
      await ada.result()
    },
  )

  it('that stops its own agent before its first await is waited for', async () => {
    const seen: string[] = []
    const ender = agent('ender', {
      hears: { end: {} },
      on: {
        async end(_, { stage, id, sleep }) {
          void stage.agent(id).stop({ grace: 10_000 })
          await sleep(5)
          seen.push('finished')
        },
      },
    })
    const ada = system.spawn(ender)
    ada.send({ type: 'end' })
    await ada.result()
    expect(seen).toEqual(['finished'])
  })

  it('that stops its own agent by force before its first await is told so', async () => {
    const clock = createManualClock()
    const slow = createSystem({ clock, onError: (error) => told.push(error.message) })
    const ender = agent('ender', {
      hears: { end: {} },
      on: {
        async end(_, { stage, id, signal }) {
          void stage.agent(id).stop({ force: true })
          told.push(`aborted ${signal.aborted}`)
          await new Promise(() => {})
        },
      },
    })
    const ada = slow.spawn(ender)
    ada.send({ type: 'end' })
    await clock.advance(20_000)
    await ada.result()
    expect(told).toEqual(['aborted true', expect.stringMatching(/did not end within 10000 ms/)])
    await slow.stop()
  })

  it('that pauses its own agent before its first await is held at its next checkpoint', async () => {
    const seen: string[] = []
    const pauser = agent('pauser', {
      hears: { go: {} },
      on: {
        async go(_, { stage, id, checkpoint }) {
          void stage.agent(id).pause()
          await turn()
          seen.push('before')
          await checkpoint()
          seen.push('after')
        },
      },
    })
    const ada = system.spawn(pauser)
    const done = ada.ask({ type: 'go' })
    await turn()
    await turn()
    expect(seen).toEqual(['before'])
    await ada.resume()
    await done
    expect(seen).toEqual(['before', 'after'])
  })

  it('whose message was none leaves the letters behind it in place', async () => {
    const ada = system.spawn(hostile)
    await ada.ready
    // Code without types can send anything.
    for (const message of [null, 7, {}, { type: 5 }] as unknown as { type: 'ok' }[]) ada.send(message)
    expect(await ada.ask({ type: 'ok' })).toBe('ok')
    expect(system.state.deadLetters).toBe(4)
  })
})

describe('an asynchronous callback', () => {
  it('of a subscriber that rejects is detached and reported', async () => {
    let heard = 0
    const subscriber = async () => {
      heard++
      boom('subscriber')
    }
    const listener = async () => boom('listener')
    system.channel('team.blue').subscribe(subscriber)
    // biome-ignore lint/nursery/noMisusedPromises: what users do is what is tested.
    system.listen('team.blue', listener)
    await system.channel('team.blue').publish(1)
    await turn()
    await system.channel('team.blue').publish(2)
    await turn()
    expect([heard, told]).toEqual([1, [expect.stringMatching(/subscriber$/), expect.stringMatching(/listener$/)]])
  })

  it('of an abort signal that throws or rejects is reported, and one that was taken back is not called', async () => {
    const seen: string[] = []
    const taken = () => seen.push('taken')
    const listener = agent('listener', {
      hears: { go: {} },
      on: {
        async go(_, { signal, sleep }) {
          signal.addEventListener('abort', () => boom('listener'))
          signal.addEventListener('abort', { handleEvent: () => boom('object') })
          signal.addEventListener('abort', taken)
          signal.removeEventListener('abort', taken)
          signal.onabort = async () => boom('onabort')
          signal.addEventListener('abort', () => seen.push('kept'), { once: true })
          await sleep(60_000)
        },
      },
    })
    const t = system.spawn(task({ to: system.spawn(listener), message: { type: 'go' } }))
    await turn()
    await t.cancel()
    await turn()
    expect(told.map((each) => each.split(': ')[1]).sort()).toEqual(['listener', 'object', 'onabort'])
    expect(seen).toEqual(['kept'])
  })

  it('of a pause hook that rejects is reported', async () => {
    const hook = async () => boom('hook')
    const hooked = agent('hooked', {
      hears: { go: {} },
      on: {
        go(_, { onPause, sleep }) {
          onPause(hook, () => {})
          return sleep(60_000)
        },
      },
    })
    const ada = system.spawn(hooked)
    ada.send({ type: 'go' })
    await turn()
    await ada.pause()
    await turn()
    expect(told).toEqual([expect.stringMatching(/a pause hook of agent .*: hook/)])
  })
})

describe('a ballot hook', () => {
  it('that votes for what is not offered was silent: it has abstained', async () => {
    const odd = agent('odd', { hears: {}, on: { ballot: (_, { vote }) => vote('nonsense') } })
    const ballot = system.propose('?', { voters: [system.spawn(odd)], choices: ['yes'] })
    expect(await ballot.result()).toMatchObject({ decision: null, abstained: 1 })
  })
})
