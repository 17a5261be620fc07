/** The progress of a check: one line a task that moves on a terminal, plain lines elsewhere. */

import type { Check } from '../../examples/ci/index.js'
import type { View } from '../../src/protocol/view.js'
import type { System } from '../../src/system/system.js'
import { colors } from './colors.js'
import { readable } from './values.js'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** Milliseconds between two pictures. */
const frameTime = 100
const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

type Row = NonNullable<ReturnType<View['tasks']['get']>>

const mark = ({ state, attempt }: Row, frame: number): string => {
  if (state === 'completed') return colors.green('✓')
  if (state === 'failed' && attempt > 0) return colors.red('✗')
  if (state === 'failed' || state === 'cancelled') return colors.yellow('–')
  return state === 'running' ? colors.cyan(frames[frame % frames.length] ?? '') : colors.dim('·')
}

const word = (row: Row, now: number): string => {
  const spent = row.startedAt === undefined ? '' : readable((row.endedAt ?? now) - row.startedAt)
  if (row.state === 'running')
    return `${spent}${row.attempt > 1 ? ', second try' : ''}${row.progress > 0 ? `, ${Math.round(row.progress)} %` : ''}`
  if (row.state === 'failed' && row.attempt === 0) return 'not run'
  if (row.state === 'completed' || row.state === 'failed') return `${spent}${row.attempt > 1 ? `, ${row.attempt} tries` : ''}`
  return row.blocked ? 'waits' : row.state
}

/** Shows the check until the returned function is called: as a picture on a terminal that has room for it, unless plain lines are wanted. */
export const showProgress = (system: System, check: Check, out: NodeJS.WriteStream, plain = false): (() => void) => {
  const rows = () => [...check.tasks.values()].flatMap((id) => system.state.tasks.get(id) ?? [])
  const dumb = process.env['TERM'] === 'dumb' || (out.rows > 0 && out.rows < rows().length + 3)
  return out.isTTY && !plain && !dumb ? picture(system, check, out, rows) : lines(system, check, out, rows)
}

const picture = (system: System, check: Check, out: NodeJS.WriteStream, rows: () => Row[]): (() => void) => {
  let frame = 0
  let drawn = 0
  const draw = () => {
    const now = system.clock.now()
    const all = rows()
    const wide = Math.max(...all.map((row) => row.title.length), 4)
    // Less the mark, the space after it and the last column, where some terminals begin a new line of themselves.
    const room = Math.max(1, (out.columns || 80) - 3)
    const line = (row: Row) => {
      const title = row.title.padEnd(wide)
      const whole = `${title}  ${word(row, now)}`
      const shown = whole.length > room ? `${whole.slice(0, room - 1)}…` : whole
      return `${mark(row, frame)} ${shown.slice(0, title.length)}${colors.dim(shown.slice(title.length))}`
    }
    const done = system.state.swarms.get(check.swarm.id)?.progress ?? 0
    const text = [...all.map(line), colors.dim(`${String(done).padStart(3)} %`)]
    out.write(`${drawn > 0 ? `\u001b[${drawn}A\r` : ''}\u001b[J${text.join('\n')}\n`)
    drawn = text.length
    frame++
  }
  const restore = () => out.write(showCursor)
  out.write(hideCursor)
  process.once('exit', restore)
  draw()
  let cancel = () => {}
  const again = () => {
    cancel = system.clock.after(frameTime, () => {
      draw()
      again()
    })
  }
  again()
  return () => {
    cancel()
    draw()
    restore()
    process.off('exit', restore)
  }
}

/** What a line says of a task; nothing of the states that are of no interest afterwards. */
const phrase = (row: Row, now: number): string | undefined => {
  if (row.state === 'running') return row.attempt > 1 ? 'started again' : 'started'
  if (row.state === 'crashed') return 'failed, tried again'
  if (row.state === 'cancelled') return 'cancelled'
  if (row.state === 'failed' && row.attempt === 0) return 'not run'
  return row.state === 'completed' || row.state === 'failed' ? `${row.state} ${word(row, now)}` : undefined
}

const lines = (system: System, check: Check, out: NodeJS.WriteStream, rows: () => Row[]): (() => void) => {
  const mine = new Set(check.tasks.values())
  const say = (id: string) => {
    const row = rows().find((each) => each.id === id)
    if (!row) return
    const what = phrase(row, system.clock.now())
    const done = system.state.swarms.get(check.swarm.id)?.progress ?? 0
    if (what) out.write(`${String(done).padStart(3)} %  ${row.title}: ${what}\n`)
  }
  for (const row of rows()) if (row.state === 'running') say(row.id)
  return system.listen('task.*.status', ({ event }) => {
    if (event.type === 'task.status' && mine.has(event.id)) say(event.id)
  })
}
