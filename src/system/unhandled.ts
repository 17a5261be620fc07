/** What user code throws where no caller sees it: promises nobody awaits, timers of its own, subscribers behind foreign Observables. */
import { config } from 'rxjs'
import { systemClock } from '../clock.js'

/** What is needed of Node; browsers have none of it. */
interface HostProcess {
  on(event: string, hear: (reason: unknown) => void): void
  off(event: string, hear: (reason: unknown) => void): void
  getBuiltinModule?(name: 'node:async_hooks'): { AsyncLocalStorage: new () => Store }
}
interface Store {
  run<R>(owner: Owner, run: () => R): R
  getStore(): Owner | undefined
}
/** On whose behalf code runs. */
interface Owner {
  readonly tell: Tell
  readonly agent: string
}
/** `agent`: whose code it was, where that is known. */
type Tell = (reason: unknown, agent: string | undefined) => void

/** A system's net under the whole process. */
export interface Unhandled {
  /** Runs an agent's code, so that what it leaves behind is known to be its. */
  within<R>(agent: string, run: () => R): R
  close(): void
}

const { process } = globalThis as { readonly process?: Partial<HostProcess> }
let store: Store | undefined

/**
 * Tells of each rejection that nobody awaits and each exception that nobody catches instead of letting it end the process. Elsewhere
 * than in Node it does nothing. What is known to be another system's is left to that one.
 */
export const catchUnhandled = (tell: Tell): Unhandled => {
  store ??= process?.getBuiltinModule ? new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)() : undefined
  const hear = (reason: unknown) => {
    const owner = store?.getStore()
    if (!owner || owner.tell === tell) tell(reason, owner?.agent)
  }
  const events = ['unhandledRejection', 'uncaughtException']
  for (const event of events) process?.on?.(event, hear)
  return {
    within: (agent, run) => (store ? store.run({ tell, agent }, run) : run()),
    close() {
      for (const event of events) process?.off?.(event, hear)
    },
  }
}

const subscribed: ((error: unknown) => void)[] = []
const toNewest = (error: unknown) => subscribed.at(-1)?.(error)

/**
 * Tells of what a subscriber throws behind Observables that are not a channel's, such as `merge(channel, clicks)`: RxJS would rethrow
 * it as an uncaught exception. RxJS does not say whose it is, so the newest system is told. Who has set a hook of their own keeps it.
 * Returns how to stop.
 */
export const catchSubscribers = (tell: (error: unknown) => void): (() => void) => {
  subscribed.push(tell)
  config.onUnhandledError ??= toNewest
  const stop = () => {
    const at = subscribed.indexOf(tell)
    if (at >= 0) subscribed.splice(at, 1)
    if (subscribed.length === 0 && config.onUnhandledError === toNewest) config.onUnhandledError = null
  }
  // RxJS tells by a timer of its own, so what was thrown just now is still on its way.
  return () => void systemClock.after(1, stop)
}
