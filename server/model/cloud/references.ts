import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { isUnknown, unknownReason, type Value } from '../value.ts'

/** What stands in one root module with an object: an address means something else in every other one. */
export function inSameModule(of: ObjectsByKind, { unit }: Pick<KubeObject, 'unit'>): ObjectsByKind {
  return (kind) => of(kind).filter((object) => object.unit === unit)
}

/** Whether a value is what a resource computes: `aws_iam_role.app.arn` for the resource `aws_iam_role.app`. */
export function refersTo(value: Value | undefined, address: string): boolean {
  return isUnknown(value) && isBelow(unknownReason(value), address)
}

/** One without an index stands for all instances: of some it is not told which. */
function isBelow(reason: string, address: string): boolean {
  const whole = address.replace(/(?:\[[^\]]*\])+$/, '')
  return reason.startsWith(`${address}.`) || reason.startsWith(`${whole}.`) || (whole !== address && reason === whole)
}

/** Whether a value is computed by some resource or data source, so that it is told which: an input is not. */
export function namesResource(value: Value | undefined): boolean {
  return isUnknown(value) && /^(?:module\.[^.]+\.)*(?:data\.)?[a-z][a-z0-9]*_\w+\.[\w-]+/.test(unknownReason(value))
}

/** The module that a resource is in: '' for the root, else `module.net.`. */
export function moduleOf({ name }: Pick<KubeObject, 'name'>): string {
  return /^(?:module\.[^.]+\.)*/.exec(name)?.[0] ?? ''
}
