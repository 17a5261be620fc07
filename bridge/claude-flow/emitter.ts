/** An EventEmitter that a listener cannot harm: what one throws is told as `error`, and an `error` that nobody listens to ends nothing. */
import { EventEmitter } from 'node:events'
import { describeThrown } from '../../src/errors.js'

export class Emitter extends EventEmitter {
  override emit(name: string | symbol, ...args: readonly unknown[]): boolean {
    const listeners = this.rawListeners(name)
    for (const listener of listeners)
      try {
        const result: unknown = Reflect.apply(listener, this, args)
        if (result instanceof Promise) result.catch((thrown: unknown) => this.#failed(name, thrown))
      } catch (thrown) {
        this.#failed(name, thrown)
      }
    return listeners.length > 0
  }

  #failed(name: string | symbol, thrown: unknown): void {
    if (name !== 'error' && this.listenerCount('error') > 0) this.emit('error', thrown)
    else process.emitWarning(`A listener on ${String(name)} threw: ${describeThrown(thrown)}`)
  }
}
