/** Lantern as a dialect: a seventh protocol on the port, which lives in this folder and nowhere else. */
import { TroupeError } from 'troupe'
import { configurable, type Dialect } from 'troupe/bridge'
import { hear } from './hear.js'
import type { Lamp } from './lamp.js'
import { answer, refused, say, tell } from './say.js'

export { inbound, outbound } from './words.js'

export interface LanternOptions {
  /** Default `/lantern`. */
  readonly paths?: readonly string[]
  /** Lines that one client may run in a minute, over all of its connections. Default 30. */
  readonly linesPerMinute?: number
}

const make = ({ paths = ['/lantern'], linesPerMinute = 30 }: LanternOptions): Dialect<Lamp> => {
  if (!Number.isInteger(linesPerMinute) || linesPerMinute < 1)
    throw new TroupeError('INVALID_OPTION', `linesPerMinute expects a whole number of 1 or more; got ${linesPerMinute}.`)
  return {
    name: 'lantern',
    subprotocols: { 'lantern.v1': 'json' },
    paths,
    // Where the path is shared with others, such as /ws, the first frame tells.
    opening: { fits: (frame) => 'do' in frame, looksLike: '{"do":"enter","ref":…,"token":…}' },
    // A client need not wait for the answer to enter.
    pipelined: true,
    // What every client hears, as far as its token lets it.
    hears: ['agent.*.status', 'task.*.output', 'task.*.status'],
    batching: { window: 20, chunk: 10_240, buffer: 102_400 },
    open: (context) => ({ context, refs: new Map() }),
    welcomed: () => ({
      rates: [
        {
          ...{ what: 'lines', rate: linesPerMinute, burst: linesPerMinute, window: 60_000, per: 'client' },
          bucket: (frame) => (frame?.['do'] === 'run' ? '' : undefined),
        },
      ],
    }),
    greet: () => [{ tell: 'lit', version: 1 }],
    idOf: ({ ref }) => (typeof ref === 'string' ? ref.slice(0, 128) : undefined),
    hear,
    answer,
    refuse: (failure, ref) => [refused(failure, ref)],
    say,
    // The rest tells of whose request it came.
    shared: ({ event }) => event.type === 'agent.status',
    tell,
  }
}

/**
 * Lantern, as it is or with options.
 *
 * @example
 * await openBridge(system, { secret, dialects: [...dialects, lantern({ paths: ['/lamps'] })] })
 */
export const lantern = configurable(make, {})
