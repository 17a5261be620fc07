/** The ref of an agent that lives in a distant system. */
import type { AskOptions, SendOptions, StopOptions } from '../../options.js'
import type { Applied } from '../../protocol/reply.js'
import type { AgentRef } from '../../ref.js'
import { type Message, RemoteRef, type Wire } from './ref.js'

export class RemoteAgentRef extends RemoteRef implements AgentRef {
  readonly kind = 'agent'

  send(message: Message, options: SendOptions = {}): void {
    // One that was refused is nobody: its id may be somebody else's.
    void this.ready.then(
      () => this.wire.tell('agent.send', { to: this.id, message, ...options }),
      () => {},
    )
  }
  // The answer's type follows from the definition, which the erased ref does not know: `AgentRef` states it.
  async ask(message: Message, options: AskOptions = {}): Promise<never> {
    await this.ready
    return askAgent(this.wire, this.id, message, options) as Promise<never>
  }
  pause(): Promise<Applied> {
    return this.verb('agent.pause', {})
  }
  freeze(): Promise<Applied> {
    return this.verb('agent.freeze', {})
  }
  async steer(message: Message, options: Pick<SendOptions, 'ttl'> = {}): Promise<Applied> {
    await this.ready
    // The reply to every verb is of this shape by the protocol.
    return (await this.wire.ask('agent.steer', { to: this.id, message, ...options })) as Applied
  }
  terminate(options: Pick<StopOptions, 'grace' | 'reason'> = {}): Promise<Applied> {
    return this.verb('agent.terminate', options, { timeout: Number.POSITIVE_INFINITY })
  }
  kill(reason?: string): Promise<Applied> {
    return this.verb('agent.kill', { reason }, { timeout: Number.POSITIVE_INFINITY })
  }
  resume(): Promise<Applied> {
    return this.verb('agent.resume', {})
  }
  restart(): Promise<Applied> {
    return this.verb('agent.restart', {})
  }
  stop(options: StopOptions = {}): Promise<Applied> {
    return this.verb('agent.stop', options, { timeout: Number.POSITIVE_INFINITY })
  }
  async result(): Promise<void> {
    await this.ready
    return this.wire.agentStopped(this.id)
  }
}

/** Milliseconds that an answer may take on its way, beyond what the agent is given. */
const onItsWay = 5_000

/** Asks an agent; the server keeps the time. */
export const askAgent = async (wire: Wire, to: string, message: Message, options: AskOptions): Promise<unknown> => {
  const { timeout = 30_000 } = options
  const reply = (await wire.ask('agent.ask', { to, message, ...options, timeout }, { timeout: timeout + onItsWay })) as {
    value?: unknown
  }
  return reply.value
}
