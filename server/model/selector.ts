import type { Labels } from './object.ts'
import { and, type Tri } from './tri.ts'
import { entries, get, hasUnknown, isMap, isUnknown, items, text, texts, type Value } from './value.ts'

/**
 * Whether a `metav1.LabelSelector` matches labels. Semantics: apimachinery `LabelSelectorAsSelector`: an
 * empty selector matches everything, an absent one nothing; `NotIn` and `DoesNotExist` match absent keys.
 */
export function matchesSelector(selector: Value | undefined, labels: Labels | 'unknown'): Tri {
  if (selector === undefined || selector === null) return false
  if (isUnknown(selector)) return 'unknown'
  if (!isMap(selector)) return false
  return and([
    matchesLabels(get(selector, 'matchLabels'), labels),
    and(items(selector, 'matchExpressions').map((expression) => matchesExpression(expression, labels))),
  ])
}

/** Whether a plain map selector (`spec.selector` of a Service) matches labels; an absent or empty one matches everything. */
export function matchesLabels(wanted: Value | undefined, labels: Labels | 'unknown'): Tri {
  if (isUnknown(wanted)) return 'unknown'
  const pairs = entries(wanted)
  if (pairs.length === 0) return true
  if (labels === 'unknown') return 'unknown'
  return and(
    pairs.map(([key, value]) => (isUnknown(value) ? (Object.hasOwn(labels, key) ? 'unknown' : false) : labels[key] === String(value))),
  )
}

function matchesExpression(expression: Value, labels: Labels | 'unknown'): Tri {
  if (labels === 'unknown' || isUnknown(expression)) return 'unknown'
  const key = get(expression, 'key')
  const operator = get(expression, 'operator')
  const values = get(expression, 'values')
  if (isUnknown(key) || isUnknown(operator)) return 'unknown'
  if (typeof key !== 'string') return false
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  const listed: Tri = value !== undefined && texts(values).includes(value) ? true : hasUnknown(values) ? 'unknown' : false
  switch (text(expression, 'operator')) {
    case 'In':
      return value === undefined ? false : listed
    case 'NotIn':
      return value === undefined || (listed === 'unknown' ? listed : !listed)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}
