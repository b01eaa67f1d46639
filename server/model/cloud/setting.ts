import type { KubeObject } from '../object.ts'
import type { Fix, Found, Severity, Skipped } from '../rule.ts'
import { isUnknown, type Path, type Value } from '../value.ts'
import { type CloudResource, cloudResource } from './resource.ts'

/** One argument of one type of resource, and the values of it that are wrong. */
export interface Setting {
  readonly type: string
  readonly argument: string
  /** What the argument is when it is absent; undefined where that is not judged. */
  readonly standard?: Value
  /** Providers before this major version had another one. */
  readonly standardBefore?: { readonly major: number; readonly value: Value }
  readonly wrong: readonly Value[]
  readonly severity?: Severity
  /** Behind the name of the resource: what is wrong, and what to do. */
  readonly says: string
  /** Arguments that must be true for it to matter; the finding stands at the first. */
  readonly beside?: readonly string[]
  /** Arguments or blocks whose presence settles it elsewhere. */
  readonly unless?: readonly string[]
  readonly fix?: { readonly title: string; readonly value: Value; readonly applicability: Fix['applicability'] }
}

/** The kinds that settings are about, with calls of modules that stand for them. */
export function kindsOf(settings: readonly Setting[], modules = false): string[] {
  return [...new Set(settings.map(({ type }) => `terraform/${type}`)), ...(modules ? ['terraform/module'] : [])]
}

export function* checkSettings(settings: readonly Setting[], object: KubeObject): Iterable<Found<Setting> | Skipped> {
  const resource = cloudResource(object)
  for (const setting of settings) if (resource?.type === setting.type) yield* checkSetting(resource, setting)
}

function* checkSetting(resource: CloudResource, setting: Setting): Iterable<Found<Setting> | Skipped> {
  const { object, address } = resource
  const { value, path, written } = resource.read(setting.argument, standardOf(resource, setting))
  if (isUnknown(value)) {
    if (written) yield { notEvaluated: object, path }
    return
  }
  // What a module does with an input that nobody set is its own affair.
  const judged = value === undefined && object.kind === 'module' ? null : value
  if (judged === undefined || !setting.wrong.includes(judged)) return
  const beside = setting.beside?.map((argument) => resource.read(argument, false))
  if (beside?.some(({ value }) => value !== true)) return
  if (setting.unless?.some((argument) => isThere(resource, argument))) return
  yield {
    object,
    path: beside?.[0]?.path ?? path,
    part: 'value',
    ...(setting.severity ? { severity: setting.severity } : {}),
    discriminator: setting.argument,
    message: `\`${address}\` ${setting.says}`,
    data: setting,
  }
}

function isThere(resource: CloudResource, argument: string): boolean {
  const { value } = resource.read(argument)
  return value !== undefined && value !== null && value !== false
}

/** Where either default may hold, none is assumed. */
function standardOf(resource: CloudResource, { standard, standardBefore }: Setting): Value | undefined {
  if (!standardBefore) return standard
  return resource.since(standardBefore.major) === false ? standardBefore.value : standard
}

export function* fixSetting(object: KubeObject, setting: Setting | undefined): Iterable<Fix> {
  const path: Path | undefined = setting && cloudResource(object)?.read(setting.argument).path
  if (!setting?.fix || !path) return
  const { title, applicability, value } = setting.fix
  yield { title, applicability, changes: [{ op: 'set', object, path, value }] }
}
