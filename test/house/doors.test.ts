/** The names that each door of the package shows: a change here is a change for users. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const namesOf = (door: object): string[] => Object.keys(door).sort()

describe('the doors', () => {
  it('of the runtime show at most 20 values', async () => {
    const names = namesOf(await import('troupe'))
    expect(names).toEqual([
      'TroupeError',
      'createMemoryJournal',
      'createSystem',
      'escalate',
      'majority',
      'oneForAll',
      'oneForOne',
      'openJournal',
      'plurality',
      'quorum',
      'restForOne',
      'restart',
      'resume',
      'stop',
      'supermajority',
      'systemClock',
      'unanimous',
      'weighted',
    ])
    expect(names.length).toBeLessThanOrEqual(20)
  })

  it('of the actors show their kinds', async () => {
    expect(namesOf(await import('troupe/actors'))).toEqual([
      'agent',
      'approval',
      'endLeftovers',
      'graph',
      'serve',
      'shell',
      'shellAgent',
      'swarm',
      'task',
    ])
  })

  it('of the bridge show how to open one', async () => {
    expect(namesOf(await import('troupe/bridge'))).toEqual([
      ...['configurable', 'dialects', 'native', 'openBridge', 'signToken', 'textMessage'],
    ])
  })

  it('of the client show the same to Node and to browsers', async () => {
    expect(namesOf(await import('troupe/client'))).toEqual(['connect'])
    expect(namesOf(await import('../../src/client/index.js'))).toEqual(['connect'])
  })

  it('of the keys show how to make them, and how an agent of the process signs', async () => {
    expect(namesOf(await import('troupe/keys'))).toEqual(['createKeys', 'createSigner', 'publicKeys'])
  })

  it('of the test kit show what tests need', async () => {
    expect(namesOf(await import('troupe/testing'))).toEqual([
      ...['createManualClock', 'createSeededIds', 'probe', 'record', 'recordingSocket', 'settle'],
    ])
  })

  it('of the dialects show them, with the schemas of their words', async () => {
    expect(namesOf(await import('troupe/dialects/native'))).toEqual(['native'])
    expect(namesOf(await import('troupe/dialects/agentcraft'))).toEqual(['agentcraft', 'inbound', 'outbound'])
    expect(namesOf(await import('troupe/dialects/openclaw'))).toEqual(['inbound', 'openclaw', 'outbound'])
    expect(namesOf(await import('troupe/dialects/team-dashboard'))).toEqual(['inbound', 'outbound', 'teamDashboard'])
  })

  it('of the Onsembl dialect show it, and the shapes of its messages', async () => {
    expect(namesOf(await import('troupe/dialects/onsembl'))).toEqual(['inbound', 'onsembl', 'outbound'])
  })

  it('of tracing shows who opens spans', async () => {
    expect(namesOf(await import('troupe/tracing'))).toEqual(['openTelemetry'])
  })

  it('of claude-flow show its dialect, and its programming interface', async () => {
    expect(namesOf(await import('troupe/dialects/claude-flow'))).toEqual(['claudeFlow', 'inbound', 'outbound'])
    expect(namesOf(await import('troupe/claude-flow'))).toEqual([
      ...['AgentChannelClient', 'AgentChannelServer', 'ErrorCodes', 'MessageSerializer', 'MessageValidator', 'PROTOCOL_VERSION'],
      ...['SwarmChannelClient', 'SwarmChannelServer', 'TaskChannelClient', 'TaskChannelServer', 'VersionNegotiator'],
      ...['WSClient', 'WSRouter', 'WSServer'],
    ])
  })

  it('of the stores show how to make one', async () => {
    expect(namesOf(await import('troupe/journal/level'))).toEqual(['levelStore'])
    expect(namesOf(await import('troupe/journal/postgres'))).toEqual(['postgresStore'])
  })

  it('are all that package.json opens', () => {
    // The manifest is our own; the two members that are read of it are named.
    const { exports } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { exports: object }
    expect(Object.keys(exports)).toEqual([
      '.',
      './actors',
      './bridge',
      './client',
      './keys',
      './testing',
      './tracing',
      './claude-flow',
      './dialects/native',
      './dialects/openclaw',
      './dialects/team-dashboard',
      './dialects/onsembl',
      './dialects/agentcraft',
      './dialects/claude-flow',
      './journal/level',
      './journal/postgres',
      './package.json',
    ])
  })
})
