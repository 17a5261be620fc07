/** The runtime: create a system, spawn into it, listen, vote. */
export type { Channel, IterateOptions, PublishOptions } from './channel.js'
export { type Clock, systemClock } from './clock.js'
export { type Code, type Failure, TroupeError } from './errors.js'
export type { Ids } from './ids.js'
export type { Journal, Records } from './journal/journal.js'
export { createMemoryJournal } from './journal/memory.js'
export { type OpenJournalOptions, openJournal } from './journal/open.js'
export type { Retention, TopicRule } from './journal/rules.js'
export type { JournalStore } from './journal/store.js'
export type { AskOptions, AttentionQuery, QuestionOptions, SendOptions, StopOptions, VoteOptions } from './options.js'
export type { AttentionItem } from './protocol/attention.js'
export type { Command, CommandOf, CommandType } from './protocol/command.js'
export type { Cause, Cursor, Envelope } from './protocol/envelope.js'
export type { Event, EventOf, EventType } from './protocol/event.js'
export type { Priority } from './protocol/priority.js'
export type { Applied, Decision, SwarmSummary } from './protocol/reply.js'
export type { AgentState, BallotState, SwarmState, TaskState, Topology } from './protocol/states.js'
export type { EventFor, PatternOf } from './protocol/topic-of.js'
export type { AgentView, ApprovalView, BallotView, SwarmView, TaskView, View } from './protocol/view.js'
export type { Rule } from './protocol/words.js'
export type { Absent } from './recovery/absent.js'
export type { Recovered, SetAside } from './recovery/recover.js'
export type { AgentRef, AttentionList, BallotRef, HandOverOptions, SwarmRef, TaskRef } from './ref.js'
export type { ProposeOptions, Stage } from './stage.js'
export type {
  AgentDefinition,
  ApprovalDeclaration,
  Approved,
  GraphDeclaration,
  GraphTask,
  MessageOf,
  Retries,
  SpawnOptions,
  SwarmDeclaration,
  TaskDeclaration,
} from './system/definition.js'
export {
  escalate,
  type FailurePolicy,
  oneForAll,
  oneForOne,
  restart,
  restForOne,
  resume,
  type Strategy,
  stop,
} from './system/strategy.js'
export type { SuspendOptions } from './system/suspend.js'
export { createSystem, type System, type SystemOptions } from './system/system.js'
export type { Span, SpanAttributes, SpanOptions, Tracer } from './tracer.js'
export { majority, plurality, quorum, type RuleOptions, supermajority, unanimous, weighted } from './vote/rules.js'
