import { entries, get, hasUnknown, isUnknown, items, texts, type Value } from './value.ts'

export const ENCRYPTION_KINDS: readonly string[] = ['apiserver.config.k8s.io/EncryptionConfiguration', '/EncryptionConfig']

/** Semantics: `*.` is every resource of the core group, `*.*` every resource. Only for resources of the core group. */
export function coversResource(pattern: string, resource: string): boolean {
  return pattern === resource || pattern === '*.' || pattern === '*.*'
}

/** The first entry that names a resource of the core group decides how it is stored: its index; -1 when it is stored as it is. */
export function entryFor(configuration: Value, resource: string): number {
  return items(configuration, 'resources').findIndex((entry) =>
    texts(entry, 'resources').some((pattern) => coversResource(pattern, resource)),
  )
}

/** Whether what its entries are about is all there to be read. */
export function isListed(configuration: Value): boolean {
  const list = items(configuration, 'resources')
  return list.length > 0 && !list.some((entry) => isUnknown(entry) || hasUnknown(get(entry, 'resources')))
}

export function providerOf(provider: Value | undefined): string | undefined {
  return entries(provider)[0]?.[0]
}
