import { expect } from 'vitest'
import { rules } from '../../../rules/index.ts'
import { findingsOf } from '../../../server/analysis/findings.ts'
import { filesAfter, proposeFixes, prove } from '../../../server/analysis/fix.ts'
import { KUBERNETES_API } from '../../../server/model/access/api-resources.ts'
import { type Body, equal, isMap, items, texts, type Value } from '../../../server/model/value.ts'
import { evaluateManifest } from '../../../server/sources/manifest.ts'
import { commentsOf } from '../../../server/syntax/yaml/index.ts'
import { analyseFiles, TODAY } from '../../rules/spec.ts'

const ABOUT = ['rbac-wildcard-verbs', 'rbac-wildcard-resources']

/** Applies every fix of every `*` in manifests; answers how many there were, and which could not be proved. */
export function checkNarrowing(files: readonly { readonly path: string; readonly text: string }[]): {
  readonly checked: number
  readonly unproved: readonly string[]
} {
  const analysis = analyseFiles(rules, files)
  const unproved: string[] = []
  let checked = 0
  for (const finding of findingsOf(analysis, { today: TODAY }).findings) {
    if (!ABOUT.includes(finding.rule.name)) continue
    for (const fix of proposeFixes(analysis, finding)) {
      const what = `${finding.location.file}: ${fix.title}`
      const proof = prove(analysis, finding, fix)
      const after = filesAfter(analysis.files, [fix])
      if (!proof.proved || !after) {
        unproved.push(`${what}: ${proof.proved ? 'it cannot be written' : proof.reason}`)
        continue
      }
      checked++
      for (const [path, { text }] of after) {
        const before = analysis.files.get(path)?.text ?? ''
        if (text !== before) checkText(path, before, text, what)
      }
    }
  }
  return { checked, unproved }
}

function checkText(path: string, before: string, after: string, what: string): void {
  const [was, is] = [before, after].map((text) => evaluateManifest({ path, text }))
  expect(is?.problems, `${what}: problems`).toEqual(was?.problems)
  const comments = (text: string): string[] => commentsOf(text).map(({ span }) => text.slice(span.start, span.end).trim())
  for (const comment of comments(before)) expect(comments(after), `${what}: comments`).toContain(comment)
  for (const object of is?.objects ?? []) {
    if (!object.kind.endsWith('Role')) continue
    const old = was?.objects.find(({ id }) => id === object.id)
    const known = old ? items(old.body, 'rules') : []
    checkRules(
      items(object.body, 'rules').filter((rule) => !known.some((each) => equal(each, rule))),
      what,
    )
  }
}

/** Valid for the API server, and no more rules or words than it takes. */
function checkRules(fresh: readonly Value[], what: string): void {
  const written = fresh.filter(isMap)
  for (const rule of written) {
    for (const field of ['apiGroups', 'resources', 'verbs']) {
      const list = texts(rule, field)
      expect(list.length, `${what}: ${field} of ${JSON.stringify(rule)}`).toBeGreaterThan(0)
      expect(new Set(list).size, `${what}: ${field} twice`).toBe(list.length)
    }
    checkWords(rule, what)
  }
  for (const [i, a] of written.entries()) {
    for (const b of written.slice(i + 1)) {
      const same = ['apiGroups', 'resources', 'verbs', 'resourceNames'].filter((field) => sameSet(texts(a, field), texts(b, field)))
      expect(same.length, `${what}: ${JSON.stringify(a)} and ${JSON.stringify(b)} are one rule`).toBeLessThan(3)
    }
  }
}

/** Every verb is one that some resource of the rule has; what the table does not know may have any. */
function checkWords(rule: Body, what: string): void {
  const pairs = texts(rule, 'apiGroups').flatMap((group) => texts(rule, 'resources').map((resource) => [group, resource] as const))
  const known = pairs.map(([group, resource]) => KUBERNETES_API.resource(group, resource))
  if (known.some((each, i) => each === undefined && KUBERNETES_API.mayExist(...(pairs[i] ?? ['', ''])))) return
  for (const verb of texts(rule, 'verbs'))
    expect(
      known.some((each) => each?.verbs.includes(verb) || each?.virtualVerbs.includes(verb)),
      `${what}: ${verb} of ${JSON.stringify(rule)}`,
    ).toBe(true)
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each))
}
