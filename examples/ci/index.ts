/** The bundled swarm that checks a repository. */
export { type Check, type CheckResult, checkRepository, type Report } from './check.js'
