/** What needs a person: the words for it. */
import { z } from 'zod'
import { count, id, label, priority, text, timestamp } from './words.js'

/** Why somebody is needed. */
export const attentionKind = z.enum(['approval', 'question', 'stall', 'crash-loop', 'cycle', 'dead-letter'])
export type AttentionKind = z.infer<typeof attentionKind>
/** `acknowledged`: somebody looks at it; `snoozed`: until later; `resolved` and `expired` are final. */
export const attentionState = z.enum(['open', 'acknowledged', 'snoozed', 'resolved', 'expired'])
export type AttentionState = z.infer<typeof attentionState>

export const attentionItem = {
  id,
  kind: attentionKind,
  /** The id of whom it is about. */
  subject: z.string().max(128),
  title: text,
  detail: text.optional(),
  priority,
  state: attentionState,
  /** How often it came up. */
  count,
  openedAt: timestamp,
  updatedAt: timestamp,
  /** When nobody needs to look at it any more. */
  expires: timestamp.optional(),
  snoozedUntil: timestamp.optional(),
  /** Who acknowledged, snoozed or resolved it last. */
  by: z.string().max(256).optional(),
  answer: text.optional(),
  /** Whose it is; absent: no tenant's. */
  tenant: label.optional(),
  /** The answers that there are; absent: any text. */
  choices: z.array(label).optional(),
}
const item = z.object(attentionItem)
/** One thing that needs a person. */
export type AttentionItem = z.infer<typeof item>
