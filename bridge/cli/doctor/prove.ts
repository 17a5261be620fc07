/** Proves, claim by claim, that what a system reports through its bridge is what is so. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shell } from '../../../actors/index.js'
import { describeThrown } from '../../../src/errors.js'
import type { Envelope } from '../../../src/protocol/envelope.js'
import { createSystem } from '../../../src/system/system.js'
import { openBridge } from '../../bridge.js'
import { connect } from '../../client.js'
import { signToken } from '../../token.js'
import { type Claim, createFacts, type Reporter, type Subject, same, unchecked, type Waiting, waiting } from './claim.js'
import { handles, heldOf } from './machine.js'
import { processSubjects } from './processes.js'
import { subjectOf } from './subject.js'
import { workSubjects } from './work.js'

export interface ProveOptions {
  /** Told of each claim when it is decided. */
  readonly onClaim?: (subject: string, claim: Claim) => void
  /** Stands between the client and what is proved, as a test does that sees whether lies are noticed. */
  readonly through?: (client: Reporter) => Reporter
  /** Default: all. */
  readonly subjects?: readonly string[]
  readonly signal?: AbortSignal
  /** Milliseconds that anything may take. Default 10,000. */
  readonly patience?: number
}

/** Holes in what was heard of each topic. */
const holes = (heard: readonly Envelope[]): number => {
  const last = new Map<string, number>()
  let missing = 0
  for (const { topic, seq } of heard) {
    missing += Math.max(0, seq - (last.get(topic) ?? 0) - 1)
    last.set(topic, seq)
  }
  return missing
}

const settledHandles = async (before: number, { eventually }: Waiting): Promise<number> => {
  await eventually(() => (handles() ?? 0) <= before)
  return handles() ?? 0
}

const heldAtLast = async (memories: readonly WeakRef<object>[], { eventually }: Waiting): Promise<number> => {
  await eventually(async () => (await heldOf(memories)) === 0)
  return heldOf(memories)
}

/** Runs a system, a bridge and clients of its own, and leaves nothing behind. */
export const prove = async (options: ProveOptions = {}): Promise<Claim[]> => {
  const { onClaim = () => {}, through = (client: Reporter) => client, subjects, signal, patience = 10_000 } = options
  const wait = waiting(patience)
  const chosen = [...processSubjects, ...workSubjects].filter(({ name }) => !subjects || subjects.includes(name))
  const facts = createFacts()
  const secret = globalThis.crypto.randomUUID()
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-proof-')))
  const claims: Claim[] = []
  const decide = (subject: string, claim: Claim) => {
    claims.push(claim)
    onClaim(subject, claim)
  }
  const before = handles()
  const system = createSystem({ onError: () => {} })
  const bridge = await openBridge(system, { port: 0, secret, spawnable: [shell, subjectOf(facts)] })
  const token = await signToken({ sub: 'doctor', permissions: ['admin'], agents: ['*'], ttl: 600_000 }, secret)
  const clients = (['json', 'msgpack'] as const).map((codec) => connect(bridge.url, { token, codec, onError: () => {} }))
  const [client, other] = clients.map(through) as [Reporter, Reporter]
  const heard: Envelope[] = []
  client.channel<string>('#').envelopes.subscribe((envelope) => heard.push(envelope))
  await client.view()
  const from = heard.length
  try {
    for (const subject of chosen) {
      signal?.throwIfAborted()
      const proved = await proveOne(subject, { client, other, dir, facts, ...wait })
      for (const claim of proved) decide(subject.name, claim)
    }
    await client.view()
    decide('events', same('events that never came', holes(heard.slice(from).filter(isWhole(heard.slice(0, from)))), 0))
  } finally {
    await system.stop({ force: true })
    const left = [...system.state.agents.values()].filter(({ state }) => state !== 'stopped').length
    decide('the end', same('agents that live after the system was stopped', left, 0))
    await Promise.all(clients.map((each) => each.stop()))
    await bridge.close()
    rmSync(dir, { recursive: true, force: true })
  }
  if (facts.memories.length > 0)
    decide('the end', same('memories of stopped agents that the heap still holds', await heldAtLast(facts.memories, wait), 0))
  if (before === undefined) decide('the end', unchecked('open handles', 'this machine does not tell'))
  else
    decide(
      'the end',
      same('open handles that were not open before', Math.max(0, (await settledHandles(before, wait)) - before), 0),
    )
  return claims
}

/** Topics that were heard from their first event on. */
const isWhole = (earlier: readonly Envelope[]) => {
  const known = new Set(earlier.map(({ topic }) => topic))
  // Of who came before somebody listened, the first events are said already.
  return ({ topic }: Envelope): boolean => !known.has(topic) && !/^(client\.|system\.audit$)/.test(topic)
}

/** What cannot even be tried is a lie too: it was claimed that it can. */
const proveOne = async (subject: Subject, world: Parameters<Subject['prove']>[0]): Promise<readonly Claim[]> => {
  try {
    return await subject.prove(world)
  } catch (thrown) {
    return [{ about: subject.name, reported: 'it can be done', fact: describeThrown(thrown), verdict: 'lie' }]
  }
}
