/** What the view keeps of the system's own events. */
import type { EventAbout, EventOf } from '../event.js'
import type { View } from '../view.js'

export const foldSystem = (view: View, event: EventAbout<'system'>, keep: number): void => {
  switch (event.type) {
    case 'system.dead-letter':
      view.deadLetters++
      return
    case 'system.error':
      view.errors++
      return
    case 'system.attention':
      return attention(view, event, keep)
    case 'system.replayed':
    case 'system.notice':
    case 'system.draining':
    case 'system.metrics':
    case 'system.traffic':
    case 'system.alert':
    case 'system.revoked':
    case 'system.audit':
      return
    default:
      return event satisfies never
  }
}

const attention = ({ attention: items }: View, event: EventOf<'system.attention'>, keep: number) => {
  const { type: _, change, ...item } = event
  const final = change === 'resolved' || change === 'expired'
  // What has ended goes to the end, so that the oldest of it is forgotten first.
  if (final) items.delete(item.id)
  items.set(item.id, item)
  if (items.size <= keep) return
  for (const [id, { state }] of items) if (state === 'resolved' || state === 'expired') return void items.delete(id)
}
