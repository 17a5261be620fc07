/** The sentences of an event, no longer than an event holds. */
import type { Event } from '../protocol/event.js'

/** As `text` in the schemas of events. */
const longest = 10_000

/** What gives a reason quotes other reasons, each as long as may be: its end is cut, so that nobody is sent what no schema knows. */
export const brief = (event: Event): Event => {
  if (!('reason' in event) || event.reason === undefined || event.reason.length <= longest) return event
  // Only sentences are that long: reasons that are words of a table are not.
  return { ...event, reason: `${event.reason.slice(0, longest - 1)}…` } as Event
}
