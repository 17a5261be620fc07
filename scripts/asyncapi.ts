/** Writes the AsyncAPI document of the native protocol from the sources; with `--check` only says whether it is as they are. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { page, written } from './asyncapi/document.js'

const path = join(import.meta.dirname, '..', page)
const text = await written()
if (!process.argv.includes('--check')) {
  writeFileSync(path, text)
  console.log(`${page} is written anew.`)
} else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
  console.error(`${page} is not what the sources say now; run npm run asyncapi.`)
  process.exit(1)
} else console.log(`${page} is what the sources say.`)
