import { PROFILES } from '../../server/analysis/config.ts'
import type { AnyRule } from '../../server/model/rule.ts'
import { levelSchema } from './settings.ts'

/** The JSON schema of `.kube-zero-trust.yaml`: accepts what `readConfig` accepts without a problem. */
export function configSchema(rules: readonly AnyRule[]): string {
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
        ...map,
        additionalProperties: false,
        properties: Object.fromEntries(rules.map((rule) => [rule.name, levelSchema(rule, OFF)])),
      },
      exclude: { description: 'Files that are not looked at, as patterns of .gitignore.', ...patterns },
      environments: {
        description:
          'What ends up in one cluster: a name, and the files as patterns of .gitignore. Files that none of them names belong to all.',
        ...map,
        additionalProperties: { anyOf: [text, { ...patterns, type: 'array', minItems: 1 }] },
      },
      ignore: { description: 'Findings that are accepted, for files that carry no comment.', ...list, items: ignored(rules) },
      target: {
        description: 'The cluster that the files are for.',
        ...map,
        additionalProperties: false,
        properties: {
          kubernetes: {
            description: 'Its version, as "1.33".',
            anyOf: [
              { type: 'string', pattern: '^v?1\\.\\d{1,2}(\\.\\d+)?$' },
              // Without quotes, 1.30 is the number 1.3.
              { type: 'number', minimum: 1, exclusiveMaximum: 2 },
            ],
          },
          platform: { description: 'Who runs it.', type: 'string' },
        },
      },
      maxFileSize: { description: 'Larger files are one problem each. In bytes.', type: 'number', exclusiveMinimum: 0 },
    },
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

/** What is written without a value, as while typing, counts as absent. */
const map = { type: ['object', 'null'] } as const
const list = { type: ['array', 'null'] } as const
const text = { type: 'string', minLength: 1 } as const
const patterns = { ...list, items: { type: 'string' } } as const

/** In YAML 1.1, `off` is false. */
const OFF = [false]

function ignored(rules: readonly AnyRule[]): object {
  return {
    type: 'object',
    required: ['reason'],
    anyOf: [{ required: ['rule'] }, { required: ['object'] }, { required: ['path'] }],
    additionalProperties: false,
    properties: {
      rule: { description: 'Without it, every rule.', enum: rules.map(({ name }) => name) },
      object: { description: '`Kind/name` or `Kind/namespace/name`; `*` stands for any.', ...text },
      path: { description: 'Files, as a pattern of .gitignore.', ...text },
      reason: { description: 'Why this is fine here.', ...text },
      expires: { description: 'The last day that it holds.', type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
    },
  }
}
