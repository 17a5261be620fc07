/** SECURITY.md names nothing that is not there. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { settled } from '../../bridge/options.js'
import { permissions } from '../../bridge/principal.js'
import { signToken, verifyToken } from '../../bridge/token.js'
import { events } from '../../src/protocol/event.js'
import { secretNames } from '../../src/system/redact.js'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const text = read('SECURITY.md')
const command = readdirSync(new URL('../../bridge/cli', import.meta.url))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => read(`bridge/cli/${name}`))
  .join('\n')
const all = (pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([whole, part]) => part ?? whole))]

describe('SECURITY.md', () => {
  it('names flags and variables that the command has', () => {
    const flags = all(/(?<!-)--[a-z][a-z-]+/g)
    expect(flags.length).toBeGreaterThan(8)
    expect(flags.filter((flag) => !command.includes(`'${flag} `) && !command.includes(`'${flag}'`))).toEqual([])
    const variables = all(/TROUPE_[A-Z_]+/g)
    expect(variables.filter((name) => !command.includes(`'${name}'`))).toEqual([])
  })

  it('names verbs, permissions, events and options that there are', () => {
    const verbs = all(/troupe ([a-z]+)/g).filter((verb) => text.includes(`\`troupe ${verb}`))
    expect(verbs.filter((verb) => !command.includes(`.command('${verb}')`))).toEqual([])
    const said = all(/`(system\.[a-z-]+)`/g)
    expect(said.filter((name) => !Object.hasOwn(events, name))).toEqual([])
    for (const name of ['admin', 'agent_control', 'write']) expect(permissions).toContain(name)
    const options = read('bridge/options.ts')
    for (const name of ['spawnable', 'audit', 'revocations']) {
      expect(text).toContain(`\`${name}`)
      expect(options).toContain(`readonly ${name}?:`)
    }
    const shellOptions = ['run', 'policy', 'environment', 'limits'].map((name) => read(`actors/shell/${name}.ts`)).join('\n')
    for (const name of ['allow', 'deny', 'shell', 'maxLength', 'settable', 'inherit', 'workspaceRoot']) {
      expect(text).toContain(`\`${name}\``)
      expect(shellOptions).toContain(`readonly ${name}?:`)
    }
  })

  it('tells the defaults that stand', async () => {
    const { host, origins, maxFrame, authTimeout, open, audit } = settled({ secret: 'x' })
    expect({ host, origins, maxFrame, authTimeout, open, audit }).toEqual({
      ...{ host: '127.0.0.1', origins: [], maxFrame: 1_048_576, authTimeout: 5_000, open: false, audit: 'heard' },
    })
    expect(() => settled({ auth: false, host: '0.0.0.0' })).toThrow(/drive every agent/)
    const token = await signToken({ sub: 'ann', ttl: 1_000 }, 'x')
    const principal = await verifyToken(token, 'x', Date.parse('2000-01-01'))
    expect(principal).toMatchObject({ permissions: ['read'], agents: [], jti: expect.any(String) })
    expect(principal).not.toHaveProperty('tenant')
    for (const name of ['password', 'secret', 'token', 'authorization', 'api_key', 'cookie']) {
      expect(text).toContain(`\`${name}\``)
      expect(secretNames.test(name)).toBe(true)
    }
  })
})
