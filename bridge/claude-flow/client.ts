/** `WSClient`: a client of claude-flow that comes back by itself. */
import { type CancelTimer, type Clock, systemClock } from '../../src/clock.js'
import { TroupeError } from '../../src/errors.js'
import { WebSocket } from '../ws.js'
import { portionsOf, type WSClientOptions } from './client-options.js'
import { Emitter } from './emitter.js'
import { type ErrorMessage, type Message, MessageSerializer, MessageValidator, VersionNegotiator } from './messages.js'
import { Pending } from './pending.js'

/** Milliseconds before the first attempt to come back. */
const soonest = 100

const nothing = () => {}

/**
 * Events: `connected`, `authenticated`, `disconnected` {code, reason}, `reconnecting` {attempt}, `reconnect-error`, `event`, `event:<topic>`,
 * `pong` {latency}, `message`, `invalid-message`, `parse-error` {data, error}, `queue-full`, `error`.
 *
 * @example
 * const client = new WSClient({ url: 'ws://localhost:8080', token })
 * await client.connect()
 * await client.subscribe(['agent.*.status', 'task.#'])
 * client.on('event', ({ topic, data }) => console.log(topic, data))
 */
export class WSClient extends Emitter {
  readonly #options: WSClientOptions
  readonly #clock: Clock
  readonly #pending: Pending
  readonly #subscriptions = new Set<string>()
  #socket: WebSocket | undefined
  #connecting: Promise<void> | undefined
  #authenticated = false
  #attempts = 0
  #cancelPing: CancelTimer = nothing
  #cancelRetry: CancelTimer = nothing

  constructor(options: WSClientOptions) {
    super()
    const { clock = systemClock, messageTimeout = 30_000, queueSize = 1_000 } = options
    this.#options = options
    this.#clock = clock
    this.#pending = new Pending(clock, messageTimeout, queueSize)
  }

  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  get readyState(): number {
    return this.#socket?.readyState ?? WebSocket.CLOSED
  }

  /** Whether it may say something at once. */
  get isConnected(): boolean {
    return this.#authenticated && this.readyState === WebSocket.OPEN
  }

  /** Messages that wait for a connection. */
  get queueSize(): number {
    return this.#pending.queued
  }

  /** Resolves when it is let in. Rejects when it cannot connect, or is not; then it does not come back by itself. */
  connect(): Promise<void> {
    this.#cancelRetry()
    this.#cancelRetry = nothing
    if (this.#connecting === undefined && this.#socket) return Promise.resolve()
    if (this.#connecting !== undefined) return this.#connecting
    const connecting = this.#open().finally(() => {
      if (this.#connecting === connecting) this.#connecting = undefined
    })
    this.#connecting = connecting
    return connecting
  }

  /** Ends the connection for good, until `connect` is called again. */
  disconnect(): void {
    this.#cancelRetry()
    this.#cancelRetry = nothing
    this.#connecting = undefined
    const socket = this.#socket
    this.#left(true)
    socket?.close(1_000, 'Client disconnect')
  }

  /** Listens to topics and patterns, now or once it is connected, and again whenever it comes back. */
  async subscribe(topics: readonly string[]): Promise<void> {
    const added = topics.filter((topic) => !this.#subscriptions.has(topic))
    for (const topic of topics) this.#subscriptions.add(topic)
    if (!this.isConnected) return
    try {
      await this.#about('subscribe', topics)
    } catch (thrown) {
      // What was refused is not asked for again, nor is what came with it; what was there before stays.
      if (this.isConnected) {
        for (const topic of added) this.#subscriptions.delete(topic)
        if (portionsOf(topics).length > 1) await this.#about('unsubscribe', added).catch(nothing)
      }
      throw thrown
    }
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    for (const topic of topics) this.#subscriptions.delete(topic)
    if (this.isConnected) await this.#about('unsubscribe', topics)
  }

  /** `broadcast`: whether this client hears it too. */
  async publish(topic: string, data: unknown, broadcast = false): Promise<void> {
    await this.sendAndWait(MessageSerializer.create('publish', { topic, data, broadcast }))
  }

  /** Says something, now or once it is connected. */
  send(message: Message): void {
    if (this.isConnected) this.#write(message)
    else if (!this.#pending.keep(message)) this.emit('queue-full', message)
  }

  /** Says something and resolves with its answer. Rejects with what it was refused with, and when no answer comes in time. */
  sendAndWait(message: Message): Promise<Message> {
    const answer = this.#pending.answerTo(message)
    if (this.isConnected) this.#write(message)
    else if (!this.#pending.keep(message)) {
      this.emit('queue-full', message)
      this.#pending.reject(
        message.id,
        new TroupeError('QUEUE_FULL', 'As many messages wait for a connection as may (queueSize).'),
      )
    }
    return answer
  }

  /** In as many messages as it takes. */
  async #about(type: 'subscribe' | 'unsubscribe', topics: readonly string[]): Promise<void> {
    for (const some of portionsOf(topics)) await this.sendAndWait(MessageSerializer.create(type, { topics: some }))
  }

  #open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#options.url)
      this.#socket = socket
      const failed = (error: unknown) => {
        reject(error)
        if (this.#socket !== socket) return
        const comesBack = this.#comesBack
        this.#left(!comesBack)
        socket.close()
        if (comesBack) this.#comeBack()
      }
      socket.on('open', () => {
        if (this.#socket !== socket) return
        this.emit('connected')
        this.#enter().then(resolve, failed)
      })
      socket.on('message', (data) => {
        if (this.#socket === socket) this.#hear(data.toString())
      })
      socket.on('error', (error) => {
        if (this.#socket === socket) this.emit('error', error)
        reject(error)
      })
      socket.on('close', (code, reason) => {
        reject(new TroupeError('DISCONNECTED', `The connection ended with ${code} ${reason.toString()} before it was let in.`))
        this.#ended(socket, code, reason.toString())
      })
    })
  }

  /** Says who it is, what it listens to, and what waits to be said. */
  async #enter(): Promise<void> {
    const { token, metadata } = this.#options
    this.#ping()
    if (token) {
      const hello = MessageSerializer.create('auth', { token, ...(metadata ? { metadata } : {}) })
      await this.#now(hello)
    }
    const listened = await this.#listen()
    this.#authenticated = true
    this.#attempts = 0
    this.emit('authenticated')
    for (const message of this.#pending.take()) this.#write(message)
    const topics = [...listened].filter((topic) => !this.#subscriptions.has(topic))
    for (const some of portionsOf(topics)) await this.#now(MessageSerializer.create('unsubscribe', { topics: some }))
  }

  /** Subscribes to everything that is wanted, also what is wanted meanwhile; answers what that was. */
  async #listen(): Promise<ReadonlySet<string>> {
    const listened = new Set<string>()
    for (;;) {
      const topics = [...this.#subscriptions].filter((topic) => !listened.has(topic))
      if (topics.length === 0) return listened
      for (const topic of topics) listened.add(topic)
      for (const some of portionsOf(topics)) await this.#now(MessageSerializer.create('subscribe', { topics: some }))
    }
  }

  async #now(message: Message): Promise<void> {
    const answer = this.#pending.answerTo(message)
    this.#write(message)
    const said = await answer
    if (said.type === 'ack' && !said.success)
      throw new TroupeError(message.type === 'auth' ? 'AUTH_FAILED' : 'FORBIDDEN', `The server did not accept ${message.type}.`)
  }

  #write(message: Message): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(MessageSerializer.serialize(message))
  }

  #hear(data: string): void {
    let message: Message
    try {
      message = MessageSerializer.deserialize(data)
    } catch (error) {
      return void this.emit('parse-error', { data, error })
    }
    if (!MessageValidator.validate(message)) return void this.emit('invalid-message', data)
    switch (message.type) {
      case 'version-negotiation':
        if (VersionNegotiator.selectVersion(message.supportedVersions) === null) this.#incompatible(message.supportedVersions)
        return
      case 'pong':
        return void this.emit('pong', { latency: message.latency })
      case 'ack':
        return void this.#pending.resolve(message.messageId, message)
      case 'error':
        return this.#refused(message)
      case 'event':
        this.emit('event', message)
        return void this.emit(`event:${message.topic}`, message)
      default:
        this.emit('message', message)
    }
  }

  /** An error that answers nothing is told to whoever listens. */
  #refused({ id, code, message, details }: ErrorMessage): void {
    const error = Object.assign(new Error(message), { code, details })
    if (!this.#pending.reject(id, error)) this.emit('error', error)
  }

  #incompatible(versions: readonly string[]): void {
    this.emit(
      'error',
      new TroupeError('UNSUPPORTED_VERSION', `No compatible protocol version: the server speaks ${versions.join(', ')}.`),
    )
    this.disconnect()
  }

  #ended(socket: WebSocket, code: number, reason: string): void {
    const mine = this.#socket === socket
    const comesBack = mine && this.#comesBack
    if (mine) this.#left(!comesBack)
    this.emit('disconnected', { code, reason })
    if (comesBack) this.#comeBack()
  }

  /** It was let in before, or is on its way back. */
  get #comesBack(): boolean {
    return (this.#authenticated || this.#attempts > 0) && (this.#options.reconnect ?? true)
  }

  #comeBack(): void {
    const { reconnectInterval = 5_000, reconnectMaxAttempts = 10 } = this.#options
    if (this.#attempts >= reconnectMaxAttempts) {
      this.#attempts = 0
      this.#pending.lost(true)
      const times = `${reconnectMaxAttempts} attempt${reconnectMaxAttempts === 1 ? '' : 's'}`
      return void this.emit('error', new TroupeError('DISCONNECTED', `The connection did not come back in ${times}.`))
    }
    const attempt = ++this.#attempts
    this.emit('reconnecting', { attempt })
    const delay = Math.min(reconnectInterval, soonest * 2 ** (attempt - 1))
    this.#cancelRetry = this.#clock.after(delay, () => {
      this.connect().catch((thrown: unknown) => this.emit('reconnect-error', thrown))
    })
  }

  /** There is no connection any more; `all`: nor will there be. */
  #left(all: boolean): void {
    this.#socket = undefined
    this.#authenticated = false
    this.#cancelPing()
    this.#cancelPing = nothing
    this.#pending.lost(all)
    if (all) this.#attempts = 0
  }

  #ping(): void {
    const { pingInterval = 30_000 } = this.#options
    this.#cancelPing()
    this.#cancelPing = this.#clock.after(pingInterval, () => {
      this.#write(MessageSerializer.create('ping', {}))
      this.#ping()
    })
  }
}
