import { get, isUnknown, type Path, type Value } from '../value.ts'
import type { Workload } from '../workload.ts'
import { baselineChecks } from './baseline.ts'
import { restrictedChecks } from './restricted.ts'

/** The Pod Security Standards, from the most to the least permissive. */
export const LEVELS = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof LEVELS)[number]

/** One field because of which a pod does not meet a level. */
export interface Violation {
  /** The most permissive level that forbids it. */
  readonly level: 'baseline' | 'restricted'
  /** As the standards name it. */
  readonly control: string
  /** Of the field in the workload's object, written or not. */
  readonly path: Path
  /** As the end of "it …". */
  readonly how: string
  /** The value that meets the level; undefined where there is no single one. */
  readonly value?: Value
  /** The field is not in the files: it may meet the level. */
  readonly unknown?: boolean
}

/**
 * Why a workload's pods do not meet `baseline` and `restricted`. Semantics: Kubernetes' pod-security-admission
 * at the given minor version; equal to its own test pods.
 */
export function violationsOf(workload: Workload, minor: number): Violation[] {
  const windows = get(workload.spec, 'os', 'name') === 'windows'
  return [...baselineChecks(workload, minor), ...restrictedChecks(workload, windows)]
}

/** The strictest level that a workload meets; undefined when a field that decides is unknown. */
export function levelOf(workload: Workload, minor: number): Level | undefined {
  const violations = violationsOf(workload, minor)
  const certain = violations.filter((violation) => !violation.unknown)
  if (certain.some(({ level }) => level === 'baseline')) return 'privileged'
  if (violations.some(({ level, unknown }) => unknown && level === 'baseline')) return undefined
  if (certain.length > 0) return 'baseline'
  return violations.length > 0 ? undefined : 'restricted'
}

/** What `get` answers, told apart for a check: a certain value, or that it cannot be known. */
export function field(holder: Value | undefined, ...path: Path): { readonly value: Value | undefined; readonly unknown: boolean } {
  const value = get(holder, ...path)
  return isUnknown(value) ? { value: undefined, unknown: true } : { value, unknown: false }
}
