/** The part of a source line that a report may show, with the columns of what is marked in it. */
export interface Excerpt {
  readonly text: string
  readonly start: number
  readonly end: number
}

const MAX_LEFT = 60
const MAX_MARKED = 100
const MAX_RIGHT = 60
/** More of a minified line is not looked at. */
const MAX_LOOK = 300

const DASHES = String.raw`\s*(?:-\s+)*`
const KEY = String.raw`(?:"[\w./ -]+"|'[\w./ -]+'|[\w./-]+)\s*:\s*`
const INDENT = new RegExp(`^${DASHES}`)
/** Nothing but dashes and the own key stands before. */
const OWN_LINE = new RegExp(`^${DASHES}(?:${KEY})?["']?$`)
/** The beginning of the marked value itself: the name of an image before its tag. No `@`, `=` or `?`: credentials may stand there. */
const OWN_VALUE = new RegExp(String.raw`^${DASHES}(?:${KEY})?["']?[\w./:-]*$`)
const OWN_KEY = new RegExp(`(${KEY}["']?)$`)
/** The items before in a flow list of plain words. */
const OWN_LIST = new RegExp(String.raw`(${KEY}\[[^\]{}:=@]*)$`)
const CLOSING = /^["']?[\s\]},]*$/
const REST_OF_VALUE = /^[\w./:-]*["']?[\s\]},]*(?:\s#.*)?$/
const REST_OF_LIST = /^["']?\s*,[^{}:=@#]*\][\s,\]}]*(?:\s#.*)?$/
const HARMLESS_VALUE = /^["']?\s*:\s*(?:true|false|null|~|\d{1,9}|\[\s*\]?|\{\s*\}?|[|>][+-]?\d?)?\s*(?:\s#.*)?$/

const IS_KEY = /^["']?\s*:(?:\s|$)/
const HARMLESS_MARK = /^["']?(?:true|false|null|~|\d{1,9})["']?$/
const FLAG = /^(["']?--?[A-Za-z][\w.-]*)(=.*)?$/
const HARMLESS_FLAG = /=(?:true|false|\d{1,9})?["']?$/

/**
 * What may be shown of a place. `sensitive`: any value beside the mark may be a secret. `mark`: the marked
 * value is shown, or as far as it is the name of a flag, or not at all, unless it is a key, number or boolean.
 */
export interface Care {
  readonly sensitive: boolean
  readonly mark: 'shown' | 'flag' | 'hidden'
}

/**
 * Reports are kept and sent around, and a line may hold a secret: of the line only the mark, its own key and
 * what is plainly harmless is shown, the rest is an ellipsis.
 */
export function excerptOf(line: string, start: number, end: number, { sensitive, mark }: Care): Excerpt {
  const behind = line.slice(Math.max(start, end))
  const left = clip(leftOf(line.slice(0, start), sensitive), MAX_LEFT, 'left')
  const marked = clip(markOf(line.slice(start, Math.max(start, end)), IS_KEY.test(behind) ? 'shown' : mark), MAX_MARKED, 'right')
  const right = clip(rightOf(behind, sensitive), MAX_RIGHT, 'right')
  return { text: left + marked + right, start: left.length, end: left.length + marked.length }
}

function markOf(text: string, mark: Care['mark']): string {
  if (mark === 'shown' || HARMLESS_MARK.test(text)) return text
  const flag = mark === 'flag' ? FLAG.exec(text) : undefined
  if (!flag) return '…'
  return flag[2] === undefined || HARMLESS_FLAG.test(text) ? text : `${flag[1]}=…`
}

function leftOf(whole: string, sensitive: boolean): string {
  // A cut line must look like no line of its own, whatever it was cut at.
  const left = whole.length > MAX_LOOK ? `{${whole.slice(-MAX_LOOK)}` : whole
  if (OWN_LINE.test(left) || (!sensitive && OWN_VALUE.test(left))) return left
  const indent = INDENT.exec(left)?.[0] ?? ''
  const own = (sensitive ? undefined : OWN_LIST.exec(left)?.[1]) ?? OWN_KEY.exec(left)?.[1] ?? ''
  return indent + own === left ? left : `${indent}… ${own}`
}

function rightOf(whole: string, sensitive: boolean): string {
  const right = whole.length > MAX_LOOK ? `${whole.slice(0, MAX_LOOK)}{` : whole
  if (IS_KEY.test(right)) return HARMLESS_VALUE.test(right) ? right : `${/^["']?\s*:/.exec(right)?.[0] ?? ''} …`
  if (CLOSING.test(right)) return right
  return !sensitive && (REST_OF_VALUE.test(right) || REST_OF_LIST.test(right)) ? right : ' …'
}

function clip(text: string, length: number, side: 'left' | 'right'): string {
  if (text.length <= length) return text
  return side === 'left' ? `… ${text.slice(2 - length)}` : `${text.slice(0, length - 2)} …`
}
