/** Proofs about agents of this process: what is said of them, beside what they know of themselves. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { shell, swarm, task } from '../../../actors/index.js'
import { majority } from '../../../src/vote/rules.js'
import { type Claim, pause, type Reporter, type Subject, same, type World } from './claim.js'
import { numbersIn } from './machine.js'
import { subjectOf } from './subject.js'

/** A subject, named in `facts`. Spawned by its name: the definition itself lives with the system. */
const spawn = async (client: Reporter, world: World, name: string) => {
  const ref = client.spawn(subjectOf(world.facts), { id: name, options: { name } })
  await ref.ready
  return ref
}

const crashing: Subject = {
  name: 'crashes',
  async prove(world: World): Promise<Claim[]> {
    const { client, facts, eventually } = world
    const ada = await spawn(client, world, 'crashing')
    const code = await ada.ask({ type: 'boom' }).then(
      () => 'none',
      (error: { code?: string }) => error.code,
    )
    await eventually(async () => (await client.view()).agents.get('crashing')?.state === 'running')
    const seen = (await client.view()).agents.get('crashing')
    await ada.stop()
    return [
      same('what whoever asked is told of a crash', code, 'CRASHED'),
      same('restarts, beside how often its memory was made anew', seen?.restarts, (facts.lives.get('crashing') ?? 0) - 1),
    ]
  },
}

const holding: Subject = {
  name: 'pausing and ending agents',
  async prove(world: World): Promise<Claim[]> {
    const { client, facts, eventually } = world
    const ada = await spawn(client, world, 'held')
    const job = client.spawn(task({ to: 'held', message: { type: 'step' } }))
    await job.ready
    await eventually(() => facts.steps > 3)
    const claims: Claim[] = []
    claims.push(same('a busy agent', (await client.view()).agents.get('held')?.busy, facts.inHand === 1))
    const { state } = await ada.pause()
    const before = facts.steps
    await pause(40)
    claims.push(
      same(
        'a paused agent does',
        state === 'paused' ? 'nothing' : 'something',
        facts.steps - before <= 1 ? 'nothing' : 'something',
      ),
    )
    await ada.resume()
    claims.push(same('a resumed agent goes on', true, await eventually(() => facts.steps > before + 3)))
    const killed = await ada.kill('part of a proof')
    claims.push(
      same('a killed agent has in hand', killed.state === 'stopped' ? 0 : 1, facts.inHand),
      same('the task of a killed agent was completed', (await client.view()).tasks.get(job.id)?.state === 'completed', false),
    )
    return claims
  },
}

const counting: Subject = {
  name: 'tasks and messages',
  async prove(world: World): Promise<Claim[]> {
    const { client, facts, dir, eventually, inTime } = world
    const members = await Promise.all(['1', '2', '3'].map((each) => spawn(client, world, `member-${each}`)))
    const squad = client.spawn(swarm({ goal: 'be counted', members: members.map(({ id }) => id) }))
    await squad.ready
    const jobs = Array.from({ length: 20 }, () =>
      client.spawn(task({ to: squad.id, message: { type: 'note', name: 'counted' } })),
    )
    await inTime(Promise.all(jobs.map((job) => job.result())), 'the end of 20 tasks')
    const completed = (await client.view()).swarms.get(squad.id)?.completed
    const file = join(dir, 'attempts')
    appendFileSync(file, '')
    const sh = client.spawn(shell, { options: { workspace: dir } })
    const retried = client.spawn(
      task({ to: sh.id, message: { type: 'run', command: `echo 1 >> "${file}"; exit 1` }, retries: 2, backoff: [1, 1] }),
    )
    await inTime(
      retried.result().catch(() => {}),
      'the end of a task that is tried again',
    )
    const attempt = (await client.view()).tasks.get(retried.id)?.attempt
    const before = (await client.view()).deadLetters
    for (let i = 0; i < 3; i++) client.send('nobody-at-all', { type: 'note', name: 'lost' })
    await eventually(async () => (await client.view()).deadLetters - before >= 3)
    const dead = (await client.view()).deadLetters - before
    const ballot = client.propose('Is it so?', {
      voters: members.map(({ id }) => id),
      choices: ['yes', 'no'],
      rule: majority({ quorum: 1 }),
    })
    const { votes, decision } = await inTime(ballot.result(), 'the end of a ballot')
    const cast = [...facts.votes.values()]
    await Promise.all([...members.map((each) => each.stop()), sh.stop()])
    const yes = cast.filter((each) => each === 'yes').length
    return [
      same('completed tasks of a swarm, beside how often the work was done', completed, facts.handled.get('counted')),
      same('attempts, beside what each wrote into a file', attempt, numbersIn(file).length),
      same('messages that reached nobody', dead, 3),
      same('a tally, beside what each voter says that it voted', votes, { yes, no: cast.length - yes }),
      same('what was decided', decision, yes > cast.length / 2 ? 'yes' : 'no'),
    ]
  },
}

export const workSubjects: readonly Subject[] = [crashing, holding, counting]
