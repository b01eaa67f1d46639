import { effectiveNamespace, type Gvk } from './gvk.ts'
import { matchesWhole } from './regexp.ts'
import { metaTexts, originalId, type Resource } from './resource.ts'

/** Selects objects: the parts are regular expressions that match the whole; '' matches anything. */
export interface Selector extends Gvk {
  readonly name: string
  readonly namespace: string
  readonly labelSelector: string
  readonly annotationSelector: string
}

/** Why a selector can select nothing at all; undefined when it is sound. */
export function selectorError(selector: Selector): string | undefined {
  for (const part of ['group', 'version', 'kind', 'name', 'namespace'] as const) {
    if (selector[part] !== '' && matchesWhole(selector[part], '') === undefined) return `"${selector[part]}" is no regular expression.`
  }
  for (const part of ['labelSelector', 'annotationSelector'] as const) {
    if (!parseLabelSelector(selector[part])) return `"${selector[part]}" is no label selector.`
  }
  return undefined
}

/** Names and namespaces match what an object was called at first or is called now. */
export function select(resources: readonly Resource[], selector: Selector): Resource[] {
  return resources.filter((resource) => {
    const original = originalId(resource)
    const { id } = resource
    return (
      (matchesPart(selector.namespace, effectiveNamespace(original)) || matchesPart(selector.namespace, effectiveNamespace(id))) &&
      (matchesPart(selector.name, original.name) || matchesPart(selector.name, id.name)) &&
      matchesGvk(selector, id) &&
      matchesMeta(resource, selector)
    )
  })
}

export function matchesPart(pattern: string, text: string): boolean {
  return pattern === '' || matchesWhole(pattern, text) === true
}

export function matchesGvk(selector: Gvk, gvk: Gvk): boolean {
  return matchesPart(selector.group, gvk.group) && matchesPart(selector.version, gvk.version) && matchesPart(selector.kind, gvk.kind)
}

export function matchesMeta(resource: Resource, selector: Pick<Selector, 'labelSelector' | 'annotationSelector'>): boolean {
  return (
    matchesLabels(selector.labelSelector, () => metaTexts(resource.node, 'labels')) &&
    matchesLabels(selector.annotationSelector, () => metaTexts(resource.node, 'annotations'))
  )
}

function matchesLabels(selector: string, labels: () => ReadonlyMap<string, string>): boolean {
  if (selector === '') return true
  const requirements = parseLabelSelector(selector)
  if (!requirements) return false
  const actual = labels()
  return requirements.every((requirement) => matchesRequirement(requirement, actual))
}

interface Requirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | '!' | '>' | '<'
  readonly values: readonly string[]
}

/** The grammar of Kubernetes' label selectors (`a=b,c!=d,e in (f,g),h,!i`). */
export function parseLabelSelector(text: string): readonly Requirement[] | undefined {
  const requirements: Requirement[] = []
  if (text.trim() === '') return requirements
  // Commas inside parentheses belong to a set.
  for (const part of text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []) {
    const requirement = parseRequirement(part.trim())
    if (!requirement) return undefined
    requirements.push(requirement)
  }
  return requirements
}

const KEY = '[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?'

function parseRequirement(text: string): Requirement | undefined {
  const set = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^)]*)\\)$`).exec(text)
  if (set) return { key: set[1] ?? '', operator: set[3] as 'in' | 'notin', values: (set[4] ?? '').split(',').map((value) => value.trim()) }
  const compared = new RegExp(`^(${KEY})\\s*(==|=|!=|>|<)\\s*([A-Za-z0-9._-]*)$`).exec(text)
  if (compared) {
    const operator = compared[3]
    const values = [compared[4] ?? '']
    if (operator === '>' || operator === '<') return { key: compared[1] ?? '', operator, values }
    return { key: compared[1] ?? '', operator: operator === '!=' ? 'notin' : 'in', values }
  }
  const absent = new RegExp(`^!\\s*(${KEY})$`).exec(text)
  if (absent) return { key: absent[1] ?? '', operator: '!', values: [] }
  return new RegExp(`^${KEY}$`).test(text) ? { key: text, operator: 'exists', values: [] } : undefined
}

function matchesRequirement({ key, operator, values }: Requirement, labels: ReadonlyMap<string, string>): boolean {
  const value = labels.get(key)
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value)
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case '>':
      return value !== undefined && Number(value) > Number(values[0])
    case '<':
      return value !== undefined && Number(value) < Number(values[0])
  }
}
