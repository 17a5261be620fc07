/** Those who ask for pages over plain HTTP: how many there may be, how long they may stay, and how long they may take to read. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, elapsed } from '../../src/clock.js'
import { networkOf } from './addresses.js'
import { Lobby, type UnauthenticatedLimits } from './lobby.js'

/** Milliseconds after which a connection that goes on asking is told to come back on another. */
const longestStay = 30_000

interface Reader {
  readonly since: number
  readonly leave: () => void
}

export class Readers {
  readonly #clock: Clock
  readonly #patience: number
  readonly #places: Lobby
  readonly #readers = new WeakMap<Duplex, Reader>()

  /** `patience`: milliseconds that an answer may take until the other side has read it. */
  constructor(clock: Clock, limits: Pick<UnauthenticatedLimits, 'total' | 'perAddress'>, patience: number) {
    this.#clock = clock
    this.#patience = patience
    this.#places = new Lobby(limits)
  }

  /** Whether there is a place for whoever asks; it is kept until the connection closes, or becomes another one. */
  take(socket: Duplex, response: ServerResponse, address: string): boolean {
    const now = this.#clock.now()
    const known = this.#readers.get(socket)
    if (!known && !this.#enter(socket, address, now)) return false
    if (known && elapsed(known.since, now) >= longestStay) response.shouldKeepAlive = false
    const cancel = this.#clock.after(this.#patience, () => socket.destroy(), { holds: false })
    response.once('close', cancel)
    return true
  }

  /** It is no reader any more: it has asked to be upgraded. */
  leave(socket: Duplex): void {
    this.#readers.get(socket)?.leave()
    this.#readers.delete(socket)
  }

  #enter(socket: Duplex, address: string, since: number): boolean {
    const leave = this.#places.enter(networkOf(address), () => socket.destroy())
    if (!leave) return false
    socket.once('close', leave)
    this.#readers.set(socket, { since, leave })
    return true
  }
}
