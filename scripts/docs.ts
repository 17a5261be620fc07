/** Writes what the documents take from the code: the actors' state diagrams, and the protocol for tools to read. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
// Writes as it is loaded.
import './asyncapi.js'
import { page, withDiagrams } from './diagrams.js'

const path = join(import.meta.dirname, '..', page)
writeFileSync(path, withDiagrams(readFileSync(path, 'utf8')))
console.log(`${page} is drawn anew.`)
