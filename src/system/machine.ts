/** The adapter between XState and the actors: one root actor each, asked for its state, never watched. */
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type InspectionEvent,
  type StateValue,
} from 'xstate'

/** Told of everything that machines do. */
export type Inspect = (event: InspectionEvent) => void

/** What takes inspection events: a function, or an observer such as that of `@statelyai/inspect`. */
export type Inspector = ((event: never) => void) | { next?(event: never): void }

/** One that throws is reported once and no longer told: XState would wedge the actor for good. */
export const guarded = (inspector: Inspector, report: (error: unknown) => void): Inspect => {
  let attached = true
  return (event) => {
    if (!attached) return
    try {
      // Whoever hands it in knows what XState tells.
      if (typeof inspector === 'function') inspector(event as never)
      else inspector.next?.(event as never)
    } catch (error) {
      attached = false
      report(error)
    }
  }
}

/** One machine's life: which state it is in, and what moves it. */
export interface Life<E> {
  /** The state as a path: `running.busy`. */
  readonly path: string
  /** Takes the transition that the event asks for. False when the present state has none, or it has ended. */
  send(event: E): boolean
  stop(): void
}

/** A state's value as a path. */
export const pathOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  for (const key in value as Record<string, unknown>) return `${key}.${pathOf((value as Record<string, unknown>)[key])}`
  return ''
}

/** A path as the state's value. */
const valueAt = (path: string): StateValue => {
  const dot = path.indexOf('.')
  return dot < 0 ? path : { [path.slice(0, dot)]: valueAt(path.slice(dot + 1)) }
}

/**
 * Starts a machine as an XState root actor. Our machines hold no user code, no timers and no invoked work: those stand at the edge. `at`: the
 * path of the state that it goes on in; default: it begins.
 */
export const live = <M extends AnyStateMachine>(
  machine: M,
  id: string,
  inspect?: Inspect,
  at?: string,
): Life<EventFromLogic<M>> => {
  const snapshot = at === undefined ? undefined : machine.resolveState({ value: valueAt(at), context: {} })
  // Our machines need no input, which XState cannot say of a machine it does not know.
  const actor = createActor(machine as AnyStateMachine, {
    id,
    ...(snapshot ? { snapshot } : {}),
    ...(inspect ? { inspect } : {}),
  })
  // Without an error observer XState would rethrow a failure as an uncaught exception; ours cannot fail, an upgrade might change that.
  actor.subscribe({ error: () => {} })
  actor.start()
  // A state machine's snapshot is a machine snapshot; XState cannot say so of a machine it does not know.
  const valueNow = (): unknown => (actor.getSnapshot() as AnyMachineSnapshot).value
  let path = pathOf(valueNow())
  return {
    get path() {
      return path
    },
    send(event) {
      // XState would say so on the console.
      if (actor.getSnapshot().status !== 'active') return false
      const before = valueNow()
      actor.send(event)
      const value = valueNow()
      // XState keeps the value's identity where nothing matched, so an ignored event is told apart without comparing trees.
      if (value === before) return false
      const next = pathOf(value)
      if (next === path) return false
      path = next
      return true
    },
    stop: () => void actor.stop(),
  }
}
