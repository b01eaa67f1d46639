import { basePath, matchPath } from '../../syntax/go/path.ts'
import { trimSpace } from '../../syntax/go/unicode.ts'

interface Rule {
  readonly negate: boolean
  readonly directory: boolean
  matches(path: string): boolean
}

export interface IgnoreRules {
  ignores(path: string, directory: boolean): boolean
}

/** A `.helmignore`. Helm's rule for `!x` is odd: it ignores all that does not match x. A string says why Helm refuses it. */
export function parseIgnore(text: string): IgnoreRules | string {
  const rules: Rule[] = []
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const rule = trimSpace(line)
    if (rule === '' || rule.startsWith('#')) continue
    if (rule.includes('**')) return 'double-star (**) syntax is not supported'
    if (matchPath(rule, 'abc') === undefined) return 'syntax error in pattern'
    rules.push(parseRule(rule))
  }
  // Hidden files of the templates are none.
  rules.push(parseRule('templates/.?*'))
  return { ignores: (path, directory) => ignores(rules, path, directory) }
}

function parseRule(written: string): Rule {
  const negate = written.startsWith('!')
  let rule = negate ? written.slice(1) : written
  const directory = rule.endsWith('/')
  if (directory) rule = rule.slice(0, -1)
  if (rule.startsWith('/')) {
    const rooted = rule.slice(1)
    return { negate, directory, matches: (path) => matchPath(rooted, path) === true }
  }
  if (rule.includes('/')) return { negate, directory, matches: (path) => matchPath(rule, path) === true }
  return { negate, directory, matches: (path) => matchPath(rule, basePath(path)) === true }
}

function ignores(rules: readonly Rule[], path: string, isDirectory: boolean): boolean {
  for (const { negate, directory, matches } of rules) {
    if (negate) {
      if ((directory && !isDirectory) || !matches(path)) return true
    } else if ((!directory || isDirectory) && matches(path)) return true
  }
  return false
}
