/** Which topic an event belongs to, as a value and as a type. */
import type { Event, EventOf, EventType } from './event.js'
import type { Domain } from './topic.js'

/** The topic of a runtime event: `agent.status` of `ada` stands on `agent.ada.status`, `system.error` on `system.error`. */
export const topicOf = (event: Exclude<Event, EventOf<'message'>>): string => {
  const dot = event.type.indexOf('.')
  const domain = event.type.slice(0, dot)
  return domain === 'system' ? event.type : `${domain}.${(event as { id: string }).id}${event.type.slice(dot)}`
}

type Split<S extends string> = S extends `${infer Head}.${infer Rest}` ? [Head, ...Split<Rest>] : [S]

/** The parts an event's topic has, `string` where the id stands. */
type Parts<T extends EventType> = T extends `system.${infer W}`
  ? ['system', W]
  : T extends `${infer D}.${infer W}`
    ? [D, string, W]
    : never

type Fits<Pattern extends string[], Topic extends string[]> = Pattern extends [
  infer P extends string,
  ...infer PRest extends string[],
]
  ? P extends '#'
    ? Fits<PRest, Topic> extends true
      ? true
      : Topic extends [string, ...infer TRest extends string[]]
        ? Fits<Pattern, TRest>
        : false
    : Topic extends [infer T extends string, ...infer TRest extends string[]]
      ? P extends '*' | T
        ? Fits<PRest, TRest>
        : false
      : false
  : Topic extends []
    ? true
    : false

type RuntimeEvent = Exclude<EventType, 'message'>
type Matching<P extends string> = { [T in RuntimeEvent]: Fits<Split<P>, Parts<T>> extends true ? T : never }[RuntimeEvent]

type Wild = '*' | '#'
type BadPart<Parts extends string[]> = Parts extends [infer P extends string, ...infer Rest extends string[]]
  ? P extends '' | `${string}${' ' | '/'}${string}`
    ? true
    : P extends Wild
      ? BadPart<Rest>
      : P extends `${string}${Wild}${string}`
        ? true
        : BadPart<Rest>
  : false

/**
 * The events that a pattern delivers. A pattern of the user's own domains delivers messages; one of the runtime's domains
 * delivers the runtime's events that fit, and messages published beside them; a pattern that fits nothing is `never`.
 */
export type EventFor<P extends string> = string extends P
  ? Event
  : BadPart<Split<P>> extends true
    ? never
    : Split<P> extends [infer Head extends string, ...string[]]
      ? Head extends Domain
        ? EventOf<Matching<P>>
        : Head extends Wild
          ? EventOf<Matching<P> | 'message'>
          : EventOf<'message'>
      : never

/** `P` itself when it is a pattern that can deliver something, else `never`, so that a typo does not compile. */
export type PatternOf<P extends string> = string extends P ? P : [EventFor<P>] extends [never] ? never : P
