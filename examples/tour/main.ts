/** Troupe in one page: an agent, a task, a swarm, a vote, and a client that watches over WebSocket. */

import { readFile } from 'node:fs/promises'
import { createSystem, majority, restart } from 'troupe'
import { agent, shell, swarm, task } from 'troupe/actors'
import { native, openBridge, signToken } from 'troupe/bridge'
import { connect } from 'troupe/client'
import { z } from 'zod'

const judge = async (path: string, signal: AbortSignal): Promise<'pass' | 'fail'> =>
  (await readFile(path, { encoding: 'utf8', signal })).includes('\t') ? 'fail' : 'pass'

const reviewer = agent('reviewer', {
  hears: { review: { path: z.string() } },
  says: { reviewed: { path: z.string(), verdict: z.enum(['pass', 'fail']) } },
  on: {
    async review({ path }, { say, signal, progress }) {
      progress(10, 'reading')
      const verdict = await judge(path, signal)
      say({ type: 'reviewed', path, verdict })
      return verdict
    },
    ballot(_ballot, { vote }) {
      vote('merge', { reason: 'it reads well' })
    },
  },
})

await using system = createSystem()
const ada = system.spawn(reviewer, { id: 'ada', onFailure: restart({ times: 3, within: 10_000, backoff: [100, 5_000] }) })
system.channel('agent.*.status').subscribe((event) => console.log(event.id, event.state))
ada.send({ type: 'review', path: 'package.json' })

const secret = 'a secret of at least thirty-two bytes, only for this example'
await using bridge = await openBridge(system, { port: 0, secret, dialects: [native], spawnable: [reviewer, shell] })
const token = await signToken({ sub: 'tour', permissions: ['read', 'write', 'agent_control'], ttl: 60_000 }, secret)
await using remote = connect(bridge.url, { token, codec: 'msgpack' })
const seen = new Promise<void>((resolve) => {
  remote.channel('task.*.status').subscribe((event) => {
    console.log('seen from afar:', event.id, event.state)
    if (event.state === 'completed') resolve()
  })
})
await remote.view()

const review = system.spawn(task({ to: ada, message: { type: 'review', path: 'README.md' }, retries: 2, priority: 'high' }))
console.log('verdict:', await review.result())

const squad = system.spawn(swarm({ goal: 'ship it', topology: 'star', members: [ada] }))
const ballot = system.propose('Merge #42?', {
  voters: squad,
  choices: ['merge', 'hold'],
  rule: majority({ quorum: 2 / 3 }),
  within: 5_000,
})
const { decision } = await ballot.result()
console.log('decision:', decision)
await seen
