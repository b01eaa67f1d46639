import type { Files, NotEvaluated, SourceFile, Unit, UnitKind } from './unit.ts'

/** A unit that is there to be evaluated. It holds no text, so it is kept while only texts change. */
export interface UnitPlan {
  readonly id: string
  /** Set when the unit is one of several variants; names the environment (`prod`). */
  readonly variant?: string
  /** Whether a unit of the same name was made by a plan like this; without it every one was. */
  made?(unit: Unit): boolean
  /** Equal files give an equal unit. What `previous` knows of texts that are the same is kept. Never throws for bad input. */
  evaluate(files: Files, previous: Unit | undefined): Unit
}

/** What a front end makes of the files of a workspace. */
export interface Plan {
  readonly units: readonly UnitPlan[]
  /** Whether a file belongs to this front end, so that no later one judges it on its own. */
  taken(path: string): boolean
  readonly notEvaluated: readonly NotEvaluated[]
}

/** Reads one kind of source: plain manifests, kustomizations, charts, Terraform modules. */
export interface FrontEnd {
  readonly kind: UnitKind
  /** Whether the text of a file decides which units there are; of all others only the path does. */
  decides(file: SourceFile): boolean
  /** @param taken what the front ends before have claimed */
  plan(files: Files, taken: (path: string) => boolean): Plan
}

/** All units of a workspace. */
export interface WorkspacePlan {
  readonly units: readonly UnitPlan[]
  readonly notEvaluated: readonly NotEvaluated[]
}

export function planWorkspace(files: Files, frontEnds: readonly FrontEnd[]): WorkspacePlan {
  const plans: Plan[] = []
  const taken = (path: string): boolean => plans.some((plan) => plan.taken(path))
  for (const frontEnd of frontEnds) plans.push(frontEnd.plan(files, taken))
  return { units: plans.flatMap((plan) => plan.units), notEvaluated: plans.flatMap((plan) => plan.notEvaluated) }
}
