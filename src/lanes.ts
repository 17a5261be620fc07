/** The one bounded queue of the system, with a lane for each priority: mailbox, channel iterator and outbox are made of it. */
import { level, type Priority } from './protocol/priority.js'

export interface LanesOptions<T> {
  /** How many items may wait. */
  readonly capacity: number
  /** Told of each item that had to go because the queue was full: the oldest of the lowest lane. */
  readonly onDrop?: ((item: T) => void) | undefined
  /** Whether an item takes nobody's room and never has to go. Default: none does. */
  readonly keeps?: ((item: T) => boolean) | undefined
}

interface Node<T> {
  readonly item: T
  lane: Rank
  readonly entity: string | undefined
  previous: Node<T> | undefined
  next: Node<T> | undefined
  /** The neighbours among the items of the same entity. */
  earlier: Node<T> | undefined
  later: Node<T> | undefined
}

type Rank = 0 | 1 | 2 | 3

interface Lane<T> {
  first: Node<T> | undefined
  last: Node<T> | undefined
}

/** The waiting items of one entity, in their order. */
interface Thread<T> {
  first: Node<T>
  last: Node<T>
}

/**
 * Higher lane first, and within a lane in order of arrival. Items of one entity never change places: an urgent one takes the
 * earlier ones of its entity with it. Items without an entity stand for themselves. When full, the oldest of the lowest lane goes.
 */
export class Lanes<T> implements Iterable<T> {
  readonly #capacity: number
  readonly #onDrop: ((item: T) => void) | undefined
  readonly #keeps: ((item: T) => boolean) | undefined
  /** Made with the first item, since most queues of a large system are never used. */
  #lanes: readonly [Lane<T>, Lane<T>, Lane<T>, Lane<T>] | undefined
  #threads: Map<string, Thread<T>> | undefined
  #size = 0
  #kept = 0

  constructor(options: LanesOptions<T>) {
    this.#capacity = Math.max(1, options.capacity)
    this.#onDrop = options.onDrop
    this.#keeps = options.keeps
  }

  get size(): number {
    return this.#size
  }
  /** Whether one more would push another out. */
  get full(): boolean {
    return this.#size - this.#kept >= this.#capacity
  }

  /** Returns the item that had to go for it, which may be itself. */
  push(item: T, priority: Priority, entity?: string): T | undefined {
    const rank = level(priority)
    this.#lanes ??= [emptyLane(), emptyLane(), emptyLane(), emptyLane()]
    const node: Node<T> = { item, lane: rank, entity, previous: undefined, next: undefined, earlier: undefined, later: undefined }
    if (entity !== undefined) this.#thread(node, entity)
    append(this.#lanes[rank], node)
    this.#size++
    if (this.#keeps?.(item)) {
      this.#kept++
      return undefined
    }
    return this.#size - this.#kept > this.#capacity ? this.drop() : undefined
  }

  shift(): T | undefined {
    if (this.#size === 0 || !this.#lanes) return undefined
    for (let rank = 3; rank >= 0; rank--) {
      const node = this.#lanes[rank as Rank].first
      if (node) return this.#take(node)
    }
    return undefined
  }

  /** The first of each lane that has one: of items without an entity, those that have waited longest. */
  firsts(): T[] {
    return this.#lanes?.flatMap(({ first }) => (first ? [first.item] : [])) ?? []
  }

  /** Empties the queue. The items come in the order in which they would have left. */
  clear(): T[] {
    const items = [...this]
    this.#lanes = undefined
    this.#threads = undefined
    this.#size = 0
    this.#kept = 0
    return items
  }

  *[Symbol.iterator](): Generator<T, void, void> {
    if (!this.#lanes) return
    for (const lane of [...this.#lanes].reverse()) for (let node = lane.first; node; node = node.next) yield node.item
  }

  /** Adds an item to its entity's thread, and brings what waits there in lower lanes up to its own. */
  #thread(node: Node<T>, entity: string): void {
    this.#threads ??= new Map()
    const thread = this.#threads.get(entity)
    if (!thread) {
      this.#threads.set(entity, { first: node, last: node })
      return
    }
    // Lanes never rise along a thread, so what has to come up stands together at its end.
    let from: Node<T> | undefined = thread.last
    let lowest: Node<T> | undefined
    for (; from && from.lane < node.lane; from = from.earlier) lowest = from
    node.earlier = thread.last
    thread.last.later = node
    thread.last = node
    for (let moved = lowest; moved && moved !== node; moved = moved.later) this.#lift(moved, node.lane)
  }

  #lift(node: Node<T>, rank: Rank): void {
    if (!this.#lanes) return
    unlink(this.#lanes[node.lane], node)
    node.lane = rank
    append(this.#lanes[rank], node)
  }

  #take(node: Node<T>): T {
    const { lane, entity } = node
    if (this.#lanes) unlink(this.#lanes[lane], node)
    this.#size--
    if (this.#keeps?.(node.item)) this.#kept--
    if (entity !== undefined) this.#leaveThread(node, entity)
    return node.item
  }

  #leaveThread(node: Node<T>, entity: string): void {
    const thread = this.#threads?.get(entity)
    if (!thread) return
    if (!node.earlier && !node.later) return void this.#threads?.delete(entity)
    if (node.earlier) node.earlier.later = node.later
    else if (node.later) thread.first = node.later
    if (node.later) node.later.earlier = node.earlier
    else if (node.earlier) thread.last = node.earlier
  }

  /** Lets the oldest of the lowest lane go, as when it is full: for owners with bounds of their own. Returns it. */
  drop(): T | undefined {
    const lowest = this.#lowest()
    if (!lowest) return undefined
    const item = this.#take(lowest)
    try {
      this.#onDrop?.(item)
    } catch {
      // The queue stays whole whatever its owner does with the news; owners report their own failures.
    }
    return item
  }

  #lowest(): Node<T> | undefined {
    for (const lane of this.#lanes ?? [])
      for (let node = lane.first; node; node = node.next) if (!this.#keeps?.(node.item)) return node
    return undefined
  }
}

const emptyLane = <T>(): Lane<T> => ({ first: undefined, last: undefined })

const append = <T>(lane: Lane<T>, node: Node<T>): void => {
  node.previous = lane.last
  node.next = undefined
  if (lane.last) lane.last.next = node
  else lane.first = node
  lane.last = node
}

const unlink = <T>(lane: Lane<T>, node: Node<T>): void => {
  if (node.previous) node.previous.next = node.next
  else lane.first = node.next
  if (node.next) node.next.previous = node.previous
  else lane.last = node.previous
}
