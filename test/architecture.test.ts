import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/**
 * Which part may import which, and which packages. A part is a folder, or the files of one. The picture and its
 * reasons are in server/README.md.
 */
const PARTS: Readonly<Record<string, { readonly parts: readonly string[]; readonly packages: readonly RegExp[] }>> = {
  'server/text': { parts: [], packages: [/^vscode-uri$/] },
  'server/model': { parts: ['server/text'], packages: [/^ipaddr\.js$/] },
  // Trees hold plain bodies, whose type belongs to the model.
  'server/syntax': {
    parts: ['server/text', 'server/model/value.ts'],
    packages: [/^yaml$/, /^jsonc-parser$/, /^re2js$/, /^@noble\//, /^smol-toml$/],
  },
  'server/sources': {
    parts: ['server/text', 'server/syntax', 'server/model'],
    packages: [/^fflate/, /^ajv/, /^re2js$/, /^@noble\//, /^ipaddr\.js$/],
  },
  'server/analysis': { parts: ['server/text', 'server/syntax', 'server/model', 'server/sources'], packages: [/^ignore$/] },
  // Of `sarif` only types.
  'server/report': { parts: ['server/text', 'server/syntax', 'server/model', 'server/sources', 'server/analysis'], packages: [/^sarif$/] },
  'server/lsp': {
    parts: ['server/text', 'server/syntax', 'server/model', 'server/sources', 'server/analysis', 'server/report'],
    packages: [/^vscode-languageserver$/, /^vscode-languageserver-textdocument$/, /^diff$/],
  },
  'server/cli': {
    parts: ['server/text', 'server/syntax', 'server/model', 'server/sources', 'server/analysis', 'server/report'],
    packages: [/^node:util$/, /^diff$/],
  },
  'server/host': {
    parts: ['server/text', 'server/sources', 'server/analysis/config.ts', 'server/lsp/host.ts', 'server/cli/host.ts'],
    packages: [/^node:/, /^ignore$/, /^isomorphic-git$/, /^vscode-languageserver$/],
  },
  rules: { parts: ['server/text', 'server/model'], packages: [] },
  client: { parts: [], packages: [/^vscode$/, /^vscode-languageclient/, /^node:/] },
  main: { parts: ['server', 'rules'], packages: [/^node:/, /^vscode-languageserver/] },
}

/** Nothing here waits for anybody. */
const SYNCHRONOUS = ['server/text', 'server/syntax', 'server/model', 'server/sources', 'rules']
const MAX_BYTES = 25 * 1024
/** Well below what there is: a search that finds nothing must not pass. */
const LEAST_FILES = 50
const LEAST_IMPORTS = 150

const root = fileURLToPath(new URL('..', import.meta.url))

interface Source {
  readonly path: string
  readonly part: string
  readonly text: string
  /** Without comments. */
  readonly code: string
  readonly bytes: number
  readonly imports: readonly string[]
}

const sources = ['server', 'rules', 'client'].flatMap((folder) => read(folder))

function read(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.includes('node_modules'))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const code = text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\w/])\/\/.*$/gm, '')
      const imports = [...code.matchAll(/(?:^(?:import|export)\b[^'"`]*?\bfrom|^import|\bimport\s*\()\s*'([^']+)'/gm)].map(
        (match) => match[1] ?? '',
      )
      return { path, part: partOf(path), text, code, bytes: statSync(join(root, path)).size, imports }
    })
}

function partOf(path: string): string {
  if (/^server\/main-[\w-]+\.ts$/.test(path)) return 'main'
  const [first = '', second = ''] = path.split('/')
  return first === 'server' ? `server/${second}` : first
}

function allowed({ path, part }: Pick<Source, 'path' | 'part'>, imported: string): boolean {
  const rule = PARTS[part]
  if (!rule) return false
  if (!imported.startsWith('.')) return rule.packages.some((name) => name.test(imported))
  const target = relative(root, resolve(root, dirname(path), imported)).replaceAll('\\', '/')
  return partOf(target) === part || rule.parts.some((other) => target === other || target.startsWith(`${other}/`))
}

describe('the architecture', () => {
  it('is looked at as a whole', () => {
    expect(sources.length).toBeGreaterThan(LEAST_FILES)
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(LEAST_IMPORTS)
    for (const part of ['server/text', 'server/syntax', 'server/model', 'server/sources', 'server/analysis', 'server/lsp', 'rules', 'main'])
      expect(sources.filter((source) => source.part === part).length, part).toBeGreaterThan(0)
  })

  it('has no part that is not in the picture', () => {
    expect([...new Set(sources.map(({ part }) => part))].filter((part) => !(part in PARTS))).toEqual([])
  })

  it.each([
    ['server/model/x.ts', '../syntax/yaml/index.ts'],
    ['server/syntax/yaml/x.ts', '../../model/object.ts'],
    ['server/analysis/x.ts', '../../rules/index.ts'],
    ['server/analysis/x.ts', 'node:fs'],
    ['server/lsp/x.ts', '../host/disk.ts'],
    ['server/text/x.ts', 'yaml'],
    ['rules/network/x.ts', '../../server/analysis/engine.ts'],
    ['client/x.ts', '../rules/index.ts'],
  ])('would not let %s import %s', (path, name) => {
    expect(allowed({ path, part: partOf(path) }, name)).toBe(false)
  })

  it('lets each part import only what lies below it', () => {
    const wrong = sources.flatMap((source) =>
      source.imports.filter((name) => !allowed(source, name)).map((name) => `${source.path} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('lets only the entry points import rules and hosts', () => {
    const wrong = sources
      .filter(({ part }) => part !== 'main' && part !== 'rules')
      .flatMap(({ path, imports }) => imports.filter((name) => /\/rules\//.test(name)).map((name) => `${path} imports ${name}`))
    expect(wrong).toEqual([])
  })

  it('keeps entry points to a few lines', () => {
    const long = sources.filter(({ part, text }) => part === 'main' && text.split('\n').length > 40)
    expect(long.map(({ path }) => path)).toEqual([])
  })

  it('has no rule that imports another one', () => {
    const wrong = sources
      .filter(({ path }) => /^rules\/\w+\//.test(path))
      .flatMap(({ path, imports }) => imports.filter((name) => /^\.\/|^\.\.\/\w+\//.test(name)).map((name) => `${path} imports ${name}`))
    expect(wrong).toEqual([])
  })

  it('does not wait in the parts that only compute', () => {
    const waiting = sources.filter(
      ({ part, code }) => SYNCHRONOUS.includes(part) && /\basync\b|\bawait\b|\bPromise\b|\bsetTimeout\b/.test(code),
    )
    expect(waiting.map(({ path }) => path)).toEqual([])
  })

  it('opens the parser of YAML by one door', () => {
    const others = sources.filter(({ path, imports }) => imports.includes('yaml') && !path.startsWith('server/syntax/yaml/'))
    expect(others.map(({ path }) => path)).toEqual([])
    const inner = sources
      .filter(({ path }) => !path.startsWith('server/syntax/yaml/'))
      .flatMap(({ path, imports }) =>
        imports
          .filter((name) => /syntax\/yaml\/(?!index\.ts$)|\.\.?\/yaml\/(?!index\.ts$)/.test(name))
          .map((name) => `${path} imports ${name}`),
      )
    expect(inner).toEqual([])
  })

  it('is written in files that fit in a head', () => {
    const large = sources.filter(({ bytes, text }) => bytes > MAX_BYTES && !text.startsWith('// Generated'))
    expect(large.map(({ path, bytes }) => `${path}: ${bytes} bytes`)).toEqual([])
    const mean = sources.reduce((sum, { bytes }) => sum + bytes, 0) / sources.length
    expect(mean, 'bytes of a file on average').toBeLessThan(6.5 * 1024)
  })
})
