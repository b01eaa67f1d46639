import { type AnyRule, SEVERITIES } from '../../server/model/rule.ts'

interface Manifest {
  readonly contributes: { readonly configuration: { readonly properties: Record<string, object> } }
}

const SETTING = 'kubeZeroTrust.rules'

/** The extension's manifest with the rules in its setting `kubeZeroTrust.rules`; everything else in it is written by hand. */
export function withRuleSettings(packageJson: string, rules: readonly AnyRule[]): string {
  const manifest = JSON.parse(packageJson) as Manifest
  const { properties } = manifest.contributes.configuration
  properties[SETTING] = {
    ...properties[SETTING],
    additionalProperties: false,
    properties: Object.fromEntries(rules.map((rule) => [rule.name, levelSchema(rule)])),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** The choice of a level for one rule. */
export function levelSchema({ title, severity }: AnyRule, others: readonly unknown[] = []): object {
  return { description: `${title}. Without a choice: ${severity}.`, enum: [...SEVERITIES, 'off', ...others] }
}
