/** The one file that touches randomness: identity is handed in everywhere else. */

/** Where ids and random numbers come from. */
export interface Ids {
  /** A new id: a UUIDv7, so that ids sort by the time of their making. */
  next(): string
  /** A number from 0 up to, not including, 1. */
  random(): number
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

const uuid7 = (now: () => number, random: () => number): (() => string) => {
  // Within one millisecond the 12 bits behind the version count up from a random start, so ids of one process are strictly increasing.
  let last = -1
  let head = ''
  let count = 0
  let tail = ''
  return () => {
    // A clock may know fractions of a millisecond; the stamp has no place for them.
    const time = Math.max(Math.floor(now()), last)
    if (time !== last || count >= 0xfff) {
      last = count >= 0xfff ? last + 1 : time
      const stamp = hex(last, 12)
      head = `${stamp.slice(0, 8)}-${stamp.slice(8)}-7`
      tail = `-${hex(0x8000 + Math.floor(random() * 0x4000), 4)}-${hex(Math.floor(random() * 0x1000000), 6)}${hex(Math.floor(random() * 0x1000000), 6)}`
      count = Math.floor(random() * 0x400)
    } else count++
    return head + hex(count, 3) + tail
  }
}

const cryptoRandom = (): number => {
  const word = new Uint32Array(1)
  return (globalThis.crypto.getRandomValues(word)[0] ?? 0) / 2 ** 32
}

/** Ids from the machine's own randomness. `now` dates them. */
export const createIds = (now: () => number = () => Date.now()): Ids => ({ next: uuid7(now, cryptoRandom), random: cryptoRandom })

/** Ids that come out the same for the same seed: for tests and simulations. */
export const createSeededIds = (seed: number, now: () => number): Ids => {
  // mulberry32: small, well spread, good enough where nothing is secret.
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next: uuid7(now, random), random }
}

/** What an id may look like: no dot, since a dot separates the segments of a topic. */
export const idPattern = /^[A-Za-z0-9_-]{1,128}$/

/** An id stands as a key in what is written down, and these would reach into the prototype of whoever reads it. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether `text` can stand as an id. */
export const isId = (text: string): boolean => idPattern.test(text) && !forbidden.has(text)
