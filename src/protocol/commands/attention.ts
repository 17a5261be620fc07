/** What may be asked about what needs a person. */
import { attentionKind, attentionState } from '../attention.js'
import { count, id, milliseconds, text } from '../words.js'
import { command } from './command-shape.js'

export const attentionCommands = {
  'attention.list': command('attention.list', {
    state: attentionState.optional(),
    kind: attentionKind.optional(),
    subject: id.optional(),
    limit: count.min(1).max(1_000).optional(),
  }),
  'attention.ack': command('attention.ack', { id }),
  'attention.snooze': command('attention.snooze', { id, for: milliseconds }),
  'attention.resolve': command('attention.resolve', { id, answer: text.optional() }),
} as const
