import { PROFILES, type Settings } from '../analysis/config.ts'
import { SEVERITIES } from '../model/rule.ts'

/** Whose findings are published: of open files with errors anywhere, or of all files. */
export type Publish = 'openFiles' | 'workspace'

export interface ClientSettings extends Settings {
  readonly publish: Publish
  /** The parts of the product (`Feature.name`) that show no lenses. */
  readonly withoutLenses: ReadonlySet<string>
}

/** What a client answers for the section `kubeZeroTrust`. People write settings by hand: what is not of its type does not count. */
export function settingsOf(answer: unknown): ClientSettings {
  const { profile, rules, exclude, environments, maxFileSize, publish, lenses } = isRecord(answer) ? answer : {}
  const known = PROFILES.find((one) => one === profile)
  const levels = [...SEVERITIES, 'off' as const]
  return {
    publish: publish === 'workspace' ? publish : 'openFiles',
    withoutLenses: new Set(entriesOf(lenses).flatMap(([feature, shown]) => (shown === false ? [feature] : []))),
    ...(known ? { profile: known } : {}),
    rules: Object.fromEntries(
      entriesOf(rules).flatMap(([rule, value]) => levels.filter((level) => level === value).map((level) => [rule, level])),
    ),
    exclude: textsOf(exclude),
    environments: Object.fromEntries(entriesOf(environments).map(([name, patterns]) => [name, textsOf(patterns)])),
    ...(typeof maxFileSize === 'number' && maxFileSize > 0 ? { maxFileSize } : {}),
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
