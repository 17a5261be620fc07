/** What is counted by itself: the events of one tenant, or of none, on one topic. */

/** No topic has a line break. */
const between = '\n'

/** The name of a count. */
export const countOf = (topic: string, tenant: string | undefined): string =>
  tenant === undefined ? topic : `${topic}${between}${tenant}`

/** What a name of a count stands for. */
export const countedIn = (count: string): { readonly topic: string; readonly tenant?: string } => {
  const at = count.indexOf(between)
  return at < 0 ? { topic: count } : { topic: count.slice(0, at), tenant: count.slice(at + 1) }
}
