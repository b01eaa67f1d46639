import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { get, type Path, type Value } from '../../../server/model/value.ts'
import { commentsOf, editYaml, parseYaml, type YamlChange } from '../../../server/syntax/yaml/index.ts'
import { applyEdits } from '../../../server/text/edit.ts'
import { runs } from '../../properties/workspaces.ts'
import { key, pathsOf, value } from './arbitrary.ts'
import { MANIFESTS, PLAIN } from './manifests.ts'

const samples = Object.entries(MANIFESTS).map(([name, text]) => ({
  name,
  text,
  body: parseYaml(text).body,
  paths: pathsOf(parseYaml(text).body),
}))
type Sample = (typeof samples)[number]

/** A sample and a path in it that exists. */
const place = fc
  .constantFrom(...samples)
  .chain((sample) => fc.constantFrom(...sample.paths).map((path): { sample: Sample; path: Path } => ({ sample, path })))

/** The new text; undefined when the change was refused, which no plain sample gives a reason for. */
function edit({ sample }: { sample: Sample }, change: YamlChange): string | undefined {
  const result = editYaml(sample.text, [change])
  if (!('refused' in result)) return applyEdits(sample.text, result.edits)
  expect(PLAIN, result.refused).not.toContain(sample.name)
  return undefined
}

/** The same on plain data: written apart from what is tested. */
function change(body: Value | undefined, path: Path, update: (old: Value | undefined) => Value | undefined): Value | undefined {
  const [step, ...rest] = path
  if (step === undefined) return update(body)
  const copy = structuredClone(body ?? (typeof step === 'number' ? [] : {})) as Record<string | number, Value>
  const changed = change(copy[step], rest, update)
  if (changed !== undefined) Object.defineProperty(copy, step, { value: changed, enumerable: true, configurable: true, writable: true })
  else if (Array.isArray(copy)) copy.splice(Number(step), 1)
  else delete copy[step]
  return copy
}

function comments(text: string): string[] {
  return commentsOf(text).map(({ span }) => text.slice(span.start, span.end).trim())
}

function sorted(list: readonly string[]): string[] {
  return [...list].sort()
}

describe('any edit of any sample', () => {
  it('sets what exists, and nothing else', () => {
    fc.assert(
      fc.property(place, value, (at, wanted) => {
        const text = edit(at, { op: 'set', path: at.path, value: wanted })
        if (text === undefined) return
        const tree = parseYaml(text)
        expect(tree.problems.filter((problem) => !problem.harmless)).toEqual([])
        expect(tree.body).toEqual(change(at.sample.body, at.path, () => wanted))
        const old = get(at.sample.body, ...at.path)
        if (typeof old !== 'object') expect(sorted(comments(text))).toEqual(sorted(comments(at.sample.text)))
      }),
      runs(200),
    )
  })

  it('adds what is missing, with only insertions where the map has entries', () => {
    fc.assert(
      fc.property(place, fc.array(key, { minLength: 1, maxLength: 3 }), value, (at, keys, wanted) => {
        const map = get(at.sample.body, ...at.path)
        if (typeof map !== 'object' || map === null || Array.isArray(map) || Object.hasOwn(map, keys[0] ?? '')) return
        const path = [...at.path, ...keys]
        const result = editYaml(at.sample.text, [{ op: 'set', path, value: wanted }])
        if ('refused' in result) {
          expect(PLAIN, result.refused).not.toContain(at.sample.name)
          return
        }
        const text = applyEdits(at.sample.text, result.edits)
        expect(parseYaml(text).body).toEqual(change(at.sample.body, path, () => wanted))
        expect(sorted(comments(text))).toEqual(sorted(comments(at.sample.text)))
        if (Object.keys(map).length > 0) for (const edit of result.edits) expect(edit.start).toBe(edit.end)
      }),
      runs(200),
    )
  })

  it('removes a key or an item with its own comments only', () => {
    fc.assert(
      fc.property(place, (at) => {
        if (at.path.length === 0) return
        const text = edit(at, { op: 'remove', path: at.path })
        if (text === undefined) return
        expect(parseYaml(text).body).toEqual(change(at.sample.body, at.path, () => undefined))
        const left = comments(text)
        for (const comment of left) expect(comments(at.sample.text)).toContain(comment)
      }),
      runs(200),
    )
  })

  it('inserts into a list at any place', () => {
    fc.assert(
      fc.property(place, value, fc.nat(4), (at, wanted, index) => {
        const list = get(at.sample.body, ...at.path)
        if (!Array.isArray(list)) return
        const text = edit(at, { op: 'insert', path: at.path, index, value: wanted })
        if (text === undefined) return
        expect(parseYaml(text).body).toEqual(change(at.sample.body, at.path, () => list.toSpliced(index, 0, wanted)))
        expect(sorted(comments(text))).toEqual(sorted(comments(at.sample.text)))
      }),
      runs(200),
    )
  })

  it('makes several changes at once what they are one after the other', () => {
    const several = fc.constantFrom(...samples.filter(({ name }) => (PLAIN as readonly string[]).includes(name))).chain((sample) =>
      fc
        .array(fc.record({ path: fc.constantFrom(...sample.paths.filter((path) => path.length > 0)), value }), {
          minLength: 2,
          maxLength: 4,
        })
        .map((sets) => ({ sample, sets })),
    )
    fc.assert(
      fc.property(several, ({ sample, sets }) => {
        // A change below one that was made before has another document before it.
        const apart = sets.every(({ path }, i) => sets.every((other, j) => i === j || !path.every((step, k) => other.path[k] === step)))
        if (!apart) return
        const result = editYaml(
          sample.text,
          sets.map(({ path, value }): YamlChange => ({ op: 'set', path, value })),
        )
        if ('refused' in result) throw new Error(result.refused)
        const body = parseYaml(applyEdits(sample.text, result.edits)).body
        expect(body).toEqual(sets.reduce((before, { path, value }) => change(before, path, () => value), sample.body))
      }),
      runs(200),
    )
  })
})
