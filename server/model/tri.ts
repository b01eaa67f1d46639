/** Three-valued truth: `unknown` when the files of the workspace do not decide it. */
export type Tri = true | false | 'unknown'

export function and(values: Iterable<Tri>): Tri {
  let result: Tri = true
  for (const value of values) {
    if (value === false) return false
    if (value === 'unknown') result = 'unknown'
  }
  return result
}

export function or(values: Iterable<Tri>): Tri {
  let result: Tri = false
  for (const value of values) {
    if (value === true) return true
    if (value === 'unknown') result = 'unknown'
  }
  return result
}

export function not(value: Tri): Tri {
  return value === 'unknown' ? value : !value
}
