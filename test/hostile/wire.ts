/** A TCP connection that minds no rule: what it writes is what it is told, and what comes is taken apart. */
import { connect, type Socket } from 'node:net'
import { systemClock } from '../../src/clock.js'
import { jsonCodec } from '../../src/codec/json.js'
import { msgpackCodec } from '../../src/codec/msgpack.js'
import type { RawFrame } from './attack.js'
import { frameOf } from './material.js'

export interface Response {
  readonly status: number
  readonly body: string
}

/** Milliseconds that may pass until what has to come has come; only a failure takes so long. */
const patience = 10_000

export class Wire {
  /** What was said on it, decoded; what cannot be is the sentence why. */
  readonly heard: unknown[] = []
  response: Response | undefined
  /** How it ended; 1006: without a word. */
  ended: number | undefined
  /** Answers to pings of WebSocket. */
  pongs = 0
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #upgraded = false
  #waiting: (() => void)[] = []

  /** `from`: the address that it seems to come from. */
  constructor(port: number, from: string | undefined) {
    this.#socket = connect({ port, host: '127.0.0.1', ...(from === undefined ? {} : { localAddress: from }) })
    this.#socket.on('data', (piece) => this.#take(piece))
    // What is cut by the other side in the middle of a write is an error here; that it ended is what counts.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.ended ??= 1006
      this.#wake()
    })
  }

  /** What came and is no answer in HTTP, nor a whole frame. */
  get rest(): string {
    return this.#bytes.toString('latin1')
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  frame(frame: Partial<Omit<RawFrame, 'data'>>, payload: Buffer): void {
    this.write(frameOf({ opcode: 1, fin: true, rsv: 0, masked: true, ...frame }, payload))
  }

  cut(): void {
    this.#socket.destroy()
  }

  /** Waits until something is so, or nothing more will come. Rejects when it takes too long. */
  async until<T>(look: () => T | undefined, what: () => string): Promise<T | undefined> {
    let late = false
    const cancel = systemClock.after(patience, () => {
      late = true
      this.#wake()
    })
    try {
      for (;;) {
        const found = look()
        if (found !== undefined || this.ended !== undefined) return found
        if (late) throw new Error(`Waited in vain for ${what()}; what came: ${this.told}`)
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
    } finally {
      cancel()
    }
  }

  /** What came, in short. */
  get told(): string {
    const { response, ended, heard } = this
    return JSON.stringify({ response, ended, heard: heard.slice(-8) }).slice(0, 1_500)
  }

  #take(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece])
    if (!this.#upgraded) this.#takeResponse()
    if (this.#upgraded) while (this.#takeFrame());
    this.#wake()
  }

  #takeResponse(): void {
    const head = this.#bytes.indexOf('\r\n\r\n')
    if (head < 0) return
    const text = this.#bytes.subarray(0, head).toString('latin1')
    const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0)
    if (this.#bytes.length < head + 4 + length) return
    const body = this.#bytes.subarray(head + 4, head + 4 + length).toString()
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
    this.response = { status, body }
    this.#bytes = this.#bytes.subarray(head + 4 + length)
    this.#upgraded = status === 101
  }

  /** Whether there was a whole one. */
  #takeFrame(): boolean {
    const bytes = this.#bytes
    const seven = (bytes[1] ?? 0) & 0x7f
    const head = seven === 127 ? 10 : seven === 126 ? 4 : 2
    if (bytes.length < head) return false
    const size = head === 2 ? seven : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < head + size) return false
    const payload = bytes.subarray(head, head + size)
    this.#bytes = bytes.subarray(head + size)
    this.#hear((bytes[0] ?? 0) & 0x0f, payload)
    return true
  }

  #hear(opcode: number, payload: Buffer): void {
    if (opcode === 8) {
      this.ended = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      // Answered as an honest client does, so that nobody has to wait for it.
      this.frame({ opcode: 8 }, payload.subarray(0, 2))
    } else if (opcode === 10) this.pongs++
    else if (opcode === 1 || opcode === 2)
      try {
        this.heard.push(opcode === 1 ? jsonCodec.decode(payload) : msgpackCodec.decode(payload))
      } catch (thrown) {
        this.heard.push(String(thrown))
      }
  }

  #wake(): void {
    for (const each of this.#waiting.splice(0)) each()
  }
}
