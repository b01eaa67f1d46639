import fc from 'fast-check'
import { CONFIG_FILE } from '../../server/analysis/config.ts'
import { splitDocuments } from '../../server/syntax/yaml/index.ts'
import type { TestFile, TestWorkspace } from './workspaces.ts'

/** A workspace as a person has it before them: texts by path. */
export type Texts = ReadonlyMap<string, string>

/** One thing that somebody does to a workspace. Numbers choose among what is there, so that an edit always fits. */
export interface Edit {
  readonly what: string
  apply(texts: Texts): Texts
}

/** What a scalar becomes: values that rules ask for, and values that no rule expects. */
const SCALARS = [
  'true',
  'false',
  '~',
  '"*"',
  'default',
  'kube-system',
  '0',
  '443',
  'ClusterRole',
  'ServiceAccount',
  '{}',
  '[]',
  '${X}',
  '|',
]
const SYNTAX = ['[', '"', '\t', '{', '- ', ': ', '&a ', '*a', '#', '---\n', '\r\n', '%']

export function edits(workspaces: readonly TestWorkspace[], rules: readonly string[]): fc.Arbitrary<Edit> {
  const file = fc.nat()
  const place = fc.nat()
  const scalar = fc.constantFrom(...SCALARS)
  const source = fc.constantFrom(...workspaces.flatMap(({ files }) => files))
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(file, place, scalar)
        .map(([i, at, value]) => ofFile(`a scalar becomes ${value}`, i, (text) => changeScalar(text, at, value))),
    },
    { weight: 3, arbitrary: fc.tuple(file, place).map(([i, at]) => ofFile('a line goes', i, (text) => deleteLine(text, at))) },
    { weight: 2, arbitrary: fc.tuple(file, place).map(([i, at]) => ofFile('a document is copied', i, (text) => copyDocument(text, at))) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(file, place, fc.constantFrom(...SYNTAX))
        .map(([i, at, typed]) => ofFile(`${JSON.stringify(typed)} is typed`, i, (text) => insert(text, at, typed))),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(file, place, fc.constantFrom(...rules))
        .map(([i, at, rule]) => ofFile('a comment is typed', i, (text) => insertLine(text, at, `# zero-trust: ignore ${rule} -- test`))),
    },
    { weight: 2, arbitrary: fc.tuple(source, fc.nat(3)).map(([added, folder]) => addFile(added, folder)) },
    { weight: 2, arbitrary: file.map(removeFile) },
    { weight: 1, arbitrary: fc.nat(3).map(addKustomization) },
    { weight: 2, arbitrary: configTexts(rules).map((text) => set('the configuration changes', CONFIG_FILE, text)) },
  )
}

function set(what: string, path: string, text: string): Edit {
  return { what: `${what} (${path})`, apply: (texts) => new Map([...texts, [path, text]]) }
}

function ofFile(what: string, index: number, change: (text: string) => string): Edit {
  return {
    what,
    apply: (texts) => {
      const [path, text] = [...texts][index % Math.max(1, texts.size)] ?? []
      return path === undefined || text === undefined ? texts : new Map([...texts, [path, change(text)]])
    },
  }
}

function addFile({ path, text }: TestFile, folder: number): Edit {
  return set('a file comes', folder === 0 ? path : `${'abc'.charAt(folder - 1)}/${path}`, text)
}

function removeFile(index: number): Edit {
  return {
    what: 'a file goes',
    apply: (texts) => {
      const [path] = [...texts][index % Math.max(1, texts.size)] ?? []
      return new Map([...texts].filter(([other]) => other !== path))
    },
  }
}

/** Names what lies beside it, with and without a base. */
function addKustomization(folder: number): Edit {
  return {
    what: 'a kustomization comes',
    apply: (texts) => {
      const prefix = folder === 0 ? '' : `${'abc'.charAt(folder - 1)}/`
      const beside = [...texts.keys()].filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      const resources = [...beside.map((path) => path.slice(prefix.length)), ...(folder > 1 ? ['../a'] : [])]
      return new Map([
        ...texts,
        [`${prefix}kustomization.yaml`, `namespace: shop\nresources:\n${resources.map((path) => `- ${path}\n`).join('')}`],
      ])
    },
  }
}

function changeScalar(text: string, at: number, value: string): string {
  const scalars = [...text.matchAll(/(?<=: |- )[^\s#[\]{}|>&*][^\n#]*/g)]
  const found = scalars[at % Math.max(1, scalars.length)]
  return found ? text.slice(0, found.index) + value + text.slice(found.index + found[0].length) : text
}

function deleteLine(text: string, at: number): string {
  const lines = text.split('\n')
  return lines.filter((_, i) => i !== at % lines.length).join('\n')
}

/** Below the others; the original keeps its place and, every other time, gets a comment. */
function copyDocument(text: string, at: number): string {
  const spans = splitDocuments(text)
  const span = spans[at % spans.length]
  if (!span) return text
  const document = text.slice(span.start, span.end)
  const comment = at % 2 === 0 ? '# the original\n' : ''
  const original = document.startsWith('---\n') ? `---\n${comment}${document.slice(4)}` : comment + document
  const all = text.slice(0, span.start) + original + text.slice(span.end)
  return `${all}${all.endsWith('\n') ? '' : '\n'}---\n${document.replace(/^---\n/, '')}`
}

function insert(text: string, at: number, typed: string): string {
  const offset = at % (text.length + 1)
  return text.slice(0, offset) + typed + text.slice(offset)
}

function insertLine(text: string, at: number, line: string): string {
  const lines = text.split('\n')
  const index = at % lines.length
  const indent = /^ */.exec(lines[index] ?? '')?.[0] ?? ''
  return [...lines.slice(0, index), indent + line, ...lines.slice(index)].join('\n')
}

function configTexts(rules: readonly string[]): fc.Arbitrary<string> {
  const rule = fc.constantFrom(...rules)
  return fc.oneof(
    fc.constantFrom(
      '',
      'profile: strict\n',
      'profile: baseline\n',
      'exclude: [a]\n',
      'target: { kubernetes: "1.25" }\n',
      'profile: [\n',
      '- no map\n',
    ),
    fc.constantFrom('environments: { prod: [a/], dev: [b/, c/] }\n', 'environments: { all: "*" }\n', 'environments: { none: [x/] }\n'),
    fc.tuple(rule, fc.constantFrom('off', 'error', 'hint')).map(([name, level]) => `rules: { ${name}: ${level} }\n`),
    fc.constantFrom('target: { kubernetes: "1.28", platform: eks }\n', 'rules: {}\n'),
    rule.map((name) => `ignore:\n- { rule: ${name}, path: a/, reason: test }\n`),
    rule.map((name) => `ignore:\n- { rule: ${name}, object: "*/*", reason: test, expires: 2020-01-01 }\n`),
  )
}
