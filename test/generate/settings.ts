import { type AnyRule, SEVERITIES } from '../../server/model/rule.ts'

interface Manifest {
  contributes?: { configuration?: { title?: string; properties?: Record<string, unknown> } }
}

/** The extension's manifest with its setting `kubeZeroTrust.rules`; everything else in it is written by hand. */
export function withRuleSettings(packageJson: string, rules: readonly AnyRule[]): string {
  const manifest = JSON.parse(packageJson) as Manifest
  manifest.contributes ??= {}
  manifest.contributes.configuration ??= { title: 'Kube Zero Trust' }
  manifest.contributes.configuration.properties ??= {}
  manifest.contributes.configuration.properties['kubeZeroTrust.rules'] = {
    type: 'object',
    markdownDescription: 'The level of single rules. What `.kube-zero-trust.yaml` says about a rule wins over this.',
    default: {},
    additionalProperties: false,
    properties: Object.fromEntries(rules.map((rule) => [rule.name, levelSchema(rule)])),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** The choice of a level for one rule. */
export function levelSchema({ title, severity }: AnyRule, others: readonly unknown[] = []): object {
  return { description: `${title}. Without a choice: ${severity}.`, enum: [...SEVERITIES, 'off', ...others] }
}
