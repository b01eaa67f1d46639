/** What libyaml's emitter finds out about a scalar before it chooses a style. */
export interface Scalar {
  readonly multiline: boolean
  readonly plainAllowed: boolean
  readonly singleAllowed: boolean
  readonly blockAllowed: boolean
  /** A character that YAML cannot hold unescaped; the way through JSON leaves it so. */
  readonly forbidden: boolean
}

const SIMPLE: Scalar = { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: true, forbidden: false }

/** Most scalars need no closer look. */
const PLAIN_WORD = /^[A-Za-z0-9_/.][A-Za-z0-9_/.-]*$/

export function analyse(text: string): Scalar {
  if (text === '') return { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: false, forbidden: false }
  if (PLAIN_WORD.test(text) && !text.startsWith('...')) return SIMPLE
  let indicators = text.startsWith('---') || text.startsWith('...')
  let special = false
  let forbidden = false
  const seen = { breaks: false, leading: false, trailingSpace: false, trailingBreak: false, breakSpace: false, spaceBreak: false }
  let before: 'none' | 'space' | 'break' | 'other' = 'none'
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    const code = text.charCodeAt(i)
    const followedByBlank = i + 1 >= text.length || text[i + 1] === ' ' || text[i + 1] === '\t'
    if (i === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(char) || ('?:-'.includes(char) && followedByBlank)) indicators = true
    } else if ((char === ':' && followedByBlank) || (char === '#' && (isBlank(text.charAt(i - 1)) || isLineBreak(text.charAt(i - 1)))))
      indicators = true
    if (!isPrintable(text, i)) special = true
    if (isForbidden(code)) forbidden = true
    const last = i === text.length - 1
    if (char === ' ') {
      if (i === 0) seen.leading = true
      if (last) seen.trailingSpace = true
      if (before === 'break') seen.breakSpace = true
      before = 'space'
    } else if (isLineBreak(char)) {
      seen.breaks = true
      if (i === 0) seen.leading = true
      if (last) seen.trailingBreak = true
      if (before === 'space') seen.spaceBreak = true
      before = 'break'
    } else before = 'other'
  }
  const unusual = seen.spaceBreak || special
  return {
    multiline: seen.breaks,
    plainAllowed: !(indicators || seen.leading || seen.trailingSpace || seen.trailingBreak || seen.breakSpace || unusual || seen.breaks),
    singleAllowed: !(seen.breakSpace || unusual),
    blockAllowed: !(seen.trailingSpace || unusual),
    forbidden,
  }
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t'
}

function isLineBreak(char: string): boolean {
  return char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029'
}

/** libyaml's printable characters: nothing beyond the basic plane, no control character but the line feed. */
function isPrintable(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code >= 0xd800 && code <= 0xdfff) return false
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  )
}

/** JSON leaves these as they are, and the reader of YAML refuses them. */
function isForbidden(code: number): boolean {
  return code === 0x7f || (code >= 0x80 && code < 0xa0 && code !== 0x85) || code === 0xfffe || code === 0xffff
}
