/** Commands in a real pseudo-terminal. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readProcess } from '../../../actors/shell/process-table.js'
import { shell } from '../../../actors/shell/shell.js'
import { task } from '../../../actors/task/define.js'
import type { TroupeError } from '../../../src/errors.js'
import { createSystem, type System } from '../../../src/system/system.js'
import { type Recording, record } from '../../kit/events.js'

let system: System
let seen: Recording
beforeEach(() => {
  system = createSystem({ onError: () => {} })
  seen = record(system)
})
afterEach(() => system.stop({ force: true }))

const begin = (command: string, more: object = { terminal: true }) => {
  const sh = system.spawn(shell)
  const job = system.spawn(task({ to: sh, message: { type: 'run', command, ...more } }))
  const text = () => seen.events.map((event) => (event.type === 'task.output' && event.id === job.id ? event.data : '')).join('')
  const printed = async (part: string) => {
    if (!text().includes(part)) await seen.until(() => text().includes(part))
  }
  return { sh, job, text, printed }
}
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: TroupeError) => error,
  )

describe('a command in a terminal', () => {
  it('has one, of the size that was asked for, and says so', async () => {
    const { job, text } = begin('test -t 0 && test -t 1 && test -t 2 && stty size && echo $TERM', {
      terminal: { columns: 101, rows: 33 },
    })
    expect(await job.result()).toMatchObject({ exitCode: 0 })
    expect(text()).toBe('33 101\r\nxterm-256color\r\n')
  })

  it('is told of another size', async () => {
    const { sh, job, printed } = begin(`trap 'stty size; exit 0' WINCH; echo up; while :; do sleep 0.02; done`)
    await printed('up')
    await sh.ask({ type: 'resize', columns: 55, rows: 11 })
    await job.result()
    await printed('11 55')
  })

  it('hears what is typed while it runs, though the agent is busy', async () => {
    const { sh, job, text, printed } = begin('stty -echo; echo ready; read name; echo "hello $name"; read more; echo "and $more"')
    await printed('ready')
    await sh.ask({ type: 'input', data: 'ada\n' })
    await printed('hello ada')
    sh.send({ type: 'input', data: 'bob\n' })
    await job.result()
    expect(text()).toBe('ready\r\nhello ada\r\nand bob\r\n')
  })

  it.each<[string, readonly object[], string]>([
    ['within a line', [{ data: 'partial', end: true }], 'partial'],
    ['within a line that was typed before', [{ data: 'part' }, { data: 'ial' }, { end: true }], 'partial'],
    ['after a line, once', [{ data: 'line\n' }, { end: true }], 'line\r\n'],
    ['before anything was typed, once', [{ end: true }], ''],
  ])('ends its input %s', async (_where, inputs, heard) => {
    const { sh, job, text, printed } = begin('stty -echo; echo up; cat; echo "<"; read more && echo "$more"')
    await printed('up')
    // Parts of one message, as their types are not known here.
    for (const input of inputs) await sh.ask({ type: 'input', ...input } as never)
    await printed('<')
    await sh.ask({ type: 'input', data: 'more\n' })
    await job.result()
    expect(text()).toBe(`up\r\n${heard}<\r\nmore\r\n`)
  })

  it('is interrupted by the key for it', async () => {
    const { sh, job, printed } = begin(`trap 'echo bye; exit 7' INT; echo up; while :; do sleep 0.02; done`)
    await printed('up')
    await sh.ask({ type: 'input', data: '\x03' })
    expect(await failureOf(job.result())).toMatchObject({ details: { exitCode: 7 } })
  })

  it('is read to its end, whoever is busy meanwhile, and a flood does not keep others waiting', async () => {
    const { job, text } = begin('head -c 3000000 /dev/zero | tr "\\0" x; exit 3')
    const other = begin('echo other', {})
    await other.job.result()
    const block = system.listen('task.*.output', () => {
      for (const end = performance.now() + 2; performance.now() < end; );
    })
    expect(await failureOf(job.result())).toMatchObject({ details: { exitCode: 3 } })
    block()
    expect(text()).toHaveLength(3_000_000)
  })

  it('keeps no more in memory than the journal does, however much it prints', async () => {
    const { sh, job, printed } = begin('yes "a line that fills the screen, and goes on, and on"')
    await printed('a line')
    const before = process.memoryUsage().arrayBuffers
    let pieces = 0
    await seen.until((event) => event.type === 'task.output' && ++pieces > 2_000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32_000_000)
    expect(await sh.pause()).toMatchObject({ state: 'paused' })
    await job.cancel()
  })

  it('does not stand still, nor does anybody else, when a command does not read what is typed', async () => {
    const { sh, job, printed } = begin('stty raw -echo; echo up; exec sleep 600')
    await printed('up')
    await sh.ask({ type: 'input', data: 'x'.repeat(500_000) })
    expect(await failureOf(sh.ask({ type: 'input', data: 'x'.repeat(900_000) }))).toMatchObject({ code: 'QUEUE_FULL' })
    await job.cancel()
  })

  it('ends with everybody in it, job control or not', async () => {
    const { job, text, printed } = begin(`set -m; sleep 600 & echo $!; (trap '' HUP; sleep 600) & echo $!; echo up; wait`)
    await printed('up')
    const pids = text().match(/\d+(?=\r)/g)
    await job.cancel()
    expect(pids).toHaveLength(2)
    for (const pid of pids ?? []) expect(readProcess(Number(pid))?.state ?? 'Z').toBe('Z')
  })

  it.each<[string, object]>([
    ['pipes', {}],
    ['a terminal', { terminal: true }],
  ])('is nothing to the command of another agent, in %s: that neither reads it nor types in it', async (_in, more) => {
    const first = begin('echo up; read line; echo "heard $line"')
    const second = begin('echo up; exec sleep 600')
    await Promise.all([first.printed('up'), second.printed('up')])
    const other = begin('tty; ls -l /proc/self/fd', more)
    await other.job.result()
    const [own = ''] = other.text().split(/\r?\n/)
    const terminals = other.text().match(/(?<= -> )\/dev\/(ptmx|pts).*?(?=\r?\n)/g) ?? []
    expect(terminals).toEqual('terminal' in more ? [own, own, own] : [])
    await first.sh.ask({ type: 'input', data: 'ada\n' })
    await first.job.result()
    expect(first.text()).toContain('heard ada')
    await second.job.cancel()
  })

  it('is one that it can read its input from by the name that everybody knows, and edits characters of several bytes', async () => {
    const { job, text } = begin('stty -a | grep -ow -e iutf8; echo yes >/dev/tty; ps -o tpgid= -p $$ | grep -c "^ *$$$"')
    await job.result()
    expect(text()).toBe('iutf8\r\nyes\r\n1\r\n')
  })

  it('refuses a variable that would be cut short', async () => {
    const { job } = begin('env', { terminal: true, env: { ZZ: 'a\0b' } })
    expect(await failureOf(job.result())).toMatchObject({
      code: 'FAILED',
      message: expect.stringMatching(/could not be started.*null bytes/),
    })
  })

  it('fails as a shell does when its program is missing', async () => {
    const { job } = begin('no-such-program-here')
    expect(await failureOf(job.result())).toMatchObject({
      details: { exitCode: 127, tail: expect.stringContaining('not found') },
    })
  })
})

describe('a command with pipes', () => {
  it('hears what it is told while it runs, where it was begun as interactive', async () => {
    const { sh, job, text, printed } = begin('while read line; do echo "got $line"; done; echo end', {
      interactive: true,
      stdin: 'one\n',
    })
    await printed('got one')
    await sh.ask({ type: 'input', data: 'two\n' })
    await printed('got two')
    await sh.ask({ type: 'input', end: true })
    await job.result()
    expect(text()).toBe('got one\ngot two\nend\n')
  })

  it('takes no input after its end, and that is said', async () => {
    const { sh, job, printed } = begin('echo up; cat; echo end; exec sleep 600', { interactive: true })
    await printed('up')
    await sh.ask({ type: 'input', data: 'one\n', end: true })
    expect(await failureOf(sh.ask({ type: 'input', data: 'lost' }))).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(/takes no input any more: it was ended/),
    })
    await printed('one\nend\n')
    await job.cancel()
  })

  it.each<[string, object, RegExp]>([
    ['takes no input when it was not begun so', { type: 'input', data: 'x' }, /takes no input any more/],
    ['has no size', { type: 'resize', columns: 10, rows: 10 }, /runs in no terminal/],
    ['is not meant by another task', { type: 'input', data: 'x', task: 'other' }, /No command runs here for the task other/],
  ])('%s, and that is said', async (_what, message, sentence) => {
    const { sh, job, printed } = begin('echo up; exec sleep 600', {})
    await printed('up')
    // What is sent is wrong on purpose only in what the command can do with it.
    expect(await failureOf(sh.ask(message as never))).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringMatching(sentence),
    })
    await job.cancel()
  })
})
