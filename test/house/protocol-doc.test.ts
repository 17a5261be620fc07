import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { permissions } from '../../bridge/principal.js'
import { named, rowsUnder as rowsIn } from '../../scripts/paper.js'
import { type Code, codes } from '../../src/errors.js'
import { attentionItem } from '../../src/protocol/attention.js'
import { commands } from '../../src/protocol/command.js'
import { events } from '../../src/protocol/event.js'
import { frame } from '../../src/protocol/frame.js'
import { sessionCommands, sessionEvents } from '../../src/protocol/session.js'
import { subprotocols } from '../../src/protocol/subprotocol.js'

const text = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')

const rowsUnder = (heading: string): string[][] => rowsIn(text, heading)

/** The names at the beginning of a cell, before its first sentence. */
const fieldsIn = (cell = '') => named(/^(?:`[^`]+` ?)*/.exec(cell)?.[0]).sort()

const fieldsOf = (schema: z.ZodObject): string[] =>
  Object.entries(schema.shape)
    .filter(([name]) => name !== 'type')
    .map(([name, field]) => (field instanceof z.ZodOptional ? `${name}?` : name))
    .sort()

const documented = (rows: string[][], column: number) =>
  Object.fromEntries(rows.map((row) => [named(row[0])[0] ?? '', fieldsIn(row[column])]))
const coded = (schemas: Readonly<Record<string, z.ZodObject>>, prefix = '') =>
  Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type.replace(prefix, ''), fieldsOf(schema)]))

describe('PROTOCOL.md says what the code says', () => {
  it('of every command and its fields', () => {
    expect(documented(rowsUnder('## Commands'), 2)).toEqual(coded(commands))
  })

  it('of the permissions', () => {
    expect(new Set(rowsUnder('## Commands').map((row) => named(row[1])[0]))).toEqual(new Set(permissions))
    const claim = rowsUnder('### The token').find((row) => row[0] === '`permissions`')
    expect(named(claim?.[1]).slice(0, permissions.length)).toEqual([...permissions])
  })

  it('of every event and its fields', () => {
    expect(documented(rowsUnder('## Events'), 1)).toEqual(coded(events))
  })

  it('of every field of the view', () => {
    const source = readFileSync(new URL('../../src/protocol/view.ts', import.meta.url), 'utf8')
    const fieldsOfView = (name: string) => {
      const body = new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? ''
      return [...body.matchAll(/^ {2}(\w+\??):/gm)].map((match) => match[1] ?? '').sort()
    }
    expect(documented(rowsUnder('### The view'), 1)).toEqual({
      agents: fieldsOfView('AgentView'),
      tasks: fieldsOfView('TaskView'),
      swarms: fieldsOfView('SwarmView'),
      ballots: fieldsOfView('BallotView'),
      attention: fieldsOf(z.object(attentionItem)),
      clients: fieldsOfView('ClientView'),
    })
  })

  it('of every word about the connection, in both directions', () => {
    expect(documented(rowsUnder('### From the client'), 1)).toEqual(coded(sessionCommands, 'session.'))
    expect(documented(rowsUnder('### From the server'), 1)).toEqual({
      ...coded(sessionEvents, 'session.'),
      error: ['code', 'details?', 'message', 'retry'],
    })
  })

  it('of every error, whether it ends the connection, and whether trying again may help', () => {
    const table = Object.fromEntries(
      rowsUnder('## Errors').map(([code, close, retry]) => [
        named(code)[0],
        { close: close ? Number(close) : undefined, retry: retry === 'yes' },
      ]),
    )
    const lines: readonly [Code, { readonly close?: number; readonly retry: boolean }][] = Object.entries(codes) as [
      Code,
      (typeof codes)[Code],
    ][]
    expect(table).toEqual(Object.fromEntries(lines.map(([code, { close, retry }]) => [code, { close, retry }])))
  })

  it('of every field of a frame, but the one that no answer has', () => {
    const told = rowsUnder('## Framing').flatMap((row) => named(row[0]))
    expect([...told, 'target'].sort()).toEqual(Object.keys(frame.shape).sort())
  })

  it('of the subprotocols', () => {
    for (const name of Object.values(subprotocols)) expect(text).toContain(`\`${name}\``)
  })

  it('in example frames that can be read', () => {
    const examples = [...text.matchAll(/^ {4}→ (\{.*(?:\n {8}.*)*)/gm)].map((match) => (match[1] ?? '').replaceAll(/\n\s+/g, ''))
    expect(examples.length).toBeGreaterThan(5)
    for (const example of examples) expect(frame.safeParse(JSON.parse(example)).success).toBe(true)
  })
})
