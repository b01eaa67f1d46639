import type { Files } from '../../../server/sources/unit.ts'
import { moduleFrontEnd } from '../../../server/sources/module/front-end.ts'
import type { ModuleUnit } from '../../../server/sources/module/unit.ts'

/** A workspace of texts by path. */
export function filesOf(texts: Readonly<Record<string, string>>): Files {
  return new Map(Object.entries(texts).map(([path, text]) => [path, { path, text }]))
}

export function unitsOf(texts: Readonly<Record<string, string>>): ModuleUnit[] {
  const files = filesOf(texts)
  return moduleFrontEnd.plan(files, () => false).units.map(({ evaluate }) => evaluate(files, undefined) as ModuleUnit)
}
