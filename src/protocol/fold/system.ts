/** What the view keeps of the system's own events. */
import type { EventAbout } from '../event.js'
import type { View } from '../view.js'

export const foldSystem = (view: View, event: EventAbout<'system'>): void => {
  switch (event.type) {
    case 'system.dead-letter':
      view.deadLetters++
      return
    case 'system.error':
      view.errors++
      return
    case 'system.replayed':
    case 'system.draining':
      return
    default:
      return event satisfies never
  }
}
