/** Families that do not stand still: whoever starts the next one and ends is stopped and ended all the same. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cgroup } from '../../../actors/shell/cgroup.js'
import { runChild } from '../../../actors/shell/child.js'
import { agentGroup, removeGroup } from '../../../actors/shell/containment.js'
import type { ProcessFamily } from '../../../actors/shell/family.js'
import { listProcesses, type ProcessFacts, readProcess } from '../../../actors/shell/process-table.js'
import { TroupeError } from '../../../src/errors.js'

const group = agentGroup('family-test')
afterAll(() => void (group && removeGroup(group)))

let dir: string
let written: string
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-family-')))
  written = join(dir, 'written')
  // Each writes a byte, starts the next in a session of its own, and ends. Without its file there is no next one.
  writeFileSync(join(dir, 'hop'), `[ -e "$1" ] || exit; printf x >> "$1"; exec setsid -f sh "$0" "$1"`)
  writeFileSync(written, '')
})
afterEach(async () => {
  rmSync(dir, { recursive: true, force: true })
  await until(() => hoppers().length === 0)
})

const begin = (command: string, more: object = {}) => {
  const controller = new AbortController()
  let family: ProcessFamily | undefined
  let heard = () => {}
  const printed = new Promise<void>((resolve) => {
    heard = resolve
  })
  const result = runChild({
    command,
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    signal: controller.signal,
    grace: 100,
    onStart: (started) => {
      family = started
    },
    onOutput: () => heard(),
    ...more,
  })
  return {
    controller,
    result,
    printed,
    family: () => family ?? expect.fail('it has not started'),
    hasStarted: () => family !== undefined,
  }
}
const until = async (fits: () => boolean) => {
  for (const end = Date.now() + 10_000; !fits(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('it did not come about within 10 s')
}
const lineOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
const hoppers = (): ProcessFacts[] => (listProcesses() ?? []).filter(({ pid }) => lineOf(pid).includes(join(dir, 'hop')))
const size = () => statSync(written).size
/** Whether nothing is written while one looks at all processes again and again: a hop takes a millisecond or two. */
const standsStill = (): boolean => {
  const before = size()
  for (let looks = 0; looks < 40; looks++) readdirSync('/proc').map((entry) => lineOf(Number(entry)))
  return size() === before
}
const hopping = () => `sh ${join(dir, 'hop')} ${written}`

const places: [string, Cgroup | undefined][] = [['without a control group', undefined]]
if (group) places.push(['in a control group', group])

describe.each(places)('a chain of processes, each of which starts the next one and ends, %s', (_where, within) => {
  const more = within ? { group: within } : {}

  it('stands still while it is paused, and goes on afterwards', async () => {
    const { controller, result, family } = begin(`${hopping()} & exec sleep 600`, more)
    for (let times = 0; times < 5; times++) {
      const before = size()
      await until(() => size() > before + 20)
      family().pause()
      await until(() => hoppers().length > 0 && hoppers().every(({ state }) => state === 'T'))
      expect(standsStill()).toBe(true)
      family().resume()
    }
    controller.abort(new TroupeError('KILLED'))
    await result
    expect([hoppers(), standsStill()]).toEqual([[], true])
  })

  it.each<[string, string, (controller: AbortController) => void]>([
    ['the end of its command', 'until [ -s written ]; do :; done', () => {}],
    ['a cancel', 'echo up; exec sleep 600', (controller) => controller.abort(new TroupeError('CANCELLED'))],
    ['a kill', 'echo up; exec sleep 600', (controller) => controller.abort(new TroupeError('KILLED'))],
  ])('has ended after %s', async (_what, command, end) => {
    const { controller, result, printed } = begin(`${hopping()} & ${command}`, more)
    if (command.startsWith('echo')) await printed
    if (command.startsWith('echo')) await until(() => size() > 20)
    end(controller)
    await result
    expect([hoppers(), standsStill()]).toEqual([[], true])
  })
})

describe('a process that its own people stopped', () => {
  it.each(places)('is not continued with those that a pause stopped, %s', async (_where, within) => {
    const stopped = join(dir, 'stopped')
    const { controller, result, family, hasStarted } = begin(
      `sleep 600 & kill -STOP $!; echo $! > stopped; while :; do printf x >> written; done`,
      within ? { group: within } : {},
    )
    await until(() => size() > 0 && hasStarted())
    const pid = Number(readFileSync(stopped, 'utf8'))
    await until(() => readProcess(pid)?.state === 'T')
    family().pause()
    // A freeze that follows a pause stops nobody anew.
    family().pause()
    await until(() => readProcess(family().pid)?.state === 'T')
    family().resume()
    const before = size()
    await until(() => size() > before)
    expect(readProcess(pid)?.state).toBe('T')
    controller.abort(new TroupeError('CANCELLED'))
    await result
    expect(['Z', undefined]).toContain(readProcess(pid)?.state)
  })
})
