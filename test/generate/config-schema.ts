import { PROFILES } from '../../server/analysis/config.ts'
import type { AnyRule } from '../../server/model/rule.ts'
import { levelSchema } from './settings.ts'

/** The JSON schema of `.kube-zero-trust.yaml`: accepts what `readConfig` accepts without a problem. */
export function configSchema(rules: readonly AnyRule[]): string {
  const names = rules.map(({ name }) => name)
  const patterns = { type: 'array', items: { type: 'string' } }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of Kube Zero Trust',
    type: 'object',
    additionalProperties: false,
    properties: {
      profile: {
        description:
          'How much is shown. `baseline`: errors and warnings. `recommended`: what a team leaves on. `strict`: hints count as information.',
        enum: PROFILES,
        default: 'recommended',
      },
      rules: {
        description: 'The level of single rules, or `off`.',
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(rules.map((rule) => [rule.name, fileLevelSchema(rule)])),
      },
      exclude: { description: 'Files that are not looked at, as patterns of .gitignore.', ...patterns },
      environments: {
        description:
          'What ends up in one cluster: a name, and the files as patterns of .gitignore. Files that none of them names belong to all.',
        type: 'object',
        additionalProperties: {
          anyOf: [
            { type: 'string', minLength: 1 },
            { ...patterns, minItems: 1 },
          ],
        },
      },
      ignore: {
        description: 'Findings that are accepted, for files that carry no comment.',
        type: 'array',
        items: {
          type: 'object',
          required: ['reason'],
          anyOf: [{ required: ['rule'] }, { required: ['object'] }, { required: ['path'] }],
          additionalProperties: false,
          properties: {
            rule: { description: 'Without it, every rule.', enum: names },
            object: { description: '`Kind/name` or `Kind/namespace/name`; `*` stands for any.', type: 'string', minLength: 1 },
            path: { description: 'Files, as a pattern of .gitignore.', type: 'string', minLength: 1 },
            reason: { description: 'Why this is fine here.', type: 'string', minLength: 1 },
            expires: { description: 'The last day that it holds.', type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
          },
        },
      },
      target: {
        description: 'The cluster that the files are for.',
        type: 'object',
        additionalProperties: false,
        properties: {
          kubernetes: { description: 'Its version, as "1.33".', type: ['string', 'number'], pattern: '^v?1\\.\\d{1,2}(\\.\\d+)?$' },
          platform: { description: 'Who runs it.', type: 'string' },
        },
      },
      maxFileSize: { description: 'Larger files are one problem each. In bytes.', type: 'number', exclusiveMinimum: 0 },
    },
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

/** In YAML 1.1, `off` is false. */
function fileLevelSchema(rule: AnyRule): object {
  const schema = levelSchema(rule) as { enum: readonly string[] }
  return { ...schema, enum: [...schema.enum, false] }
}
