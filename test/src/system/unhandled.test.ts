import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A program of its own, since this process's hooks belong to the test runner. */
const run = (body: string) =>
  new Promise<{ code: number | null; out: string }>((resolve) => {
    const head = `
      import { config, map, merge, Subject } from 'rxjs'
      import { createSystem, stop } from 'troupe'
      import { agent } from 'troupe/actors'
      const turn = () => new Promise((resolve) => setTimeout(resolve, 2))
      const told = []
      const onError = (error, where) => told.push(where + ': ' + error.message)
    `
    const args = ['--import', 'tsx', '--input-type=module', '-e', head + body]
    const child = execFile(process.execPath, args, { cwd: root }, (_, out) => resolve({ code: child.exitCode, out }))
  })

const rejection = (catchUnhandled: boolean) => `
  const system = createSystem({ catchUnhandled: ${catchUnhandled}, onError })
  void Promise.reject(new Error('nobody waits'))
  await turn()
  await system.stop()
  console.log(told.join(), process.listenerCount('unhandledRejection'), process.listenerCount('uncaughtException'))
`

const leftBehind = `
  const careless = agent('careless', {
    hears: { promise: {}, timer: {} },
    onFailure: stop(),
    on: {
      promise: () => void Promise.reject(new Error('a promise')),
      timer: () => void setTimeout(() => { throw new Error('a timer') }),
    },
  })
  const system = createSystem({ catchUnhandled: true, onError })
  const seen = []
  system.channel('agent.*.status').subscribe((event) => event.state === 'crashed' && seen.push(event.id + ' ' + event.error.message))
  for (const type of ['promise', 'timer']) {
    const ada = system.spawn(careless, { id: type })
    ada.send({ type })
    await ada.result()
  }
  await system.stop()
  console.log(seen.join(), told.join())
`

const subscribers = `
  const system = createSystem({ onError })
  const greeter = agent('greeter', { hears: { go: {} }, on: { go: () => {} } })
  const states = system.channel('agent.*.status')
  const boom = (name) => () => { throw new Error(name) }
  const relay = new Subject()
  let heard = 0
  relay.subscribe(boom('subject'))
  states.subscribe(relay)
  merge(states, relay).subscribe(boom('merge'))
  states.pipe(map(boom('map'))).subscribe()
  states.subscribe(async () => { heard++ })
  system.spawn(greeter)
  await turn()
  await system.stop()
  await turn()
  console.log([...new Set(told.map((each) => each.split(': ')[1]))].sort().join(), heard, config.onUnhandledError)
`

describe('what user code throws where no caller sees it', { timeout: 60_000 }, () => {
  it('is told to onError when that is asked for, and ends the process as ever when it is not', async () => {
    const [caught, left] = await Promise.all([run(rejection(true)), run(rejection(false))])
    expect(caught).toEqual({ code: 0, out: 'code that nobody waits for: nobody waits 0 0\n' })
    expect(left).toEqual({ code: 1, out: '' })
  })

  it('crashes the agent whose code left it behind', async () => {
    expect(await run(leftBehind)).toEqual({ code: 0, out: 'promise a promise,timer a timer \n' })
  })

  it('reaches onError from subscribers behind any operator, and nothing of it stays with RxJS', async () => {
    expect(await run(subscribers)).toEqual({ code: 0, out: 'map,merge,subject 3 null\n' })
  })
})
