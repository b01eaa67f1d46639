/** How far an environment is from production, by the names that people give them: 0, 1, and 2 for production itself. */
export function stageOf(name: string): 0 | 1 | 2 | undefined {
  if (isDevelopment(name)) return 0
  if (BEFORE_PRODUCTION.test(name)) return 1
  return PRODUCTION.test(name) ? 2 : undefined
}

/** Environments in which a weakness weighs less. */
export function isDevelopment(name: string): boolean {
  return DEVELOPMENT.test(name)
}

const DEVELOPMENT =
  /(^|[-_./])(dev|devel|development|local|localhost|minikube|kind|k3d|test|tests|testing|e2e|ci|sandbox|playground)([-_./]|$)/i

const BEFORE_PRODUCTION = /(^|[-_./])(stage|staging|stg|qa|uat|acceptance|integration|pre[-_]?prod|pre[-_]?production)([-_./]|$)/i

const PRODUCTION = /(^|[-_./])(?<!non[-_]?)(prod|production|prd|live)([-_./]|$)/i
