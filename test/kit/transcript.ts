/**
 * Plays a recorded session frame by frame against a real bridge: `→` is said, `←` is the next frame that comes, and nothing else may
 * come between, but for the types that a line `# aside: a, b` names. `<words>` stand for values; see `bridge/conform/matcher.ts`.
 */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { filled, type Kept, misfit } from '../../bridge/conform/matcher.js'
import type { Frame, Plain } from './plain.js'

interface Line {
  readonly at: number
  readonly arrow: '→' | '←'
  readonly frame: unknown
}

interface Transcript {
  readonly aside: readonly string[]
  readonly lines: readonly Line[]
}

const parse = (path: string): Transcript => {
  const aside: string[] = []
  const lines: Line[] = []
  for (const [index, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    const besides = /^# aside: (.*)$/.exec(text)
    if (besides) aside.push(...(besides[1] ?? '').split(/,\s*/))
    const [, arrow, json = ''] = /^([→←]) (.*)$/.exec(text) ?? []
    if (arrow === '→' || arrow === '←') lines.push({ at: index + 1, arrow, frame: JSON.parse(json) })
    else if (text.trim() !== '' && !text.startsWith('#'))
      throw new Error(`${path}:${index + 1}: neither said, heard nor a remark: ${text}`)
  }
  return { aside, lines }
}

/** Plays it on a connection that was opened just now. `given`: what its words stand for from the beginning, such as `token`. */
export const replay = async (one: Plain, path: string, given: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const { aside, lines } = parse(path)
  const kept: Kept = new Map(Object.entries(given))
  let heard = 0
  const next = async (line: Line): Promise<Frame> => {
    for (;;) {
      const frame = await one.until((each) => one.frames.indexOf(each) === heard, `the frame of line ${line.at}`)
      heard++
      if (!aside.includes(frame.type)) return frame
    }
  }
  for (const line of lines) {
    if (line.arrow === '→') one.say(filled(line.frame, kept) as object)
    else {
      const frame = await next(line)
      expect(misfit(line.frame, frame, kept), `${path}:${line.at}: ${JSON.stringify(frame)}`).toBeUndefined()
    }
  }
}
