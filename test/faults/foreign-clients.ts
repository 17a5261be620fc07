/** Clients of other protocols, through plain sockets, while their server is killed again and again. */
import { type Frame, type Plain, plain } from '../kit/plain.js'
import type { Ledger } from './ledger.js'
import { type Busy, pause } from './native-clients.js'
import type { Place } from './process.js'

interface Tongue {
  readonly path: string
  hello(token: string): object
  /** Whether that is the answer to hello. */
  isWelcome(frame: Frame): boolean
}

/** Connects again whenever the connection is lost, and says something again and again. */
const visitor = (place: Place, sub: string, tongue: Tongue, round: (one: Plain) => Promise<void>): Busy => {
  let stopped = false
  const visit = async () => {
    const one = await plain(place.url + tongue.path)
    one.socket.on('error', () => {})
    try {
      one.say(tongue.hello(await place.token(sub)))
      await one.until(tongue.isWelcome, 'the welcome')
      while (!stopped) {
        await round(one)
        // What was read is looked at no more.
        one.frames.length = 0
        await pause(25)
      }
    } finally {
      one.socket.terminate()
    }
  }
  const run = async () => {
    while (!stopped)
      await visit().catch(async (thrown: unknown) => {
        if (thrown instanceof Refused) throw thrown
        await pause(20)
      })
  }
  const ended = run()
  ended.catch(() => {})
  return {
    stop() {
      stopped = true
      return ended
    },
  }
}

/** What should have been acknowledged was refused: that is no lost connection, and nothing to be tried again. */
class Refused extends Error {}

let count = 0

const openclaw: Tongue = {
  path: '/ws',
  hello: (token) => ({ type: 'auth', token, clientType: 'frontend', version: '1.0.0' }),
  isWelcome: ({ type }) => type === 'connection_ack',
}

const askOpenclaw = async (one: Plain, type: string, payload: object, more: object): Promise<Frame> => {
  const id = `o${++count}`
  one.say({ id, type, timestamp: '2024-01-15T10:30:00Z', source: 'visitor', priority: 1, payload, ...more })
  const answer = await one.until(
    (frame) => frame['correlationId'] === id && ['response', 'error'].includes(frame.type),
    `the answer to ${type}`,
  )
  if (answer.type === 'error') throw new Refused(`${type} was refused: ${JSON.stringify(answer)}`)
  return answer
}

/** Speaks OpenClaw: publishes, and gives tasks. */
export const openclawVisitor = (place: Place, ledger: Ledger, topic: string): Busy =>
  visitor(place, 'claw', openclaw, async (one) => {
    const said = ledger.say(topic)
    said.state = 'unknown'
    await askOpenclaw(one, 'broadcast', { event: 'note', data: { n: said.n } }, { channel: topic })
    said.state = 'acknowledged'
    const title = `claw${++count}`
    const data = { title, agentId: 'scribe' }
    const { payload } = await askOpenclaw(one, 'request', { action: 'create_task', data }, { target: 'orchestrator_agent' })
    const { taskId } = payload['data'] as { taskId: string }
    ledger.task(taskId, false, title).state = 'acknowledged'
  })

const claudeFlow: Tongue = {
  path: '/',
  hello: (token) => ({ id: 'hello', type: 'auth', version: '1.0.0', timestamp: 0, token }),
  isWelcome: (frame) => frame.type === 'ack' && frame['messageId'] === 'hello',
}

const publishFlow = async (one: Plain, topic: string, data: object): Promise<void> => {
  const id = `f${++count}`
  one.say({ id, type: 'publish', version: '1.0.0', timestamp: 0, topic, data, broadcast: false })
  const answer = await one.until(
    (frame) => frame['messageId'] === id || (frame.type === 'error' && frame['id'] === id),
    'the ack of what was published',
  )
  if (answer['success'] !== true) throw new Refused(`What was published on ${topic} was refused: ${JSON.stringify(answer)}`)
}

/** Speaks claude-flow: publishes, proposes to the swarm `crew`, and votes there. */
export const claudeFlowVisitor = (place: Place, ledger: Ledger, topic: string): Busy =>
  visitor(place, 'flow', claudeFlow, async (one) => {
    const said = ledger.say(topic)
    said.state = 'unknown'
    await publishFlow(one, topic, { n: said.n })
    said.state = 'acknowledged'
    const ballot = `f${++count}`
    const about = { swarmId: 'crew', proposalId: ballot, timestamp: 1 }
    await publishFlow(one, 'swarm.crew.consensus', { ...about, type: 'proposed', proposal: { action: 'go on' } })
    for (const vote of ['no', 'yes'])
      await ledger.vote(ballot, 'calm0', vote === 'yes' ? 'accept' : 'reject', () =>
        publishFlow(one, 'swarm.crew.consensus', { ...about, type: 'voting', votes: [{ agentId: 'calm0', vote }] }),
      )
  })
