/** Writes what the documents take from the code: the actors' state diagrams. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { page, withDiagrams } from './diagrams.js'

const path = join(import.meta.dirname, '..', page)
writeFileSync(path, withDiagrams(readFileSync(path, 'utf8')))
console.log(`${page} is drawn anew.`)
