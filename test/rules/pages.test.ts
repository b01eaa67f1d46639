import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import { pages } from '../../rules/pages.ts'
import { PILLARS } from '../../server/model/rule.ts'
import { readPage, SECTIONS } from './page.ts'

const folder = fileURLToPath(new URL('../../rules', import.meta.url))

describe('the folders of rules', () => {
  it('hold a rule for every page and nothing else', () => {
    const entries = PILLARS.filter((pillar) => existsSync(`${folder}/${pillar}`)).flatMap((pillar) =>
      readdirSync(`${folder}/${pillar}`).map((file) => `${pillar}/${file}`),
    )
    expect(entries.sort()).toEqual(rules.flatMap(({ pillar, name }) => [`${pillar}/${name}.md`, `${pillar}/${name}.ts`]).sort())
  })
  it('are the pillars', () => {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).filter((name) => !PILLARS.some((pillar) => pillar === name))).toEqual([])
  })
})

describe.each(rules.map((rule) => ({ rule, name: rule.name })))('$name', ({ rule, name }) => {
  const markdown = pages.get(name) ?? ''

  it('has a kebab-case name that no other rule has', () => {
    expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)+$/)
    expect(rules.filter((other) => other.name === name)).toEqual([rule])
  })
  it('says in one line what is wrong', () => {
    expect(rule.title).toMatch(/^[A-Z`][^\n]{9,79}$/)
    expect(rule.title).not.toMatch(/[.!]$/)
    expect(rule.since).toMatch(/^\d+\.\d+\.\d+$/)
  })
  it('names a control of at least one framework, and none twice', () => {
    const controls = Object.values(rule.controls).flat()
    expect(controls.length).toBeGreaterThan(0)
    for (const list of Object.values(rule.controls)) expect(new Set(list).size).toBe(list.length)
  })
  it('is asked for kinds exactly when it looks at objects or compares them', () => {
    expect(rule.kinds !== undefined, 'kinds').toBe(rule.each === 'object' || rule.each === 'stage')
    for (const kind of rule.kinds ?? []) expect(kind).toMatch(/^(?:terraform\/[a-z_]+|[a-z0-9.-]*\/[A-Z][A-Za-z]+)$/)
  })
  it('has a page with its title and four sections', () => {
    const { title, sections } = readPage(markdown)
    expect(title).toBe(rule.title)
    expect(sections).toEqual(SECTIONS)
  })
  it('has no section without text', () => {
    for (const section of markdown.split(/^## /m).slice(1)) expect(section.split('\n').slice(1).join('\n').trim(), section).not.toBe('')
  })
  it('has cases that are flagged, cases that are not, and no two of one name', () => {
    const { flagged, notFlagged } = readPage(markdown)
    expect(flagged.length).toBeGreaterThan(0)
    expect(notFlagged.length).toBeGreaterThan(0)
    const names = [...flagged, ...notFlagged].map((each) => each.name)
    expect(names).toEqual([...new Set(names)])
  })
  it('shows what its fix does, where it has one', () => {
    const { flagged, notFlagged } = readPage(markdown)
    expect(flagged.some(({ fixes }) => fixes.length > 0)).toBe(rule.fix !== undefined)
    expect(notFlagged.flatMap(({ fixes }) => fixes)).toEqual([])
  })
})
