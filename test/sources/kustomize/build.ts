import type { Value } from '../../../server/model/value.ts'
import { type Built, buildKustomization } from '../../../server/sources/kustomize/build.ts'
import type { Files, SourceFile } from '../../../server/sources/unit.ts'
import { parseYaml, splitDocuments } from '../../../server/syntax/yaml/index.ts'

/** Files by path; the text of each is trimmed of its first line end. */
export type Texts = Readonly<Record<string, string>>

export function filesOf(texts: Texts): Files {
  return new Map(Object.entries(texts).map(([path, text]): [string, SourceFile] => [path, { path, text: text.replace(/^\n/, '') }]))
}

export function build(texts: Texts, path = 'kustomization.yaml'): Built {
  return buildKustomization(filesOf(texts), path)
}

export function bodies(text: string): Value[] {
  return splitDocuments(text.replace(/^\n/, '')).flatMap(
    ({ start, end }) => parseYaml(text.replace(/^\n/, '').slice(start, end)).body ?? [],
  )
}

export function builtBodies(built: Built): Value[] {
  return built.objects.map(({ node }) => node.value)
}
