import { describe, expect, it } from 'vitest'
import { type Finding, findingsOf } from '../../server/analysis/findings.ts'
import { filesAfter } from '../../server/analysis/fix.ts'
import { ignoreInText } from '../../server/lsp/ignore.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { isList, isMap, type Path, type Value } from '../../server/model/value.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'
import { STYLES } from './styles.ts'

/** Finds fault with everything: each key, each value, a word inside each string, and something absent below each map. */
const everywhere = defineRule({
  name: 'everything-wrong',
  title: 'Everything is wrong',
  pillar: 'compliance',
  severity: 'hint',
  controls: {},
  since: '0.1.0',
  each: 'object',
  kinds: ['/ConfigMap'],
  reads: [],
  *check(object) {
    for (const { path, value } of nodes(object.body, [])) {
      const at = (part: 'key' | 'value', what: string, more: object = {}): Found<undefined> => {
        const name = `${what} ${JSON.stringify(path)}`
        return { object, path, part, discriminator: name, message: name, ...more }
      }
      yield at('key', 'key')
      yield at('value', 'value')
      const word = typeof value === 'string' ? value.lastIndexOf(' ') + 1 : 0
      if (typeof value === 'string' && word < value.trimEnd().length)
        yield at('value', 'word', { range: { start: word, end: value.trimEnd().length } })
      if (isMap(value)) yield { ...at('value', 'absent'), path: [...path, 'nothing', 'here'] }
    }
  },
})

function* nodes(value: Value, path: Path): Iterable<{ path: Path; value: Value }> {
  if (path.length > 0) yield { path, value }
  const children = isList(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : []
  for (const [step, child] of children) yield* nodes(child, [...path, step])
}

const TEXTS: Readonly<Record<string, string>> = {
  'block style': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    app: web\ndata:\n  key: value\n  other: "quoted"\n',
  'lists at the indentation of their key': 'kind: ConfigMap\napiVersion: v1\nlist:\n- a: 1\n  b: 2\n-\n  c: 3\n- - d\n  - e\nnext: x\n',
  'block scalars':
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  literal: |\n    first line\n\n    # no comment\n    last word\n  folded: >-\n    some more\n    words here\n  next: x\n',
  'strings over several lines':
    'apiVersion: v1\nkind: ConfigMap\ndata:\n  double: "one\n    two # no comment\n    three"\n  single: \'one\n    two\'\n  plain: one\n    two\n  next: x\n',
  'a value below its key': 'apiVersion: v1\nkind: ConfigMap\ndata:\n  key:\n    value\n  map:\n    # about a\n    a: b\n',
  'flow style':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, labels: { app: web } }\ndata: {\n  key: value,\n  list: [a,\n    b],\n}\n',
  'two documents':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n---\n# about b\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b }\n',
  'a list of objects':
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: { name: y }\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: x\n',
  'JSON in YAML': '{ "apiVersion": "v1", "kind": "ConfigMap",\n  "data": { "a": "b c" } }\n',
}

const FORMS = ['as it stands', 'with CRLF', 'without a final line end, after a BOM', 'with a comment wherever there can be one']

describe.each(Object.entries(TEXTS))('in %s', (_, original) => {
  it.each(FORMS)('every place can carry the comment that silences it, %s', (style) => {
    const [file] = STYLES[style]?.({ path: 'a.yaml', text: original }) ?? []
    const text = file?.text ?? ''
    const analysis = analyseFiles([everywhere], [{ path: 'a.yaml', text }])
    const before = findingsOf(analysis, { today: TODAY }).findings
    expect(before.length).toBeGreaterThan(8)
    for (const finding of before) {
      const files = filesAfter(analysis.files, [ignoreInText(analysis, finding)])
      if (!files) throw new Error('the comment cannot be written')
      const after = analyseFiles([everywhere], [...files.values()])
      const written = `${finding.message}:\n${files.get('a.yaml')?.text}`
      expect(bodies(after), written).toEqual(bodies(analysis))
      const { suppressed, findings, unused } = findingsOf(after, { today: TODAY })
      expect(
        suppressed.map((each) => each.finding.message),
        written,
      ).toContain(finding.message)
      expect(suppressed.length + findings.length, written).toBe(before.length)
      expect(unused, written).toEqual([])
      const strangers = suppressed.filter((each) => !mayGoWith(each.finding, finding, before, text))
      expect(
        strangers.map((each) => each.finding.message),
        written,
      ).toEqual([])
    }
  })
})

function bodies(analysis: ReturnType<typeof analyseFiles>): readonly unknown[] {
  return [...analysis.units.values()].flatMap((unit) => unit.objects.map(({ body }) => body))
}

/** A comment reaches what is on the line of the finding, what lies below it, and from an object's first line all of the object. */
function mayGoWith(other: Finding, finding: Finding, all: readonly Finding[], text: string): boolean {
  const lineOf = ({ location }: Finding): number => text.slice(0, location.span.start).split('\n').length
  if (objectOf(other) !== objectOf(finding)) return false
  const own = all.filter((each) => objectOf(each) === objectOf(finding))
  if (Math.min(...own.map(lineOf)) === lineOf(finding)) return true
  const here = own.filter((each) => lineOf(each) === lineOf(finding)).map(writtenPath)
  return here.some((path) => path.every((step, i) => writtenPath(other)[i] === step))
}

function objectOf({ occurrences }: Finding): unknown {
  return occurrences[0]?.found.object.id
}

function writtenPath({ message, occurrences }: Finding): Path {
  const path = occurrences[0]?.found.path ?? []
  return message.startsWith('absent') ? path.slice(0, -2) : path
}
