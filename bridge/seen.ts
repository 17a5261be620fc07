/** The options of what is seen of a bridge from outside: its figures, its log, its frames. */
import { TroupeError } from '../src/errors.js'
import { type FrameLog, frameLog } from './frame-log.js'
import { type Logger, silence } from './log.js'

/** Who may read `GET /metrics`: whoever has `system_monitor` (true), everybody (`open`), nobody, since there is none (false). */
type MetricsOption = boolean | { readonly open?: boolean }

export interface SeenOptions {
  /** Figures for Prometheus on `GET /metrics`. Default true: with a token that has `system_monitor`, where tokens are asked for. */
  readonly metrics?: MetricsOption
  /** Told of connections, rejected logins, refused and slow commands; `pino()` is one. Default: nobody. */
  readonly log?: Logger
  /** Milliseconds from which on a command is told to `log` as slow. Default 1,000. */
  readonly slowCommand?: number
}

export interface Seen {
  readonly metrics: 'off' | 'guarded' | 'open'
  readonly log: Logger
  readonly slowCommand: number
  /** Absent where frames are not logged, which then costs nothing. */
  readonly frames: FrameLog | undefined
}

/** `everybody`: no tokens are asked for. Throws `INVALID_OPTION`. */
export const settledSeen = ({ metrics = true, log = silence, slowCommand = 1_000 }: SeenOptions, everybody: boolean): Seen => {
  if (!(slowCommand > 0))
    throw new TroupeError('INVALID_OPTION', `The option slowCommand expects more than 0 milliseconds; got ${slowCommand}.`)
  const open = everybody || (typeof metrics === 'object' && metrics.open === true)
  return {
    metrics: metrics === false ? 'off' : open ? 'open' : 'guarded',
    log,
    slowCommand,
    frames: frameLog(process.env['DEBUG'], (line) => void process.stderr.write(line)),
  }
}
