/** Whose something new is when whoever begins it stands above tenants: that of who is to do it. */
import type { ApprovalDeclaration, GraphDeclaration, Member, SwarmDeclaration, TaskDeclaration } from './definition.js'

type TenantOf = (id: string) => string | undefined

const idOf = (ref: string | { readonly id: string }) => (typeof ref === 'string' ? ref : ref.id)

/** That of the agent or swarm that it goes to, or of the task that it is a part of. */
export const tenantOfTask = (
  declared: TaskDeclaration | ApprovalDeclaration | GraphDeclaration,
  tenantOf: TenantOf,
): string | undefined => {
  const [to] = declared.kind === 'graph' ? Object.values(declared.tasks).map((part) => part.to) : [declared.to]
  const known = to === undefined ? undefined : tenantOf(idOf(to))
  return known ?? (declared.parent === undefined ? undefined : tenantOf(idOf(declared.parent)))
}

/** The one that is given, else that of its first member. */
export const tenantOfSwarm = ({ tenant, members = [] }: SwarmDeclaration, tenantOf: TenantOf): string | undefined => {
  const [first] = members
  if (tenant !== undefined || first === undefined) return tenant
  return tenantOf(typeof first === 'object' && 'agent' in first ? idOf(first.agent) : idOf(first))
}

/** That of the swarm that votes, or of the first voter who has one. */
export const tenantOfVoters = (
  voters: { readonly swarm: string } | readonly (string | Member)[],
  tenantOf: TenantOf,
): string | undefined => {
  if ('swarm' in voters) return tenantOf(voters.swarm)
  for (const voter of voters) {
    const tenant = tenantOf(idOf(voter))
    if (tenant !== undefined) return tenant
  }
  return undefined
}
