import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { splitDocuments } from '../../../server/syntax/yaml/index.ts'
import { MANIFESTS } from './manifests.ts'

const MAX_BYTES = 60_000

/** Documents to try things on: our own, and real ones where the corpus lies beside the project or where `SHARED` says. */
export function documents(): readonly string[] {
  const corpus = join(process.env['SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url)), 'corpus')
  const files = existsSync(corpus)
    ? readdirSync(corpus, { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.ya?ml$/.test(path))
        .sort()
        .map((path) => readFileSync(join(corpus, path), 'utf8'))
    : []
  const real = files.flatMap((text) => splitDocuments(text).map(({ start, end }) => text.slice(start, end)))
  return [...Object.values(MANIFESTS), ...SCRAPS, ...real.filter((text) => text.length <= MAX_BYTES)]
}

/** Where a scanner goes wrong. */
const SCRAPS: readonly string[] = [
  'a:\n- b\n- c:\n  - d\n  e: f\n',
  'a: b\n  c\n\n  d # e\nf: -g\n',
  '- - - a\n    - b\n  - c\n-\n- {a: [b, {c: d}], "e":f}\n',
  "a: \"b\n  c \\\n   d\\n\"\n'e' : 'f''g\n\n  h'\n",
  'a: |\n  b\n\n    c\n  d\n\n\ne: >-\n\n  f\n  g\n\n   h\n  i\nj: |+\n  k\n\n',
  'a: [b,\n  c # d\n  , "e" ]\nf: {\n  g: h,\n}\n',
  'a: # b\n  # c\n  d: e # f\n# g\nh:\n',
  'yes: 0x1F\n"no": ~\n"1": 010\n.5: 1e3\n',
  'a: http://b:80/c?d#e\nf: g #h\ni: ::/0\nj: [k] \t# l\nm: n\t\n',
  'f: - g\n',
  'i: j: k\n',
  '--- # a\nb: c\n...\n',
  'a: &x {b: 1}\nc: {<<: *x}\nd: !!str 1\n? e\n: f\n',
  'a:\tb\nc: d\t# e\nf: [\tg,\n\th]\n',
]
