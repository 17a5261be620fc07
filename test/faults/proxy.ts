/** A TCP proxy that does to connections what networks do: cuts, drops, delays, swallows, and lets through a byte now and then. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type CancelTimer, systemClock } from '../../src/clock.js'

/** What is done to every connection; may be changed while they stand. */
export interface Weather {
  /** Asked for each connection: after how many bytes to the client it is cut, in the middle of a frame as it comes. */
  readonly cutAfter?: () => number
  /** Milliseconds for which what goes in a direction is held back. */
  readonly delay?: { readonly toClient?: number; readonly toServer?: number }
  /** Swallows what comes from either side and tells neither, as a connection that is half open. */
  readonly swallows?: boolean
  /** Milliseconds between two bytes to the client. */
  readonly trickle?: number
}

export interface BadNetwork extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Connections that were cut or dropped so far. */
  readonly cuts: number
  weather: Weather
  /** Cuts all connections, and takes no new one until `rise`. */
  fall(): void
  rise(): void
  /** Falls again and again: `up` and `down` in milliseconds. Returns how to stop; then it is up. */
  rhythm(up: number, down: number): () => void
  close(): Promise<void>
}

/** Bytes that wait in one direction before the sender is not read any more. */
const room = 65_536

/** One direction of a connection. */
class Stream {
  readonly #to: Socket
  readonly #from: Socket
  readonly #weather: () => Weather
  readonly #direction: 'toClient' | 'toServer'
  readonly #timers = new Set<CancelTimer>()
  #waiting = Buffer.alloc(0)
  #trickling: CancelTimer | undefined
  /** Bytes that it lets through until it is cut. */
  #left: number

  constructor(from: Socket, to: Socket, direction: 'toClient' | 'toServer', weather: () => Weather, cut: () => void) {
    this.#from = from
    this.#to = to
    this.#direction = direction
    this.#weather = weather
    this.#left = (direction === 'toClient' ? weather().cutAfter?.() : undefined) ?? Number.POSITIVE_INFINITY
    from.on('data', (piece) => this.#take(piece as Buffer, cut))
    to.on('drain', () => from.resume())
  }

  close(): void {
    for (const cancel of this.#timers) cancel()
    this.#trickling?.()
  }

  #take(piece: Buffer, cut: () => void): void {
    const { delay, swallows, trickle } = this.#weather()
    if (swallows) return
    const toClient = this.#direction === 'toClient'
    if (toClient && (trickle !== undefined || this.#waiting.length > 0)) return this.#hold(piece)
    const late = delay?.[this.#direction]
    if (late) return this.#later(late, piece)
    const left = this.#left
    this.#left -= piece.length
    if (!this.#to.write(piece.subarray(0, left))) this.#from.pause()
    if (piece.length >= left) cut()
  }

  #later(delay: number, piece: Buffer): void {
    const cancel = systemClock.after(delay, () => {
      this.#timers.delete(cancel)
      this.#to.write(piece)
    })
    this.#timers.add(cancel)
  }

  #hold(piece: Buffer): void {
    this.#waiting = Buffer.concat([this.#waiting, piece])
    if (this.#waiting.length > room) this.#from.pause()
    this.#trickling ??= systemClock.after(this.#weather().trickle ?? 0, () => this.#drip())
  }

  #drip(): void {
    this.#trickling = undefined
    const { trickle } = this.#weather()
    const some = trickle === undefined ? this.#waiting.length : 1
    this.#to.write(this.#waiting.subarray(0, some))
    this.#waiting = this.#waiting.subarray(some)
    if (this.#waiting.length <= room) this.#from.resume()
    if (this.#waiting.length > 0) this.#trickling = systemClock.after(trickle ?? 0, () => this.#drip())
  }
}

class Proxying implements BadNetwork {
  weather: Weather = {}
  readonly #target: number
  readonly #cut = new Set<() => void>()
  readonly #server = createServer((client) => this.#accept(client))
  #isDown = false
  #rhythm: CancelTimer = () => {}
  #cuts = 0

  constructor(target: number) {
    this.#target = target
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get port(): number {
    // A server that listens on a port has an address.
    return (this.#server.address() as AddressInfo).port
  }
  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }
  get cuts(): number {
    return this.#cuts
  }

  fall(): void {
    this.#isDown = true
    this.#cuts += this.#cut.size
    for (const cut of this.#cut) cut()
  }

  rise(): void {
    this.#isDown = false
  }

  rhythm(up: number, down: number): () => void {
    const next = () => {
      this.#rhythm = systemClock.after(up, () => {
        this.fall()
        this.#rhythm = systemClock.after(down, () => {
          this.rise()
          next()
        })
      })
    }
    next()
    return () => {
      this.#rhythm()
      this.rise()
    }
  }

  close(): Promise<void> {
    this.#rhythm()
    this.fall()
    return new Promise((resolve) => void this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    if (this.#isDown) return void client.destroy()
    const server = connect(this.#target, '127.0.0.1')
    const weather = () => this.weather
    const cut = () => {
      if (!this.#cut.delete(end)) return
      this.#cuts++
      end()
    }
    const streams = [
      new Stream(client, server, 'toServer', weather, () => {}),
      new Stream(server, client, 'toClient', weather, cut),
    ]
    const end = () => {
      this.#cut.delete(end)
      for (const stream of streams) stream.close()
      client.destroy()
      server.destroy()
    }
    this.#cut.add(end)
    for (const socket of [client, server]) {
      socket.on('error', () => {})
      // Of what is half open neither side hears that the other has gone.
      socket.on('close', () => {
        if (!this.weather.swallows) end()
      })
    }
  }
}

/** Stands before a port of this machine. */
export const proxyFor = async (target: number): Promise<BadNetwork> => {
  const proxy = new Proxying(target)
  await proxy.listen()
  return proxy
}
