import { GoError } from '../../syntax/go-template/errors.ts'
import { type Call, func, type Functions, type GoFunction } from '../../syntax/go-template/function.ts'
import { text, value } from '../../syntax/go-template/functions/args.ts'
import { templateFunctions } from '../../syntax/go-template/functions/index.ts'
import { cellPath, type Opaque } from '../../syntax/go-template/provenance.ts'
import { type GoText, NO_TEXT, replaceRanges, textOf } from '../../syntax/go-template/text.ts'
import { ANY_MAP, type GoValue, map, originOfValue } from '../../syntax/go-template/value.ts'

const ANY = 'interface {}'

/** Marks round a message of `fail` and `required`, which Helm takes out of the error's text again. */
const WARN_START = 'HELM_ERR_START'
const WARN_END = 'HELM_ERR_END'

const CLUSTER: Opaque = { kind: 'opaque', name: 'lookup' }

/** The functions of a chart's templates. Helm's own replace those of sprig. */
const known = new Map<3 | 4, Functions>()

/** What templates can call, by the version of Helm. */
export function knownFunctions(helm: 3 | 4): Functions {
  const functions = known.get(helm) ?? chartFunctions(helm)
  known.set(helm, functions)
  return functions
}

function chartFunctions(helm: 3 | 4): Map<string, GoFunction> {
  return new Map([
    ...templateFunctions(helm),
    ['include', func(`string, ${ANY}`, (args, call) => call.execute(text(args, 0).text, value(args, 1)))],
    ['tpl', func(`string, ${ANY}`, (args, call) => withoutNoValue(call.executeText(text(args, 0), value(args, 1))))],
    ['required', func(`string, ${ANY}`, (args) => required(text(args, 0), value(args, 1)))],
    [
      'fail',
      func('string', (args) => {
        throw ownError(text(args, 0).text)
      }),
    ],
    // There is no cluster: nothing is found in it.
    ['lookup', func('string, string, string, string', () => map([], CLUSTER, ANY_MAP))],
    ['getHostByName', func('string', () => textOf('', CLUSTER))],
  ])
}

/**
 * `required` and `fail` as `helm lint` has them: they say what they have to say, and what is rendered goes on
 * with a value that nobody knows.
 */
export function lenientFunctions(strict: Functions, say: (message: string, call: Call) => void): Functions {
  return new Map([
    ...strict,
    [
      'required',
      func(`string, ${ANY}`, (args, call) => {
        const given = value(args, 1)
        if (!isMissing(given)) return given
        say(text(args, 0).text, call)
        return textOf('required', { kind: 'opaque', name: nameOfValue(given) })
      }),
    ],
    [
      'fail',
      func('string', (args, call) => {
        say(text(args, 0).text, call)
        return NO_TEXT
      }),
    ],
  ])
}

/** How a template asks for a value. */
function nameOfValue(given: GoValue): string {
  const origin = originOfValue(given)
  return origin.kind === 'cell' ? `.Values.${cellPath(origin).join('.')}` : 'a required value'
}

function isMissing(given: GoValue): boolean {
  return given.kind === 'nil' || (given.kind === 'string' && given.text === '')
}

function required(message: GoText, given: GoValue): GoValue {
  if (isMissing(given)) throw ownError(message.text)
  return given
}

function ownError(message: string): GoError {
  return new GoError(WARN_START + message + WARN_END, undefined, message)
}

/** The message of `fail` or `required` in the text of an error. */
export function ownMessage(text: string): string | undefined {
  const start = text.indexOf(WARN_START)
  const end = text.lastIndexOf(WARN_END)
  return start < 0 || end < start ? undefined : text.slice(start + WARN_START.length, end)
}

const NO_VALUE = '<no value>'

/** Helm takes out what Go prints for nothing, at the end of a file and of `tpl`. */
export function withoutNoValue(given: GoText): GoText {
  const ranges: { start: number; end: number; by: GoText }[] = []
  for (let at = given.text.indexOf(NO_VALUE); at >= 0; at = given.text.indexOf(NO_VALUE, at + NO_VALUE.length)) {
    ranges.push({ start: at, end: at + NO_VALUE.length, by: NO_TEXT })
  }
  return replaceRanges(given, ranges)
}
