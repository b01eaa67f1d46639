import { equal, type Value } from '../../server/model/value.ts'
import { isKustomization } from '../../server/sources/kustomize/kustomization.ts'
import { parseYaml, splitDocuments } from '../../server/syntax/yaml/index.ts'
import type { TestFile, TestWorkspace } from './workspaces.ts'

export const PLAIN = 'as it stands'
const JSON_STYLE = 'as JSON'

/** Other ways to write the same objects. */
export const STYLES: Readonly<Record<string, (file: TestFile) => readonly TestFile[]>> = {
  [PLAIN]: (file) => [file],
  'with CRLF': (file) => [{ ...file, text: file.text.replaceAll('\n', '\r\n') }],
  'without a final line end, after a BOM': (file) => [{ ...file, text: `\ufeff${file.text.replace(/\n+$/, '')}` }],
  'with a comment wherever there can be one': (file) => [{ ...file, text: commented(file.text) }],
  [JSON_STYLE]: asJson,
}

export function inStyle({ files, ...workspace }: TestWorkspace, style: string): TestWorkspace {
  // What a kustomization names keeps its name.
  const named = files.some(({ path }) => isKustomization(path))
  const write = named && style === JSON_STYLE ? undefined : STYLES[style]
  return {
    ...workspace,
    files: files.flatMap((file) => (write && /\.ya?ml$/.test(file.path) && !file.path.startsWith('.') ? write(file) : [file])),
  }
}

/** Behind every line and above it, as long as the objects stay what they are. */
function commented(text: string): string {
  const bodies = bodiesOf(text)
  let lines = text.split('\n')
  for (let i = lines.length - 2; i >= 0; i--) {
    const line = lines[i] ?? ''
    const indent = /^ */.exec(line)?.[0] ?? ''
    for (const change of [[`${line} # behind ${i}`], [`${indent}# above ${i}`, lines[i] ?? '']]) {
      const last = change[change.length - 1] ?? ''
      const tried = [...lines.slice(0, i), ...(change.length > 1 ? [change[0] ?? '', lines[i] ?? ''] : [last]), ...lines.slice(i + 1)]
      const after = bodiesOf(tried.join('\n'))
      if (after.length === bodies.length && after.every((body, j) => equal(body, bodies[j]))) lines = tried
    }
  }
  return lines.join('\n')
}

function bodiesOf(text: string): readonly (Value | undefined)[] {
  return splitDocuments(text).map(({ start, end }) => {
    const tree = parseYaml(text.slice(start, end))
    return tree.problems.length > 0 ? 'broken' : tree.body
  })
}

/** Several documents become a `List`; aliases are written out. */
function asJson({ path, text }: TestFile): readonly TestFile[] {
  const bodies = bodiesOf(text).filter((body) => body !== undefined)
  const body = bodies.length === 1 ? bodies[0] : { apiVersion: 'v1', kind: 'List', items: bodies }
  return [{ path: path.replace(/\.ya?ml$/, '.json'), text: `${JSON.stringify(body, undefined, 2)}\n` }]
}
