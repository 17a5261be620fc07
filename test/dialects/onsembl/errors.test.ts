import { describe, expect, it } from 'vitest'
import { shell } from '../../../actors/index.js'
import { codeOf, isRecoverable } from '../../../bridge/dialects/onsembl/states.js'
import { outbound } from '../../../bridge/dialects/onsembl/words.js'
import { type Code, codes } from '../../../src/errors.js'
import { allFit, onsemblWorld } from './dashboard.js'

const all = Object.keys(codes) as Code[]

describe('an error', () => {
  it('of the runtime has a code of the document, recoverable as the document says', () => {
    const { code } = outbound.error.shape.payload.shape
    expect(all.filter((each) => !code.safeParse(codeOf(each)).success)).toEqual([])
    expect(all.filter((each) => codeOf(each) === 'AUTH_FAILED' && isRecoverable(each))).toEqual([])
    expect(all.filter((each) => codeOf(each) !== 'AUTH_FAILED' && !isRecoverable(each))).toEqual(['UNSUPPORTED_VERSION'])
  })

  it.each([
    [
      'AUTH_FAILED',
      ['AUTH_REQUIRED', 'AUTH_FAILED', 'AUTH_EXPIRED', 'FORBIDDEN', 'ORIGIN_REFUSED', 'SIGNATURE_REQUIRED', 'SIGNATURE_INVALID'],
    ],
    ['AGENT_OFFLINE', ['NOT_RUNNING', 'ENDED', 'CRASHED']],
    ['COMMAND_TIMEOUT', ['TIMEOUT']],
    ['QUEUE_FULL', ['QUEUE_FULL']],
    ['RATE_LIMIT', ['RATE_LIMITED', 'TOO_MANY']],
  ])('%s stands for %j', (theirs, ours) => {
    expect(all.filter((each) => codeOf(each) === theirs)).toEqual(ours)
  })
})

const request = (payload: object) => ({ version: '1.0.0', type: 'command:request', timestamp: 1, payload })
const good = { agentId: 'agent-1', command: 'ls', priority: 'normal' }

describe('a message that does not fit', () => {
  it.each([
    ['is no JSON', 'nonsense', 'JSON'],
    ['is an array', '[]', 'array'],
    ['has no type', { payload: {} }, 'needs a type'],
    ['has a type that is no text', { type: 7 }, 'needs a type'],
    ['has a type that nobody knows', { type: 'command:reqest', payload: good }, 'command:request'],
    ['is the server’s to say', { type: 'agent:list', payload: { agents: [] } }, 'server alone'],
    ['has no payload', { type: 'command:request' }, 'payload'],
    ['has an agent that is no text', request({ ...good, agentId: 7 }), 'agentId'],
    ['has an agent with a name too long', request({ ...good, agentId: 'a'.repeat(129) }), 'agentId'],
    ['has no command', request({ agentId: 'agent-1' }), 'command'],
    ['has an empty command', request({ ...good, command: ' \n' }), 'empty'],
    ['has a command with a null in it', request({ ...good, command: 'ls\u0000' }), 'control characters'],
    ['has a command with an escape in it', request({ ...good, command: '\u001b[2Jls' }), 'control characters'],
    ['has a command too long', request({ ...good, command: 'l'.repeat(100_001) }), 'command'],
    ['has a priority that is not known', request({ ...good, priority: 'urgent' }), 'priority'],
    ['has a timeout of nothing', request({ ...good, timeout: 0 }), 'timeout'],
    ['interrupts nothing', { type: 'command:interrupt', payload: {} }, 'commandId'],
    ['beats without a sequence', { type: 'heartbeat', payload: {} }, 'sequence'],
    ['connects without a token', { type: 'dashboard:connect', payload: { clientInfo: {} } }, 'token'],
    ['connects without saying who it is', { type: 'dashboard:connect', payload: { token: 'x' } }, 'clientInfo'],
    ['renews with nothing', { type: 'token:refresh', payload: { token: '' } }, 'token'],
  ])('since it %s is answered INVALID_MESSAGE with a sentence, and the connection lives', async (_, message, says) => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    one.say(message)
    expect(await one.payload('error')).toMatchObject({
      ...{ code: 'INVALID_MESSAGE', recoverable: true },
      message: expect.stringContaining(says),
    })
    one.tell('heartbeat', { sequence: 1 })
    await one.type('heartbeat')
    expect(one.all('error').length).toBe(1)
    expect(system.state.tasks.size).toBe(0)
    allFit(one)
  })

  it('has lines and tabs in its command, which fits', async () => {
    const { system, dashboard } = await onsemblWorld()
    system.spawn(shell, { id: 'agent-1' })
    const one = await dashboard()
    const commandId = await one.run('agent-1', 'echo one\n\techo two')
    await one.end(commandId)
    expect(
      one
        .all('terminal:output')
        .map(({ data }) => data)
        .join(''),
    ).toBe('one\ntwo\n')
  })
})
