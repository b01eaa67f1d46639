import { rules } from '../../rules/index.ts'
import { configSchema } from './config-schema.ts'
import { withRuleSettings } from './settings.ts'
import { withRuleTable } from './table.ts'
import { read, writeAll } from './write.ts'

/** What is derived from the rules' metadata. */
export function generate(root: string): readonly string[] {
  return writeAll(root, metadataParts(root))
}

export function metadataParts(root: string): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', withRuleTable(read(root, 'README.md'), rules)],
    ['package.json', withRuleSettings(read(root, 'package.json'), rules)],
    ['rules/config.schema.json', configSchema(rules)],
  ])
}
