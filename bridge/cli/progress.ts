/** The progress of a check: one line a task that moves on a terminal, plain lines elsewhere. */

import type { Check } from '../../examples/ci/index.js'
import type { View } from '../../src/protocol/view.js'
import type { System } from '../../src/system/system.js'
import { colors } from './colors.js'
import { widthOf } from './table.js'
import { readable } from './values.js'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** Milliseconds between two pictures. */
const frameTime = 100
const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

type Row = NonNullable<ReturnType<View['tasks']['get']>>

const mark = (state: Row['state'], frame: number): string => {
  if (state === 'completed') return colors.green('✓')
  if (state === 'failed') return colors.red('✗')
  if (state === 'cancelled') return colors.yellow('–')
  return state === 'running' ? colors.cyan(frames[frame % frames.length] ?? '') : colors.dim('·')
}

const word = (row: Row, now: number): string => {
  const spent = row.startedAt === undefined ? '' : readable((row.endedAt ?? now) - row.startedAt)
  if (row.state === 'running')
    return `${spent}${row.attempt > 1 ? ', second try' : ''}${row.progress > 0 ? `, ${Math.round(row.progress)} %` : ''}`
  if (row.state === 'completed' || row.state === 'failed') return `${spent}${row.attempt > 1 ? `, ${row.attempt} tries` : ''}`
  return row.blocked ? 'waits' : row.state
}

/** Shows the check until the returned function is called: as a picture on a terminal, unless plain lines are wanted. */
export const showProgress = (system: System, check: Check, out: NodeJS.WriteStream, plain = false): (() => void) => {
  const rows = () => [...check.tasks.values()].flatMap((id) => system.state.tasks.get(id) ?? [])
  return out.isTTY && !plain ? picture(system, check, out, rows) : lines(system, check, out, rows)
}

const picture = (system: System, check: Check, out: NodeJS.WriteStream, rows: () => Row[]): (() => void) => {
  let frame = 0
  let drawn = 0
  const draw = () => {
    const now = system.clock.now()
    const all = rows()
    const wide = Math.max(...all.map((row) => row.title.length), 4)
    const fit = (line: string) =>
      widthOf(line) < out.columns ? line : `${line.slice(0, Math.max(1, out.columns - 2))}…\u001b[0m`
    const done = system.state.swarms.get(check.swarm.id)?.progress ?? 0
    const text = [
      ...all.map((row) => fit(`${mark(row.state, frame)} ${row.title.padEnd(wide)}  ${colors.dim(word(row, now))}`)),
      colors.dim(`${String(done).padStart(3)} %`),
    ]
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

const lines = (system: System, check: Check, out: NodeJS.WriteStream, rows: () => Row[]): (() => void) => {
  const mine = new Set(check.tasks.values())
  const say = (id: string) => {
    const row = rows().find((each) => each.id === id)
    if (!row) return
    const done = system.state.swarms.get(check.swarm.id)?.progress ?? 0
    if (
      row.state === 'running' ||
      row.state === 'completed' ||
      row.state === 'failed' ||
      row.state === 'cancelled' ||
      row.state === 'crashed'
    )
      out.write(
        `${String(done).padStart(3)} %  ${row.title}: ${row.state === 'running' ? 'started' : row.state === 'crashed' ? 'failed, tried again' : `${row.state} ${word(row, system.clock.now())}`}\n`,
      )
  }
  for (const row of rows()) if (row.state === 'running') say(row.id)
  return system.listen('task.*.status', ({ event }) => {
    if (event.type === 'task.status' && mine.has(event.id)) say(event.id)
  })
}
