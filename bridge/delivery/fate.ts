/** What may become of an event that waits for a client. */
import type { DropPolicy } from './rules.js'

export interface Fate {
  /** What goes when there is no room for it; `never`: it waits all the same. */
  readonly drop: DropPolicy | 'never'
  /** Whether it was sent before: how far the client has come is not about it. */
  readonly again: boolean
  /** It is on its way. */
  written?(): void
  /** Its time was up before it could be written. */
  expired?(): void
}

/** The fates of what is not sent again. */
export const fates = {
  oldest: { drop: 'oldest', again: false },
  newest: { drop: 'newest', again: false },
  disconnect: { drop: 'disconnect', again: false },
} as const satisfies Readonly<Record<DropPolicy, Fate>>

/** Whether it may go so that something else has room. */
export const mayGo = ({ fate }: { readonly fate: Fate }): boolean => fate.drop === 'oldest'
