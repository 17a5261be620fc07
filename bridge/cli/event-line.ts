/** An event as one line of text. */

import type { Envelope } from '../../src/protocol/envelope.js'
import { colors } from './colors.js'

const tints: Readonly<Record<string, (text: string) => string>> = {
  completed: colors.green,
  running: colors.cyan,
  failed: colors.red,
  crashed: colors.red,
  cancelled: colors.yellow,
  paused: colors.yellow,
  stopped: colors.dim,
}

/** Nothing that a distant program prints moves this terminal's cursor or changes its title. */
export const harmless = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being taken out.
  text.replace(/\u001b\[[0-9;]*m/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')

/** A value on one line; JSON escapes what would break it, but not every control character. */
const text = (value: unknown): string =>
  harmless(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).replace(/\s+/g, ' ')

/** What of an event is worth a line, beside its type and its id. */
const detail = ({ event }: Envelope): string => {
  const { type: _, id: __, ...rest } = event as { type: string; id?: string; [field: string]: unknown }
  if (event.type === 'task.output' || event.type === 'agent.output')
    return `${event.stream === 'stderr' ? '! ' : ''}${harmless(event.data).trimEnd()}`
  if (event.type === 'message') return `${text(event.from)}: ${text(event.body)}`
  const state = 'state' in event ? `${(tints[event.state] ?? String)(event.state)} ` : ''
  const others = Object.entries(rest).filter(([name, value]) => name !== 'state' && name !== 'from' && value !== undefined)
  return state + colors.dim(others.map(([name, value]) => `${name}=${text(value)}`).join(' '))
}

export const eventLine = (envelope: Envelope): string => {
  const time = new Date(envelope.timestamp).toISOString().slice(11, 23)
  return `${colors.dim(time)} ${colors.bold(envelope.topic)} ${detail(envelope)}`
}
