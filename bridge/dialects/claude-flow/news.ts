/** One thing to say on a topic of claude-flow, and on the same without the id. */
import type { Sight } from '../../dialect.js'
import type { DataOf, Kind } from './data.js'

/** What it says is only made when somebody listens. */
export interface News {
  readonly kind: Kind
  readonly id: string
  readonly data: () => unknown
}

/** What it takes to say something: what is there now, and when it happened. */
export interface Scene {
  readonly view: Sight
  readonly timestamp: number
}

export const news = <K extends Kind>(kind: K, id: string, data: () => DataOf<K>): News => ({ kind, id, data })

/** The fields that have a value. */
export const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
