import { ruleFiles, indexSource, pagesSource } from './names.ts'
import { writeAll } from './write.ts'

/** What imports the rules: needs no rule to be imported. */
export function generate(root: string): readonly string[] {
  return writeAll(root, importParts(root))
}

export function importParts(root: string): ReadonlyMap<string, string> {
  const files = ruleFiles(root)
  return new Map([
    ['rules/index.ts', indexSource(files)],
    ['rules/pages.ts', pagesSource(files)],
  ])
}
