/** `GET /metrics`: who may read it, and whether what it says is what happened. */
import { register } from 'prom-client'
import { describe, expect, it } from 'vitest'
import type { BridgeOptions } from '../../../bridge/index.js'
import { refusedUpgrade } from '../../kit/tclient.js'
import { setUp } from '../../kit/world.js'

/** The samples of a page: `name{labels}` → value. */
const samplesIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ')
        return [line.slice(0, at), Number(line.slice(at + 1))]
      }),
  )

const page = (url: string, token?: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/metrics`, { headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...headers } })

const world = async (options: BridgeOptions = {}) => {
  const all = await setUp(options)
  const samples = async () => {
    const response = await page(all.http, await all.token({ permissions: ['read', 'system_monitor'] }))
    expect(response.status).toBe(200)
    return samplesIn(await response.text())
  }
  return { ...all, samples }
}

describe('GET /metrics', () => {
  it('tells who tries tokens to come back later, and counts what was turned away', async () => {
    const { http, bridge, token } = await setUp({ logins: { failures: 2 } })
    const list = '/.well-known/jwks.json'
    const tried = async (path: string) => {
      const { status, headers } = await fetch(`${http}${path}`, { headers: { Authorization: 'Bearer nonsense' } })
      return [status, headers.get('retry-after')]
    }
    expect(await tried('/metrics')).toEqual([401, null])
    expect(await tried(list)).toEqual([401, null])
    expect(await tried('/metrics')).toEqual([429, '60'])
    expect(await tried(list)).toEqual([429, '60'])
    const headers = { Origin: 'https://elsewhere.example' }
    await fetch(`${http}/healthz`, { headers })
    await refusedUpgrade(bridge.url, { headers })
    await refusedUpgrade(bridge.url, { protocols: ['nobody.v1'] })
    const text = await (await page(http, await token())).text()
    expect(text).toContain('troupe_connections_refused_total{code="ORIGIN_REFUSED"} 2')
    expect(text).toContain('troupe_connections_refused_total{code="UNSUPPORTED"} 1')
  })

  it('is for whoever has system_monitor', async () => {
    const { http, token, samples } = await world()
    const without = await page(http)
    expect([without.status, without.headers.get('www-authenticate'), await without.json()]).toEqual([
      401,
      'Bearer',
      { error: 'AUTH_REQUIRED', message: expect.stringContaining('token') },
    ])
    expect((await page(http, 'nonsense')).status).toBe(401)
    const narrow = await page(http, await token({ permissions: ['read', 'write', 'agent_control'] }))
    expect([narrow.status, await narrow.json()]).toEqual([403, { error: 'FORBIDDEN', message: expect.any(String) }])
    const elsewhere = await token({ permissions: ['read', 'system_monitor'], channels: { read: ['task.#'] } })
    expect((await page(http, elsewhere)).status).toBe(403)
    expect((await samples()).get('troupe_logins_rejected_total{code="AUTH_FAILED"}')).toBe(1)
  })

  it('is in the words of Prometheus, in no registry but its own', async () => {
    const { http, token } = await world()
    const response = await page(http, await token())
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await response.text()).toMatch(/^# HELP troupe_connections .*\n# TYPE troupe_connections gauge\n/)
    expect(await register.metrics()).toBe('\n')
  })

  it('may be open, or not there', async () => {
    expect((await page((await world({ metrics: { open: true } })).http)).status).toBe(200)
    const { http, token } = await world({ metrics: false })
    expect((await page(http, await token())).status).toBe(404)
  })

  it('asks for no token where nothing does, but for a name of this machine', async () => {
    const { bridge, http } = await world({ auth: false })
    expect((await page(http)).status).toBe(200)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) =>
      request({ port: bridge.port, path: '/metrics', headers: { Host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end(),
    )
    expect(status).toBe(403)
  })

  it('tells of connections, messages, commands and errors', async () => {
    const { client, welcome, samples } = await world()
    const one = await welcome()
    await client()
    await one.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    await one.ask('agent.pause', { id: 'nobody' })
    await one.ask('no.such', {})
    const told = await samples()
    expect(told.get('troupe_connections{dialect="native",state="open"}')).toBe(1)
    expect(told.get('troupe_connections{dialect="native",state="unwelcome"}')).toBe(1)
    expect(told.get('troupe_connections_opened_total')).toBe(2)
    expect(told.get('troupe_sessions{state="connected"}')).toBe(1)
    expect(told.get('troupe_received_message_bytes_count{dialect="native"}')).toBe(4)
    expect(told.get('troupe_received_message_bytes_sum{dialect="native"}')).toBeGreaterThan(100)
    expect(told.get('troupe_received_message_bytes_bucket{le="+Inf",dialect="native"}')).toBe(4)
    expect(told.get('troupe_sent_frame_bytes_count{dialect="native"}')).toBeGreaterThanOrEqual(4)
    expect(told.get('troupe_command_duration_seconds_count{type="agent.spawn"}')).toBe(1)
    expect(told.get('troupe_errors_total{code="NOT_FOUND"}')).toBe(1)
    expect(told.get('troupe_errors_total{code="INVALID_MESSAGE"}')).toBe(1)
    await one.close()
    let later = await samples()
    while (!later.has('troupe_connections_closed_total{reason="no-status"}')) later = await samples()
    expect(later.get('troupe_sessions{state="away"}')).toBe(1)
  })

  it('tells of deliveries, and how long they took', async () => {
    const { welcome, system, samples } = await world()
    const one = await welcome()
    await one.ask('subscribe', { patterns: ['team.#'] })
    for (let at = 0; at < 5; at++) await system.channel('team.blue').publish(at)
    await one.until(({ payload }) => payload['body'] === 4)
    const told = await samples()
    expect(told.get('troupe_deliveries_total')).toBe(5)
    expect(told.get('troupe_delivery_duration_seconds_count')).toBe(5)
    expect(told.get('troupe_drops_total{reason="overflow"}')).toBe(0)
    expect(told.get('troupe_outbox_events')).toBe(0)
  })

  it('does not take for slow what is sent again after a resume', async () => {
    const { client, welcome, token, system, samples } = await world()
    const one = await welcome()
    const { payload } = await one.until(({ type }) => type === 'welcome')
    await one.ask('subscribe', { patterns: ['team.#'] })
    await one.close()
    for (let at = 0; at < 3; at++) await system.channel('team.blue').publish(at)
    const two = await client()
    await two.hello({ token: await token(), resume: { session: payload['session'], cursor: payload['cursor'] } })
    await two.until((frame) => frame.payload['body'] === 2)
    const told = await samples()
    expect(told.get('troupe_deliveries_total')).toBe(3)
    expect(told.get('troupe_delivery_duration_seconds_count')).toBe(0)
  })

  it('goes back to nothing when everybody has gone, however they went', async () => {
    const { welcome, system, samples } = await world({ sessionWindow: 0 })
    const all = await Promise.all(Array.from({ length: 20 }, () => welcome()))
    await all[0]?.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    for (const [at, each] of all.entries()) {
      await each.ask('subscribe', { patterns: ['team.#'] })
      for (let times = 0; times < 5; times++) each.say('agent.send', { to: 'ada', message: { type: 'echo', value: times } })
      each.say('agent.ask', { to: 'ada', message: { type: 'slow' } })
      void system.channel('team.blue').publish(at)
      if (at % 3 === 0) each.say('close')
      else if (at % 3 === 1) each.socket.terminate()
      else void each.close()
    }
    await system.agent('ada').stop({ force: true })
    const gauges = [
      'troupe_connections{dialect="native",state="open"}',
      'troupe_connections{dialect="native",state="unwelcome"}',
      'troupe_sessions{state="connected"}',
      ...['troupe_outbox_events', 'troupe_outbox_bytes', 'troupe_mailbox_messages', 'troupe_queued_tasks'],
    ]
    let told = await samples()
    while (gauges.some((name) => (told.get(name) ?? 0) !== 0)) told = await samples()
    const closed = [...told].filter(([name]) => name.startsWith('troupe_connections_closed_total'))
    expect(closed.reduce((sum, [, count]) => sum + count, 0)).toBe(20)
  })

  it('tells of agents, what waits for them, and the journal', async () => {
    const { welcome, system, samples } = await world()
    const one = await welcome()
    await one.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    await one.ask('agent.spawn', { definition: 'odd', id: 'bob' })
    await one.ask('agent.pause', { id: 'ada' })
    for (const to of ['ada', 'ada', 'ada']) await one.ask('agent.send', { to, message: { type: 'echo', value: 1 } })
    await one.ask('task.create', { id: 't1', to: 'ada', message: { type: 'echo', value: 1 } })
    const told = await samples()
    expect(told.get('troupe_agents{state="running"}')).toBe(1)
    expect(told.get('troupe_agents{state="paused"}')).toBe(1)
    expect(told.get('troupe_agents{state="crashed"}')).toBe(0)
    expect(told.get('troupe_tasks{state="assigned"}')).toBe(1)
    expect(told.get('troupe_mailbox_messages')).toBe(3)
    expect(told.get('troupe_mailbox_messages_max')).toBe(3)
    expect(told.get('troupe_queued_tasks_max')).toBe(1)
    expect(told.get('troupe_journal_head_offset')).toBe(system.journal.head)
    expect(told.get('troupe_journal_lag_events')).toBe(0)
    expect(told.get('troupe_journal_epoch_start_seconds')).toBeGreaterThan(1.7e9)
    expect(told.get('troupe_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0)
    expect(told.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  })

  it('names nobody: no label holds an id, and what a client says is none', async () => {
    const { welcome, http, token } = await world()
    const one = await welcome()
    await one.ask('agent.spawn', { definition: 'odd', id: 'ada' })
    await one.ask('a-type-that-was-made-up', {})
    const text = await (await page(http, await token())).text()
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(samples.filter((line) => /ada|ann|made-up|[\da-f]{8}-[\da-f]{4}/.test(line))).toEqual([])
  })
})
