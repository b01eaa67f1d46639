import { type CST, Parser } from 'yaml'

/** Deeper than any manifest, and shallow enough for the recursive composer of `yaml`, which aborts the process at about 1,000. */
export const MAX_NESTING = 200

/** Whether collections are nested deeper than `MAX_NESTING`, counted without recursion. */
export function nestsTooDeep(text: string): boolean {
  return mayNestTooDeep(text) && depth(text) > MAX_NESTING
}

/**
 * A cheap upper bound: every flow level opens with a bracket, every block level takes a column of its own
 * or the column of the map that its sequence belongs to.
 */
function mayNestTooDeep(text: string): boolean {
  let brackets = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code === 0x5b || code === 0x7b) && ++brackets > MAX_NESTING / 2) return true
  }
  return /^[ \t\-?:]{49}/m.test(text)
}

function depth(text: string): number {
  let deepest = 0
  for (const token of new Parser().parse(text)) {
    const open: { token: CST.Token; depth: number }[] = [{ token, depth: 0 }]
    for (let next = open.pop(); next; next = open.pop()) {
      const { token, depth } = next
      deepest = Math.max(deepest, depth)
      if (deepest > MAX_NESTING) return deepest
      if (token.type === 'document') {
        if (token.value) open.push({ token: token.value, depth })
      } else if ('items' in token) {
        for (const item of token.items) {
          if (item.key) open.push({ token: item.key, depth: depth + 1 })
          if (item.value) open.push({ token: item.value, depth: depth + 1 })
        }
      }
    }
  }
  return deepest
}
