/** How much a frame may hold. What is beyond is refused while it is looked through, before anything is built from it. */

export interface FrameLimits {
  /** Levels of lists and objects within each other. Default 64. */
  readonly depth: number
  /** Characters of one text, in MessagePack bytes. Default 1,048,576. */
  readonly text: number
  /** Characters of the name of a field, in MessagePack bytes. Default 4,096. */
  readonly name: number
  /** Items of one list. Default 50,000. */
  readonly items: number
  /** Fields of one object. Default 10,000. */
  readonly fields: number
  /** Items and fields of all lists and objects together. Default 100,000. */
  readonly values: number
}

/** Far deeper than any message needs, far shallower than a stack. */
export const maxDepth = 64

/** What a server takes from those that it does not know. */
export const defaultLimits: FrameLimits = {
  depth: maxDepth,
  text: 1_048_576,
  name: 4_096,
  items: 50_000,
  fields: 10_000,
  values: 100_000,
}

/** What a client takes from the server that it has chosen, whose results and views are as large as they are. */
export const wideLimits: FrameLimits = {
  depth: maxDepth,
  text: Number.POSITIVE_INFINITY,
  name: 65_536,
  items: 5_000_000,
  fields: 1_000_000,
  values: 10_000_000,
}

/** What is wrong, in a sentence, with something of which there is too much. */
export const tooMuch: Readonly<Record<keyof FrameLimits, (limit: number) => string>> = {
  depth: (limit) => `it is nested deeper than ${limit} levels.`,
  text: (limit) => `a text in it is longer than ${limit}.`,
  name: (limit) => `the name of a field in it is longer than ${limit}.`,
  items: (limit) => `a list in it has more than ${limit} items.`,
  fields: (limit) => `an object in it has more than ${limit} fields.`,
  values: (limit) => `it has more than ${limit} items and fields in all.`,
}
