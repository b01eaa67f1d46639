import { ExecError, type GoError } from '../../syntax/go-template/errors.ts'
import { TextProblem } from '../../syntax/go-template/exec-values.ts'
import type { ParseProblem } from '../../syntax/go-template/parse.ts'
import type { TemplateSource } from '../../syntax/go-template/provenance.ts'
import { ownMessage } from './functions.ts'

/** What Helm says of a template that cannot be parsed: the last part of Go's message, with the line. */
export function parseMessage(name: string, problem: ParseProblem): string {
  const parts = problem.message.split(': ')
  return `parse error at (${name}:${problem.line}): ${parts[parts.length - 1] ?? ''}`
}

/** What Helm says of a template that failed. */
export function execMessage(error: GoError, helm: 3 | 4): string {
  if (!(error instanceof ExecError)) return error.message
  const [, location = '', rest = ''] = /^template: ((?:(?!: ).)*): (.*)$/s.exec(error.message) ?? []
  const own = ownMessage(rest)
  if (own !== undefined) return `execution error at (${location}): ${own}`
  return helm === 4 ? (traced(error) ?? error.message) : error.message
}

/** Helm 4 lists the calls that led to an error, if it can read Go's text for each of them. */
function traced(error: GoError): string | undefined {
  const steps: string[] = []
  for (let at: GoError | undefined = error; at; at = at.inner) {
    const step = traceStep(at.message)
    if (step === undefined) return undefined
    if (steps[steps.length - 1] !== step) steps.push(step)
  }
  return steps.join('').trim()
}

function traceStep(message: string): string | undefined {
  if (!message.startsWith('template: ')) return undefined
  const rest = message.slice('template: '.length)
  if (rest.startsWith('no template ')) return `${message}\n`
  const executing = rest.indexOf(': executing ')
  if (executing >= 0) {
    const [, name, context, reason] = /^"([^"]*)" at <(.*?)>: (.*)$/s.exec(rest.slice(executing + ': executing '.length)) ?? []
    if (name === undefined || context === undefined || reason === undefined) return undefined
    const cut = reason.indexOf(' template:')
    const shown = cut < 0 ? reason : reason.slice(0, cut)
    return `${rest.slice(0, executing)}\n  executing "${name}" at <${context}>:\n    ${shown === '' ? '' : `${shown}\n`}`
  }
  const colon = rest.lastIndexOf(': ')
  if (colon < 0) return undefined
  const reason = rest.slice(colon + 2)
  const cut = reason.indexOf(' template:')
  return `${rest.slice(0, colon)}\n  ${cut < 0 ? reason : reason.slice(0, cut)}\n`
}

/** Where an error arose, innermost call first, and what it is without the way there. */
export function innermost(
  error: GoError,
): { readonly source: TemplateSource; readonly start: number; readonly end: number; readonly reason: string } | undefined {
  let found: { source: TemplateSource; start: number; end: number; reason: string } | undefined
  for (let at: GoError | undefined = error; at; at = at.inner) {
    if (at instanceof ExecError) found = { source: at.source, start: at.pos, end: endOfNode(at.source, at.pos), reason: reasonOf(at) }
    else if (at instanceof TextProblem)
      found = { source: at.source, start: at.start, end: at.end, reason: at.message.replace(/^template: gotpl:\d+: /, '') }
  }
  return found
}

function reasonOf(error: ExecError): string {
  return ownMessage(error.reason) ?? error.reason
}

/** The action goes on to its end; its first line is enough to show. */
function endOfNode(source: TemplateSource, pos: number): number {
  const rest = /^[^\n]*?(?=\s*-?\}\}|\n|$)/.exec(source.text.slice(pos, pos + 300))?.[0] ?? ''
  return Math.max(pos + 1, pos + rest.length)
}
