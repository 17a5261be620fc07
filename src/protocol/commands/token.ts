/** What may be asked about tokens. */
import { z } from 'zod'
import { timestamp } from '../words.js'
import { command } from './command-shape.js'

export const tokenCommands = {
  /**
   * The token of that id is not accepted any more, and connections that came with it are ended. `until`: when it would have ended by
   * itself, milliseconds since the epoch, after which nobody needs to remember it; default: that is found out, or it is kept for ever.
   */
  'token.revoke': command('token.revoke', { jti: z.string().min(1).max(256), until: timestamp.optional() }),
} as const
