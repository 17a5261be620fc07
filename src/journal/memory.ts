import type { Clock } from '../clock.js'
import type { Ids } from '../ids.js'
import type { Journal } from './journal.js'
export const createMemoryJournal = ({ clock, ids }: { clock: Clock; ids: Ids }): Journal => {
  const all: any[] = []; const seqs = new Map<string, number>(); const epoch = ids.next()
  return { epoch, get head() { return all.length }, append(topic: string, event: any, o: any) { const seq = (seqs.get(topic) ?? 0) + 1; seqs.set(topic, seq); const e = { id: ids.next(), topic, seq, epoch, offset: all.length + 1, timestamp: clock.now(), source: o.source, priority: o.priority, event, ...(o.cause ? { cause: o.cause } : {}) }; all.push(e); return e },
    read: (c: any, w: any) => ({ entries: all.filter((e) => e.offset > c.offset && w(e.topic)), gaps: [], cursor: { epoch, offset: all.length }, more: false }) } as any
}
