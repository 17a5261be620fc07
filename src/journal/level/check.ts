/** Looks through the tables of a LevelDB before it is opened, and keeps it from those that are damaged. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isHeld } from './database.js'
import { tablesOf } from './manifest.js'
import { disable, tableDamage } from './table.js'

const tableName = /^(\d+)\.(?:ldb|sst)$/

const tablesIn = (directory: string): readonly (readonly [name: string, number: number])[] =>
  readdirSync(directory).flatMap((name) => {
    const found = tableName.exec(name)
    return found ? [[name, Number(found[1])] as const] : []
  })

export class TableCheck {
  readonly #directory: string
  /** Tables never change: those that were found sound are not read again. */
  readonly #sound = new Set<number>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The files of damaged tables among those that belong to it, unless another process has the directory: then they may be about to change. */
  async damaged(): Promise<readonly string[]> {
    if (this.#find().length === 0 || (await isHeld(this.#directory))) return []
    // Anew: what was unfinished a moment ago may have been finished by a process that has let go since.
    return this.#find()
  }

  #find(): readonly string[] {
    const sizes = tablesOf(this.#directory)
    if (!sizes) return []
    return tablesIn(this.#directory).flatMap(([name, number]) => {
      const size = sizes.get(number)
      if (size === undefined || this.#sound.has(number)) return []
      if (tableDamage(join(this.#directory, name), size)) return [name]
      this.#sound.add(number)
      return []
    })
  }
}

/** Disables what is damaged in all tables of a directory, whether they belong to it or not. How much that was. */
export const disableDamaged = (directory: string): number => {
  let count = 0
  for (const [name] of tablesIn(directory)) {
    const damage = tableDamage(join(directory, name))
    if (!damage) continue
    disable(damage)
    count += Math.max(1, damage.blocks.length)
  }
  return count
}
