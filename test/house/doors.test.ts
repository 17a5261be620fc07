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
    expect(namesOf(await import('troupe/bridge'))).toEqual(['native', 'openBridge', 'signToken'])
  })

  it('of the client show the same to Node and to browsers', async () => {
    expect(namesOf(await import('troupe/client'))).toEqual(['connect'])
    expect(namesOf(await import('../../src/client/index.js'))).toEqual(['connect'])
  })

  it('of the test kit show what tests need', async () => {
    expect(namesOf(await import('troupe/testing'))).toEqual([
      ...['createManualClock', 'createSeededIds', 'probe', 'record', 'recordingSocket', 'settle'],
    ])
  })

  it('of the native dialect show it', async () => {
    expect(namesOf(await import('troupe/dialects/native'))).toEqual(['native'])
  })

  it('of the Onsembl dialect show it, and the shapes of its messages', async () => {
    expect(namesOf(await import('troupe/dialects/onsembl'))).toEqual(['inbound', 'onsembl', 'outbound'])
  })

  it('are all that package.json opens', () => {
    // The manifest is our own; the two members that are read of it are named.
    const { exports } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { exports: object }
    expect(Object.keys(exports)).toEqual([
      '.',
      './actors',
      './bridge',
      './client',
      './testing',
      './dialects/native',
      './dialects/onsembl',
      './package.json',
    ])
  })
})
