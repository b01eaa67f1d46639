import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import { pages } from '../../rules/pages.ts'
import type { AnyRule } from '../../server/model/rule.ts'
import { type Case, readPage, withFixes } from './page.ts'
import { compareMarkers, diffOfFix, runCase } from './spec.ts'

/** Rewrites the expected diffs, and nothing else. */
const UPDATE = process.env['UPDATE'] === '1'

describe.each(rules.map((rule) => ({ rule, name: rule.name })))('$name', ({ rule, name }) => {
  const page = readPage(pages.get(name) ?? '')

  for (const each of page.flagged) {
    it(`flags: ${each.name}`, () => {
      const run = runCase(rule, rules, each)
      const { expected, actual } = compareMarkers(run)
      expect(actual).toBe(expected)
      expect(run.findings.length, 'findings of a flagged case').toBeGreaterThan(0)
    })
    for (const { title } of each.fixes) {
      it(`fixes: ${each.name}: ${title}`, () => checkFix(rule, each, title))
    }
  }

  for (const each of page.notFlagged) {
    it(`does not flag: ${each.name}`, () => {
      const { expected, actual } = compareMarkers(runCase(rule, rules, each))
      expect(actual).toBe(expected)
    })
  }
})

function checkFix(rule: AnyRule, each: Case, title: string): void {
  const block = each.fixes.find((fix) => fix.title === title)
  const diff = diffOfFix(runCase(rule, rules, each), title)
  if (UPDATE) update(rule, each.name, title, diff)
  else expect(diff, 'run with UPDATE=1 to rewrite the diff').toBe(block?.text)
}

/** Offsets move with every rewritten block, so the page is read again for each. */
function update(rule: AnyRule, name: string, title: string, text: string): void {
  const path = fileURLToPath(new URL(`../../rules/${rule.pillar}/${rule.name}.md`, import.meta.url))
  const markdown = readFileSync(path, 'utf8')
  const block = readPage(markdown)
    .flagged.find((each) => each.name === name)
    ?.fixes.find((fix) => fix.title === title)
  if (block) writeFileSync(path, withFixes(markdown, [{ block, text }]))
}
