/** `troupe ps`: lists agents, tasks and swarms with their states, and how much needs a person. */
import { systemClock } from '../../src/clock.js'
import { type AgentView, isFinal, type View, viewToData } from '../../src/protocol/view.js'
import { jsonLine, short } from './print.js'
import { type RemoteFlags, visit } from './remote.js'
import { table } from './table.js'
import { readable, size } from './values.js'

const stateOf = ({ state, frozen, busy }: AgentView): string => {
  if (state === 'paused' && frozen) return 'frozen'
  return state === 'running' && busy ? 'busy' : state
}

/** The columns of what its processes take stand there only where somebody has looked at any. */
const agentTable = (agents: readonly AgentView[], now: number): string => {
  const measured = agents.some(({ metrics, state }) => metrics && !isFinal(state))
  const taken = ({ metrics, state }: AgentView) =>
    metrics && !isFinal(state) ? [`${Math.round(metrics.cpu * 100)} %`, size(metrics.memory)] : ['', '']
  const rows = agents.map((agent) => [
    ...[agent.id, short(agent.name), stateOf(agent), String(agent.tasks.length), String(agent.queue.length)],
    ...(measured ? taken(agent) : []),
    ...[readable(now - agent.spawnedAt), short(agent.activity ?? '')],
  ])
  const head = ['AGENT', 'NAME', 'STATE', 'RUNNING', 'WAITING', ...(measured ? ['CPU', 'MEMORY'] : []), 'UP', 'ACTIVITY']
  return table([head, ...rows])
}

const picture = (view: View): string => {
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
    short(swarm.phase),
    `${swarm.progress} %`,
    `${swarm.completed}/${swarm.total}`,
  ])
  // What the token may not see does not stand in its view.
  const open = [...view.attention.values()].filter(({ state }) => state === 'open').length
  return [
    agentTable([...view.agents.values()], systemClock.now()),
    table([['TASK', 'TITLE', 'STATE', 'DONE', 'AGENT'], ...tasks]),
    table([['SWARM', 'NAME', 'STATE', 'PHASE', 'DONE', 'TASKS'], ...swarms]),
    ...(open > 0 ? [`${open} ${open === 1 ? 'thing needs' : 'things need'} you: troupe attention`] : []),
  ].join('\n\n')
}

export const ps = (flags: RemoteFlags): Promise<void> =>
  visit(flags, async (client) => {
    const view = await client.view()
    console.log(flags.json ? jsonLine(viewToData(view)) : picture(view))
  })
