import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface Rule {
  readonly include?: string
  readonly match?: string
  readonly begin?: string
  readonly end?: string
  readonly patterns?: readonly Rule[]
  readonly repository?: Readonly<Record<string, Rule>>
}

const contributes = JSON.parse(readFileSync('package.json', 'utf8')).contributes
const read = (path: string): Rule => JSON.parse(readFileSync(path, 'utf8'))
const grammar = read('syntaxes/go-template.tmLanguage.json')
const expression = (name: string, part: 'match' | 'begin' = 'match'): RegExp =>
  new RegExp(grammar.repository?.[name]?.[part] ?? '(?!)', 'g')

function* rules(rule: Rule): Iterable<Rule> {
  yield rule
  for (const inner of [...(rule.patterns ?? []), ...Object.values(rule.repository ?? {})]) yield* rules(inner)
}

describe('the grammar of templates', () => {
  test('claims no file, so that another extension for Helm keeps its own', () => {
    for (const language of contributes.languages)
      expect(Object.keys(language).filter((key) => /^(extensions|filenames|filenamePatterns|firstLine)$/.test(key))).toEqual([])
  })

  test('is whole: its files exist, its rules are there, its expressions are valid', () => {
    let seen = 0
    for (const { path } of contributes.grammars) {
      for (const { include, match, begin, end } of rules(read(path))) {
        for (const each of [match, begin, end]) {
          if (each === undefined) continue
          expect(() => new RegExp(each)).not.toThrow()
          seen++
        }
        const own = include && /#(.*)$/.exec(include)?.[1]
        if (own) expect(grammar.repository).toHaveProperty(own)
      }
    }
    expect(seen).toBeGreaterThan(15)
  })

  test.each([
    ['{{ .Values.a }}', true],
    ['{{- if .x -}}', true],
    ['a: "{{ b }}"', true],
    // GitHub Actions.
    ['run: ${{ github.ref }}', false],
    ['{{{ mustache }}}', false],
    ['{ a: { b: c } }', false],
  ])('sees an action in %s: %s', (text, isAction) => {
    expect(expression('action', 'begin').test(text)).toBe(isAction)
  })

  test.each([
    ['keyword', 'if not .end $if end', ['if', 'end']],
    ['function', 'default .Values.default $default', ['default']],
    ['variable', '$ $x.y := 1', ['$', '$x']],
    ['operator', '$x := .a | quote', [':=', '|']],
  ])('tells a %s', (name, text, found) => {
    expect(text.match(expression(name))).toEqual(found)
  })
})
