/** All protocols as random clients speak them. */
import { agentcraftTongue } from './agentcraft.js'
import { claudeFlowTongue } from './claude-flow.js'
import { nativeTongue } from './native.js'
import { onsemblTongue } from './onsembl.js'
import { openclawTongue } from './openclaw.js'
import { teamTongue } from './team-dashboard.js'
import type { Tongue } from './tongue.js'

export const tongues: readonly Tongue[] = [
  nativeTongue,
  openclawTongue('frontend'),
  openclawTongue('agent'),
  teamTongue,
  onsemblTongue,
  agentcraftTongue,
  claudeFlowTongue,
]
