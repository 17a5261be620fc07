/** Something that is published: where it came from, and whether it may go on. */

export interface Publication {
  /** The client that published it, or what the server calls itself. */
  readonly publisherId: string
  /** As the publisher wrote it. */
  readonly topic: string
  readonly data: unknown
  /** Whether the publisher hears it too. */
  readonly broadcast: boolean
}

/** What stands between a publisher and those who listen: true lets it through. What it throws fails the publication. */
export type Gate = (publication: Publication) => Promise<boolean>
