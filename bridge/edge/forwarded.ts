/** The headers in which proxies tell for whom they speak. */
import type { IncomingHttpHeaders } from 'node:http'

/** An address without the port and the brackets that may stand around it. */
const bare = (text: string): string => {
  const unquoted = text.trim().replace(/^"(.*)"$/, '$1')
  const [, within] = /^\[([^\]]*)\](?::\d+)?$/.exec(unquoted) ?? []
  if (within !== undefined) return within
  const [, before] = /^([\d.]+):\d+$/.exec(unquoted) ?? []
  return before ?? unquoted
}

/**
 * The hops of each header that is there, the one next to us last. What is split at commas is what the nearest proxy has added at the
 * end; a quote that a client left open further ahead cannot swallow it so.
 */
export const hopsOf = (headers: IncomingHttpHeaders): readonly (readonly string[])[] => {
  const lists: string[][] = []
  const plain = headers['x-forwarded-for']
  if (plain !== undefined) lists.push([plain].flat().join(',').split(',').map(bare))
  const named = headers['forwarded']
  if (named !== undefined)
    lists.push(named.split(',').map((element) => bare(/(?:^|;)\s*for\s*=\s*("[^"]*"|[^;]*)/i.exec(element.trim())?.[1] ?? '')))
  return lists
}
