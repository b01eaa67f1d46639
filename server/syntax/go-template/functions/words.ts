import { isDigit, isLetter, isLower, isPunctuation, isSpace, isTitle, isUpper, mapChars, toLower, toUpper } from '../../go/unicode.ts'

/** `strings.Title`: upper case for each letter that follows none. */
export function title(text: string): string {
  let before = ' '
  return mapChars(text, (char) => {
    const first = isSeparator(before)
    before = char
    return first ? toUpper(char) : char
  })
}

function isSeparator(char: string): boolean {
  if (isLetter(char) || isDigit(char) || char === '_') return false
  return char.charCodeAt(0) < 0x80 || isSpace(char)
}

/** `goutils.Uncapitalize`. */
export function untitle(text: string): string {
  let first = true
  return mapChars(text, (char) => {
    if (isSpace(char)) {
      first = true
      return char
    }
    const result = first ? toLower(char) : char
    first = false
    return result
  })
}

/** `goutils.SwapCase`. */
export function swapCase(text: string): string {
  return mapChars(text, (char) => (isUpper(char) || isTitle(char) ? toLower(char) : isLower(char) ? toUpper(char) : char))
}

function isConnector(char: string): boolean {
  return char === '-' || char === '_' || isSpace(char)
}

/** `xstrings.ToPascalCase`. */
export function pascalCase(text: string): string {
  const chars = [...text]
  let out = ''
  let current = ''
  let upper = false
  let at = 0
  for (; at < chars.length; at++) {
    current = chars[at] ?? ''
    if (!isConnector(current)) {
      upper = isUpper(current)
      current = toUpper(current)
      at++
      break
    }
    out += current
    current = ''
  }
  if (at >= chars.length) return out + current
  for (; at < chars.length; at++) {
    const before = current
    current = chars[at] ?? ''
    if (isConnector(current) && isConnector(before)) {
      out += before
      continue
    }
    if (isConnector(before)) {
      upper = isUpper(current)
      current = toUpper(current)
    } else {
      if (upper) {
        if (isUpper(current)) current = toLower(current)
        else upper = false
      }
      out += before
    }
  }
  return out + current
}

type WordType = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other'

interface Word {
  readonly type: WordType
  readonly word: string
}

/** `xstrings.ToSnakeCase` and `ToKebabCase`. */
export function connectedCase(text: string, connector: string): string {
  const chars = [...text]
  let at = 0
  const next = (): Word => {
    const found = nextWord(chars, at)
    at += [...found.word].length
    return found
  }
  const rest = (): boolean => at < chars.length
  let out = ''
  const lower = ({ type, word }: Word): void => {
    out += type === 'upper' ? mapChars(word, toLower) : type === 'connector' ? connector.repeat([...word].length) : word
  }
  if (chars.length === 0) return ''
  let word = next()
  while (rest()) {
    if (word.type !== 'connector') lower(word)
    const before = word
    word = next()
    if (before.type === 'number') {
      while (word.type === 'alphabet' || word.type === 'number') {
        lower(word)
        word = next()
      }
      if (word.type !== 'none' && word.type !== 'punctuation' && word.type !== 'connector') out += connector
    } else if (before.type === 'connector') lower(before)
    else if (before.type !== 'punctuation') {
      if (word.type !== 'number') {
        if (word.type !== 'connector' && word.type !== 'punctuation') out += connector
        continue
      }
      if (!rest()) continue
      const digits = word
      word = next()
      if (word.type !== 'alphabet') {
        lower(digits)
        if (word.type !== 'connector' && word.type !== 'punctuation') out += connector
        continue
      }
      out += connector
      lower(digits)
      while (word.type === 'alphabet' || word.type === 'number') {
        lower(word)
        word = next()
      }
      if (word.type !== 'none' && word.type !== 'connector' && word.type !== 'punctuation') out += connector
    }
  }
  lower(word)
  return out
}

/** A letter of an alphabet: Chinese, Japanese and Korean characters are none. */
function isAlphabet(char: string): boolean {
  return isLetter(char) && !/^[\u3400-\u4dbf\u4e00-\u9fcc\uf900-\ufad9]$/.test(char)
}

function isSmall(char: string): boolean {
  return isAlphabet(char) && !isUpper(char)
}

const NUMBER = /^\p{N}$/u

function nextWord(chars: readonly string[], start: number): Word {
  const first = chars[start]
  if (first === undefined) return { type: 'none', word: '' }
  const run = (accept: (char: string) => boolean, from = start + 1): number => {
    let at = from
    while (at < chars.length && accept(chars[at] ?? '')) at++
    return at
  }
  const word = (type: WordType, end: number): Word => ({ type, word: chars.slice(start, end).join('') })
  if (isConnector(first)) return word('connector', run(isConnector))
  if (isPunctuation(first)) return word('punctuation', run(isPunctuation))
  if (isUpper(first)) {
    const second = chars[start + 1]
    if (second === undefined) return word('upper', start + 1)
    if (isUpper(second)) {
      const end = run(isUpper)
      // "HTTPStatus" is "HTTP" and "Status".
      return word('upper', end < chars.length && isAlphabet(chars[end] ?? '') ? end - 1 : end)
    }
    return word('upper', isAlphabet(second) ? run(isSmall) : start + 1)
  }
  if (isAlphabet(first)) return word('alphabet', run(isSmall))
  if (NUMBER.test(first))
    return word(
      'number',
      run((char) => NUMBER.test(char)),
    )
  return word(
    'other',
    run((char) => !isConnector(char) && !isAlphabet(char) && !NUMBER.test(char) && !isPunctuation(char)),
  )
}
