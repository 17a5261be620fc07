/** The channel of swarms: who belongs to them, how they are connected, what they decide. */
import type {
  AgentJoinedEvent,
  AgentLeftEvent,
  CollectiveDecisionEvent,
  ConsensusEvent,
  CoordinationEvent,
  SwarmStateEvent,
  SwarmTopology,
  TopologyChangeEvent,
} from '../dialects/claude-flow/data.js'
import { ChannelClient, ChannelServer, now, type Outcome } from './channel.js'
import type { WSClient } from './client.js'
import type { WSRouter } from './router.js'

type Vote = 'yes' | 'no' | 'abstain'
type Votes = readonly { readonly agentId: string; readonly vote: Vote }[]

/**
 * Events: `topology-change`, `agent-joined`, `agent-left`, `consensus-event`, `collective-decision`, `state-update`, `coordination-event`,
 * for what is published without an id.
 */
export class SwarmChannelServer extends ChannelServer {
  constructor(router: WSRouter) {
    super(router, 'swarm', {
      topology: 'topology-change',
      'agent-joined': 'agent-joined',
      'agent-left': 'agent-left',
      consensus: 'consensus-event',
      decision: 'collective-decision',
      state: 'state-update',
      coordination: 'coordination-event',
    })
  }

  publishTopologyChange(event: TopologyChangeEvent): Promise<void> {
    return this.say(event.swarmId, 'topology', event)
  }
  publishAgentJoined(event: AgentJoinedEvent): Promise<void> {
    return this.say(event.swarmId, 'agent-joined', event)
  }
  publishAgentLeft(event: AgentLeftEvent): Promise<void> {
    return this.say(event.swarmId, 'agent-left', event)
  }
  /** In a swarm of the server's system `proposed` opens a ballot among its members, and `voting` votes in it. */
  publishConsensus(event: ConsensusEvent): Promise<void> {
    return this.say(event.swarmId, 'consensus', event)
  }
  /** In a swarm of the server's system a question opens a ballot among its members, and votes are cast in it. */
  publishCollectiveDecision(event: CollectiveDecisionEvent): Promise<void> {
    return this.say(event.swarmId, 'decision', event)
  }
  publishState(event: SwarmStateEvent): Promise<void> {
    return this.say(event.swarmId, 'state', event)
  }
  publishCoordination(event: CoordinationEvent): Promise<void> {
    return this.say(event.swarmId, 'coordination', event)
  }

  /** A swarm without members yet. `_metadata` is not told: the event has no place for it. */
  publishSwarmInitialized(swarmId: string, topology: SwarmTopology, _metadata?: Record<string, unknown>): Promise<void> {
    const state = { topology, agentCount: 0, activeAgents: 0, queueSize: 0, healthScore: 100 }
    return this.publishState({ swarmId, state, timestamp: now() })
  }
  publishConsensusProposal(swarmId: string, proposalId: string, proposal: unknown): Promise<void> {
    return this.publishConsensus({ swarmId, proposalId, type: 'proposed', proposal, timestamp: now() })
  }
  /** What was counted elsewhere. */
  publishConsensusResult(swarmId: string, proposalId: string, accepted: boolean, votes: Votes): Promise<void> {
    const count = (wanted: Vote) => votes.filter(({ vote }) => vote === wanted).length
    return this.publishConsensus({
      ...{ swarmId, proposalId, type: accepted ? 'accepted' : 'rejected', votes: [...votes], timestamp: now() },
      result: { accepted, votesFor: count('yes'), votesAgainst: count('no'), abstentions: count('abstain') },
    })
  }
}

/**
 * Events, each also with `:<id>` behind it: `topology-change`, `agent-joined`, `agent-left`, `consensus`, `decision`, `state-update`,
 * `coordination`.
 */
export class SwarmChannelClient extends ChannelClient {
  constructor(client: WSClient) {
    super(client, 'swarm', 'swarmId', {
      topology: 'topology-change',
      'agent-joined': 'agent-joined',
      'agent-left': 'agent-left',
      consensus: 'consensus',
      decision: 'decision',
      state: 'state-update',
      coordination: 'coordination',
    })
  }

  subscribeToSwarm(swarmId: string): Promise<void> {
    return this.follow(swarmId)
  }
  unsubscribeFromSwarm(swarmId: string): Promise<void> {
    return this.unfollow(swarmId)
  }
  getSubscribedSwarms(): string[] {
    return this.subscribed
  }

  submitVote(swarmId: string, proposalId: string, vote: Vote, agentId: string): Promise<void> {
    const votes = [{ agentId, vote }]
    return this.report(swarmId, 'consensus', { swarmId, proposalId, type: 'voting', votes, timestamp: now() })
  }
  /** `confidence`: 0 to 1; default 1. */
  submitDecision(swarmId: string, decisionId: string, agentId: string, option: string, confidence?: number): Promise<void> {
    const votes = [{ agentId, option, ...(confidence === undefined ? {} : { confidence }) }]
    return this.report(swarmId, 'decision', { swarmId, decisionId, votes, timestamp: now() })
  }

  /** How a proposal ends, or has ended, in a swarm that this client listens to. Rejects after `timeout` milliseconds; default: it waits. */
  waitForConsensus(swarmId: string, proposalId: string, timeout?: number): Promise<ConsensusEvent> {
    return this.wait<ConsensusEvent>(keyOf(swarmId, proposalId), timeout, `Consensus on proposal ${proposalId}`)
  }

  protected override outcomeOf(name: string, id: string, data: unknown): Outcome | undefined {
    if (name !== 'consensus' || typeof data !== 'object' || data === null) return undefined
    const { proposalId, type } = data as Partial<ConsensusEvent>
    if (proposalId === undefined || type === undefined || type === 'voting') return undefined
    return { key: keyOf(id, proposalId), over: type === 'accepted' || type === 'rejected' }
  }
}

const keyOf = (swarmId: string, proposalId: string): string => JSON.stringify([swarmId, proposalId])
