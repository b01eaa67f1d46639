import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkNarrowing } from '../../model/access/narrowing.ts'

const CORPUS = join(process.env['KZT_SHARED'] ?? '../shared', 'corpus')

test('every `*` of real roles is narrowed to valid rules, as few as can be, with all comments', () => {
  let checked = 0
  const unproved: string[] = []
  const files = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name))
  for (const path of files) {
    const text = readFileSync(join(CORPUS, path), 'utf8')
    if (!/kind:\s*(Cluster)?Role\b/.test(text)) continue
    const result = checkNarrowing([{ path, text }])
    checked += result.checked
    unproved.push(...result.unproved)
  }
  expect(unproved).toEqual([])
  expect(checked).toBeGreaterThan(5)
})
