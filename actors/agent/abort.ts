/** How work is told to end, by a signal whose listeners cannot harm the process. */

type Listener = EventListenerOrEventListenerObject

/**
 * A controller whose signal reports what its listeners throw: the platform would raise it as an uncaught exception. Listeners that are
 * added, removed and assigned to `onabort` behave as ever otherwise.
 */
export const createAbort = (report: (error: unknown) => void): AbortController => {
  const controller = new AbortController()
  const { signal } = controller
  const guards = new WeakMap<Listener, Listener>()
  const guarded = (listener: Listener): Listener => {
    const known = guards.get(listener)
    if (known) return known
    const guard = function (this: unknown, event: Event): void {
      try {
        const result: unknown = typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event)
        if (result instanceof Promise) result.catch(report)
      } catch (thrown) {
        report(thrown)
      }
    }
    guards.set(listener, guard)
    return guard
  }
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  let assigned: AbortSignal['onabort'] = null
  Object.defineProperties(signal, {
    addEventListener: {
      value: (type: string, listener: Listener | null, options?: AddEventListenerOptions | boolean) =>
        listener === null ? undefined : add(type, guarded(listener), options),
    },
    removeEventListener: {
      value: (type: string, listener: Listener | null, options?: EventListenerOptions | boolean) =>
        listener === null ? undefined : remove(type, guards.get(listener) ?? listener, options),
    },
    onabort: {
      get: () => assigned,
      set(listener: AbortSignal['onabort']) {
        // The type of an abort listener is that of a listener of any event.
        if (assigned) remove('abort', guarded(assigned as Listener))
        assigned = listener
        if (listener) add('abort', guarded(listener as Listener))
      },
    },
  })
  return controller
}
