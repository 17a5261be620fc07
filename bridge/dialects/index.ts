/** All protocols that are spoken, in the order in which they are tried where two share a path. */
import type { Dialect } from '../dialect.js'
import { agentcraft } from './agentcraft/index.js'
import { claudeFlow } from './claude-flow/index.js'
import { native } from './native/index.js'
import { onsembl } from './onsembl/index.js'
import { openclaw } from './openclaw/index.js'
import { teamDashboard } from './team-dashboard/index.js'

// Each takes back the state that it made itself, whatever that is.
export const dialects: readonly Dialect[] = [
  native as Dialect,
  openclaw as Dialect,
  teamDashboard as Dialect,
  onsembl as Dialect,
  agentcraft as Dialect,
  claudeFlow as Dialect,
]
