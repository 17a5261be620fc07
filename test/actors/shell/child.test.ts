/** Real child processes, without an agent around them. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type ChildOptions, runChild } from '../../../actors/shell/child.js'
import { agentGroup, removeGroup } from '../../../actors/shell/containment.js'
import type { ProcessFamily } from '../../../actors/shell/family.js'
import { systemClock } from '../../../src/clock.js'
import { TroupeError } from '../../../src/errors.js'

const cwd = realpathSync(tmpdir())
const group = agentGroup('test')
afterAll(() => void (group && removeGroup(group)))
const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }

/** A command that runs: what it printed so far, and how to wait for more. */
const begin = (command: string | readonly string[], more: Partial<ChildOptions> = {}) => {
  const controller = new AbortController()
  const waiting: { text: string; found: () => void }[] = []
  const out = { stdout: '', stderr: '', pid: 0, family: undefined as ProcessFamily | undefined }
  const result = runChild({
    command,
    cwd,
    env,
    signal: controller.signal,
    grace: 2_000,
    onStart(family, { pid }) {
      Object.assign(out, { family, pid })
    },
    onOutput(data, stream) {
      out[stream] += data
      for (const each of waiting) if (out.stdout.includes(each.text)) each.found()
    },
    ...more,
  })
  const printed = (text: string) =>
    new Promise<void>((found) => (out.stdout.includes(text) ? found() : void waiting.push({ text, found })))
  return { controller, out, result, printed }
}

/** State and group of every process, by its number. */
const processes = () =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const [state = '', , group] = readFileSync(`/proc/${entry}/stat`, 'utf8')
          .replace(/^.*\)\s/s, '')
          .split(' ')
        return [{ pid: Number(entry), state, group: Number(group) }]
      } catch {
        return []
      }
    })
const membersOf = (group: number) => processes().filter((each) => each.group === group && !'ZX'.includes(each.state))
const stateOf = (pid: number) => processes().find((each) => each.pid === pid)?.state
const until = async (fits: () => boolean) => {
  for (const end = Date.now() + 10_000; !fits(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('it did not come about within 10 s')
}
const block = (milliseconds: number) => {
  for (const end = Date.now() + milliseconds; Date.now() < end; );
}
const force = () => new TroupeError('KILLED')

describe('the output of a child', () => {
  it('comes whole in pieces of at most 16 KB, a flood of 50 MB in bounded memory', async () => {
    let length = 0
    let longest = 0
    let most = 0
    const before = process.memoryUsage().arrayBuffers
    await begin('yes | head -c 50000000', {
      onOutput(data) {
        length += data.length
        longest = Math.max(longest, data.length)
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      },
    }).result
    expect(length).toBe(50_000_000)
    expect(longest).toBeLessThanOrEqual(16_384)
    expect(most).toBeLessThan(32_000_000)
  })

  it('is complete however long whoever hears it keeps the process busy', async () => {
    let length = 0
    await begin('head -c 200000 /dev/zero', {
      onOutput(data) {
        length += data.length
        block(60)
      },
    }).result
    expect(length).toBe(200_000)
  })

  it('is cut at no character, wherever pieces end', async () => {
    const stdin = `x${'€𝄞'.repeat(30_000)}`
    const { result, out } = begin('exec cat', { stdin })
    await result
    expect(out.stdout).toBe(stdin)
  })

  it('lets others have their turn during a flood', async () => {
    let turns = 0
    let over = false
    const turn = () => {
      turns++
      if (!over) systemClock.yield(turn)
    }
    systemClock.yield(turn)
    await begin('head -c 20000000 /dev/zero').result
    over = true
    expect(turns).toBeGreaterThan(20_000_000 / 65_536 / 2)
  })

  it('says what was cut off at its end as the sign for a broken character', async () => {
    const { result, out } = begin("printf 'a\\342\\202'")
    await result
    expect(out.stdout).toBe('a\uFFFD')
  })

  it('includes the last words of what it left behind', async () => {
    const { result, out, printed } = begin(`(trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.02; done) & exec sleep 600`)
    await printed('up')
    process.kill(out.pid, 'SIGKILL')
    expect(await result).toMatchObject({ signal: 'SIGKILL' })
    expect(out.stdout).toBe('up\nbye\n')
  })
})

describe('the end of a child', () => {
  it.each<[string, string]>([
    ['a session of its own', 'setsid'],
    ['a session of its own and a parent that is gone', 'setsid -f'],
    // Without a control group, nothing is left by which this one could be known.
    ...(group ? [['where no variable tells of it', 'setsid env -i PATH=$PATH'] satisfies [string, string]] : []),
  ])('is that of one who left for %s, too', async (_where, leave) => {
    const { result, out, printed } = begin(`${leave} sh -c 'echo $$; exec sleep 600' & exec sleep 600`, { group })
    await printed('\n')
    const stranger = Number.parseInt(out.stdout, 10)
    expect([undefined, 'Z', 'X']).not.toContain(stateOf(stranger))
    process.kill(out.pid, 'SIGKILL')
    await result
    expect([undefined, 'Z', 'X']).toContain(stateOf(stranger))
  })

  it('comes with the end of this process, for the whole group', async () => {
    const script = `
      import { runChild } from ${JSON.stringify(new URL('../../../actors/shell/child.ts', import.meta.url).href)}
      await runChild({
        command: 'sleep 600 & echo $$; wait', cwd: '/', env: process.env, grace: 0, signal: new AbortController().signal,
        onStart() {},
        onOutput(pid) { process.stdout.write(pid, () => process.exit(3)) },
      })`
    const host = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(host.status, host.stderr).toBe(3)
    await until(() => membersOf(Number.parseInt(host.stdout, 10)).length === 0)
  })

  it('gives those that it started the whole grace to clean up', async () => {
    const { controller, result, out, printed } = begin(
      `(trap 'sleep 1.2; echo cleaned; exit' TERM; echo up; while :; do sleep 0.02; done) & wait`,
      { grace: 10_000 },
    )
    await printed('up')
    controller.abort(new TroupeError('CANCELLED'))
    await result
    expect(out.stdout).toContain('cleaned')
    expect(membersOf(out.pid)).toEqual([])
  })

  it('comes after the grace for those that do not listen, and takes the whole group', async () => {
    const { controller, result, out, printed } = begin(`trap '' TERM; (while :; do sleep 0.02; done) & echo up; wait; wait`, {
      grace: 50,
    })
    await printed('up')
    controller.abort(new TroupeError('CANCELLED'))
    expect(await result).toMatchObject({ exitCode: null, signal: 'SIGKILL' })
    expect(membersOf(out.pid)).toEqual([])
  })

  it.each(['at once', 'after it was asked'])('comes by force %s', async (when) => {
    const { controller, result, out, printed } = begin(`trap '' TERM; echo up; while :; do sleep 0.02; done`, { grace: 600_000 })
    await printed('up')
    controller.abort(when === 'at once' ? force() : new TroupeError('CANCELLED'))
    if (when !== 'at once') controller.signal.dispatchEvent(new Event('kill'))
    expect(await result).toMatchObject({ signal: 'SIGKILL' })
    expect(membersOf(out.pid)).toEqual([])
  })

  it('comes for one that is stopped, by whomever, since it is continued so that it can hear', async () => {
    const { controller, result, out, printed } = begin(`trap 'echo bye; exit 0' TERM; echo up; while :; do :; done`, {
      grace: 600_000,
    })
    await printed('up')
    process.kill(out.pid, 'SIGSTOP')
    await until(() => stateOf(out.pid) === 'T')
    controller.abort(new TroupeError('CANCELLED'))
    expect(await result).toMatchObject({ exitCode: 0 })
    expect(out.stdout).toContain('bye')
  })

  it('comes with whatever its listeners throw, and nobody is left', async () => {
    const broken = begin('echo a; exec sleep 600', {
      onOutput() {
        throw new Error('boom')
      },
    })
    await expect(broken.result).rejects.toThrow('boom')
    expect(membersOf(broken.out.pid)).toEqual([])
    let pid = 0
    const hook = begin('exec sleep 600', {
      onStart(_family, { pid: started }) {
        pid = started
        throw new Error('no')
      },
    })
    await expect(hook.result).rejects.toThrow('no')
    expect(membersOf(pid)).toEqual([])
  })

  it('is no concern of its group afterwards: nothing is sent to a number that others may have', async () => {
    const { result, out } = begin('true')
    await result
    const sent = vi.spyOn(process, 'kill')
    out.family?.pause()
    out.family?.terminate()
    out.family?.kill()
    expect(sent).not.toHaveBeenCalled()
    sent.mockRestore()
    expect(process.listeners('exit').map((each) => each.name)).not.toContain('killAll')
  })
})

describe('a child that does not read', () => {
  it('is not a failure of whoever writes to it', async () => {
    const { result } = begin('exec true', { stdin: 'x'.repeat(4_000_000) })
    expect(await result).toMatchObject({ exitCode: 0, signal: null })
  })
})

describe('a child that cannot be started', () => {
  it.each<[string, string | string[], string, RegExp]>([
    ['its program is missing', ['no-such-program'], cwd, /no-such-program was not found on the PATH; install it/],
    ['its program is a directory', [cwd], cwd, /may not be executed; make it executable/],
    ['its directory is missing', 'true', `${cwd}/no-such-directory`, /is not a directory; create it/],
    ['its words are too many', ['true', 'x'.repeat(4_000_000)], cwd, /hand over less, or use stdin/],
  ])('says that %s', async (_why, command, directory, sentence) => {
    const { result } = begin(command, { cwd: directory })
    await expect(result).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(sentence) })
  })
})
