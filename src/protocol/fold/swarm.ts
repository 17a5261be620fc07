/** What becomes of a swarm's entry in the view. */
import type { EventAbout, EventOf } from '../event.js'
import { isFinal, type PrintedPiece, type SwarmView, type View } from '../view.js'
import { begin, optional, retire, reword } from './entries.js'
import { withPiece } from './lines.js'

/** What the entry of a swarm tells of what has happened: lines of its log, pieces of output, and characters of each. */
const linesKept = 50
const piecesKept = 10
const textKept = 1_000

/** Lists are replaced, never changed, so that a copy of the view may share them. */
const newest = <T>(list: readonly T[], item: T, keep: number): readonly T[] => [...list.slice(list.length < keep ? 0 : 1), item]

/** A task of the swarm has printed something. */
export const print = (view: View, id: string, piece: PrintedPiece): void => {
  const swarm = view.swarms.get(id)
  if (!swarm) return
  const { text } = piece
  const end = text.length > textKept ? `…${text.slice(1 - textKept)}` : text
  swarm.printed = newest(swarm.printed, { ...piece, text: end }, piecesKept)
  swarm.lines = withPiece(swarm.lines, piece)
}

export const foldSwarm = (view: View, event: EventAbout<'swarm'>, at: number, keep: number, by: string): void => {
  if (event.type === 'swarm.created') return begin(view.swarms, newSwarm(event, at, by))
  const swarm = view.swarms.get(event.id)
  if (!swarm) return
  switch (event.type) {
    case 'swarm.status':
      swarm.state = event.state
      swarm.phase = event.phase
      if (isFinal(event.state)) retire(view.swarms, event.id, keep)
      return
    case 'swarm.member': {
      const known = swarm.members.findIndex(({ id }) => id === event.agent)
      if (known >= 0) swarm.members.splice(known, 1)
      if (event.change === 'joined') swarm.members.push({ id: event.agent, ...optional({ role: event.role }) })
      return
    }
    case 'swarm.coordinator':
      if (event.agent) swarm.coordinator = event.agent
      else delete swarm.coordinator
      return
    case 'swarm.progress':
      delete swarm.remaining
      Object.assign(
        swarm,
        { progress: event.progress, completed: event.completed, total: event.total },
        optional({ remaining: event.remaining }),
      )
      return
    case 'swarm.updated':
      return reword(swarm, { name: event.name, goal: event.goal }, event.metadata)
    case 'swarm.rewired':
      swarm.topology = event.topology
      swarm.wiring = event.wiring
      return
    case 'swarm.health':
      swarm.health = event.health
      return
    case 'swarm.handed-over':
    case 'swarm.hop':
      return
    case 'swarm.log': {
      const { level, text, agent, task } = event
      const line = { at, offset: view.offset, level, text: text.slice(0, textKept), ...optional({ agent, task }) }
      swarm.log = newest(swarm.log, line, linesKept)
      return
    }
    default:
      return event satisfies never
  }
}

const newSwarm = (event: EventOf<'swarm.created'>, at: number, by: string): SwarmView => ({
  id: event.id,
  name: event.name,
  by,
  goal: event.goal,
  topology: event.topology,
  state: 'forming',
  phase: 'forming',
  members: [],
  tasks: [],
  progress: 0,
  completed: 0,
  total: 0,
  log: [],
  printed: [],
  lines: [],
  createdAt: at,
  ...optional({ deadline: event.deadline, metadata: event.metadata }),
})
