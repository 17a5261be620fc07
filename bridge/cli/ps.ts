/** `troupe ps`: lists agents, tasks and swarms with their states. */
import { systemClock } from '../../src/clock.js'
import { viewToData } from '../../src/protocol/view.js'
import { harmless } from './event-line.js'
import { type RemoteFlags, reach } from './remote.js'
import { table } from './table.js'
import { readable } from './values.js'

const short = (text: string, length = 40) => {
  const plain = harmless(text).replaceAll('\n', ' ')
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain
}

export const ps = async (flags: RemoteFlags & { readonly json?: boolean }): Promise<void> => {
  const client = await reach(flags)
  try {
    const view = await client.view()
    if (flags.json) return console.log(JSON.stringify(viewToData(view)))
    const now = systemClock.now()
    const agents = [...view.agents.values()].map((agent) => [
      ...[agent.id, short(agent.name), agent.state === 'running' && agent.busy ? 'busy' : agent.state],
      ...[String(agent.tasks.length), String(agent.queue.length), readable(now - agent.spawnedAt), short(agent.activity ?? '')],
    ])
    const tasks = [...view.tasks.values()].map((task) => [
      task.id,
      short(task.title),
      task.blocked ? 'blocked' : task.state,
      `${Math.round(task.progress)} %`,
      task.agent ?? '',
    ])
    const swarms = [...view.swarms.values()].map((swarm) => [
      swarm.id,
      short(swarm.name),
      swarm.state,
      swarm.phase,
      `${swarm.progress} %`,
      `${swarm.completed}/${swarm.total}`,
    ])
    console.log(table([['AGENT', 'NAME', 'STATE', 'RUNNING', 'WAITING', 'UP', 'ACTIVITY'], ...agents]))
    console.log(`\n${table([['TASK', 'TITLE', 'STATE', 'DONE', 'AGENT'], ...tasks])}`)
    console.log(`\n${table([['SWARM', 'NAME', 'STATE', 'PHASE', 'DONE', 'TASKS'], ...swarms])}`)
  } finally {
    await client.stop()
  }
}
