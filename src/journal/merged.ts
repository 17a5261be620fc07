/** Several rows of entries, each in order of offset, as one. */

export function* merged<E extends { readonly offset: number }>(rows: readonly Iterable<E>[]): Generator<E, void, void> {
  const heads: { row: Iterator<E>; value: E }[] = []
  for (const each of rows) {
    const row = each[Symbol.iterator]()
    const first = row.next()
    if (!first.done) heads.push({ row, value: first.value })
  }
  while (heads.length > 0) {
    let least = heads[0]
    for (const head of heads) if (least && head.value.offset < least.value.offset) least = head
    if (!least) return
    yield least.value
    const next = least.row.next()
    if (next.done) heads.splice(heads.indexOf(least), 1)
    else least.value = next.value
  }
}
