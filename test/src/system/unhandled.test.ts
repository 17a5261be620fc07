import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A program of its own, since this process's hooks belong to the test runner. */
const program = (catchUnhandled: boolean) => `
  import { createSystem } from 'troupe'
  import { agent } from 'troupe/actors'
  const careless = agent('careless', { hears: { go: {} }, on: { go: () => void Promise.reject(new Error('nobody waits')) } })
  const system = createSystem({ catchUnhandled: ${catchUnhandled}, onError: (error, where) => console.log(where + ': ' + error.message) })
  await system.spawn(careless).ask({ type: 'go' })
  await new Promise((resolve) => setImmediate(resolve))
  await system.stop()
  console.log('listeners ' + process.listenerCount('unhandledRejection'))
`
const run = (catchUnhandled: boolean) =>
  new Promise<{ code: number | null; out: string }>((resolve) => {
    const args = ['--import', 'tsx', '--input-type=module', '-e', program(catchUnhandled)]
    const child = execFile(process.execPath, args, { cwd: root }, (_, out) => resolve({ code: child.exitCode, out }))
  })

describe('a promise that nobody awaits', { timeout: 60_000 }, () => {
  it('is told to onError when that is asked for, and ends the process as ever when it is not', async () => {
    const [caught, left] = await Promise.all([run(true), run(false)])
    expect(caught).toEqual({ code: 0, out: 'a promise that nobody awaits: nobody waits\nlisteners 0\n' })
    expect(left).toEqual({ code: 1, out: '' })
  })
})
