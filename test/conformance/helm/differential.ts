import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { printManifests } from '../../../server/sources/chart/print.ts'
import { type Rendering, renderChart } from '../../../server/sources/chart/render.ts'
import { isOpaque } from '../../../server/syntax/go-template/provenance.ts'
import { chartsBelow, filesOf } from './charts.ts'

/** One rendering of one chart: its own values, or those and a file of `ci/`. */
interface Case {
  readonly chart: string
  readonly values: string | undefined
}

interface Answer {
  readonly out?: string
  readonly error?: string
}

type Verdict = 'equal' | 'equal but for what is random' | 'equally refused' | 'refused with other words' | 'different'

const helm = process.env['HELM']
const [root, ...only] = process.argv.slice(2)
if (!helm || !root || !existsSync(root)) {
  console.error('HELM=<path of a helm binary> npm run conformance:helm -- <folder of charts> [part of a path …]')
  process.exit(2)
}
const cache = process.env['HELM_CACHE']
const show = Number(process.env['SHOW'] ?? 0)

function casesOf(chart: string): Case[] {
  const ci = join(chart, 'ci')
  const files = existsSync(ci) ? readdirSync(ci).filter((name) => /\.ya?ml$/.test(name)) : []
  return [{ chart, values: undefined }, ...files.sort().map((name) => ({ chart, values: join(ci, name) }))]
}

async function askHelm({ chart, values }: Case): Promise<Answer> {
  const args = ['template', 'rel', chart, '--namespace', 'ns', ...(values === undefined ? [] : ['-f', values])]
  const key = createHash('sha256')
    .update(`${helm} ${args.join(' ')}`)
    .digest('hex')
  const stored = cache && join(cache, `${key}.json`)
  if (stored && existsSync(stored)) return JSON.parse(readFileSync(stored, 'utf8')) as Answer
  const answer = await new Promise<Answer>((resolve) => {
    execFile(
      helm ?? '',
      args,
      { env: { ...process.env, KUBECONFIG: '/dev/null' }, maxBuffer: 1 << 28, timeout: 120_000 },
      (error, stdout, stderr) => {
        resolve(error ? { error: /Error: (.*)$/s.exec(stderr)?.[1]?.trim() ?? `${error.message} ${stderr}` } : { out: stdout })
      },
    )
  })
  if (stored) {
    mkdirSync(cache ?? '', { recursive: true })
    writeFileSync(stored, JSON.stringify(answer))
  }
  return answer
}

function renderHere({ chart, values }: Case, version: 3 | 4): { answer: Answer; rendering: Rendering; milliseconds: number } {
  const files = filesOf(chart)
  const start = performance.now()
  const rendering = renderChart(files, '', {
    helm: version,
    release: { name: 'rel', namespace: 'ns' },
    values: values === undefined ? [] : [{ name: values, text: readFileSync(values, 'utf8') }],
  })
  const milliseconds = performance.now() - start
  if (rendering.failure) return { answer: { error: rendering.failure.message }, rendering, milliseconds }
  const printed = printManifests(rendering)
  return { answer: typeof printed === 'string' ? { out: printed } : printed, rendering, milliseconds }
}

/** Lines in which something stands for what Helm would have drawn. */
function randomLines(rendering: Rendering): Set<string> {
  const lines = new Set<string>()
  for (const { text } of [...rendering.documents, ...rendering.hooks]) {
    let at = 0
    for (const piece of text.pieces) {
      const end = at + piece.length
      if (isOpaque(piece.origin)) {
        const first = text.text.lastIndexOf('\n', at - 1) + 1
        const last = text.text.indexOf('\n', end)
        for (const line of text.text.slice(first, last < 0 ? undefined : last).split('\n')) lines.add(line)
      }
      at = end
    }
  }
  return lines
}

function compare(theirs: Answer, ours: Answer, rendering: Rendering): Verdict {
  if (theirs.error !== undefined || ours.error !== undefined) {
    if (theirs.error === undefined || ours.error === undefined) return 'different'
    return bare(theirs.error) === bare(ours.error) ? 'equally refused' : 'refused with other words'
  }
  if (theirs.out === ours.out) return 'equal'
  const random = randomLines(rendering)
  if (random.size === 0) return 'different'
  const [left, right] = [withoutRandom(ours.out ?? '', random), theirs.out ?? '']
  return matches(left, right.split('\n')) ? 'equal but for what is random' : 'different'
}

function bare(message: string): string {
  return message
    .replace('\n\nUse --debug flag to render out invalid YAML', '')
    .replace(/yaml: (?:line \d+: )?.*$/s, 'yaml')
    .replace(/\(s\):\n.*$/s, '')
    .trim()
}

function withoutRandom(text: string, random: ReadonlySet<string>): (string | undefined)[] {
  return text.split('\n').map((line) => (random.has(line) ? undefined : line))
}

/** A random line, or several in a row, stand for any number of lines. */
function matches(ours: readonly (string | undefined)[], theirs: readonly string[]): boolean {
  let at = 0
  let open = false
  for (const line of ours) {
    if (line === undefined) {
      open = true
      continue
    }
    if (open) {
      while (at < theirs.length && theirs[at] !== line) at++
      open = false
    }
    if (theirs[at] !== line) return false
    at++
  }
  return open || at === theirs.length
}

function firstDifference(ours: string, theirs: string, random: ReadonlySet<string>): string {
  const [a, b] = [ours.split('\n'), theirs.split('\n')]
  const line = a.findIndex((text, i) => text !== b[i] && !random.has(text))
  const at = line < 0 ? a.length : line
  const source = a.slice(0, at + 1).findLast((text) => text.startsWith('# Source')) ?? ''
  return [
    `    ${source} line ${at + 1}`,
    ...a.slice(at, at + show).map((text) => `    ours   ${text}`),
    ...b.slice(at, at + show).map((text) => `    theirs ${text}`),
  ].join('\n')
}

const cases = chartsBelow(root)
  .filter((chart) => only.length === 0 || only.some((part) => chart.includes(part)))
  .flatMap(casesOf)
const version = (
  await new Promise<string>((resolve) => {
    execFile(helm, ['version', '--template', '{{.Version}}'], (_, stdout) => resolve(stdout))
  })
).startsWith('v4')
  ? 4
  : 3
const counts = new Map<Verdict, number>()
const times: number[] = []
const next = cases[Symbol.iterator]()

async function work(): Promise<void> {
  for (const each of next) {
    const theirs = await askHelm(each)
    let verdict: Verdict
    let ours: Answer
    let rendering: Rendering | undefined
    try {
      const result = renderHere(each, version)
      ours = result.answer
      rendering = result.rendering
      times.push(result.milliseconds)
      verdict = compare(theirs, ours, result.rendering)
    } catch (error) {
      ours = { error: `thrown: ${error instanceof Error ? error.stack : String(error)}` }
      verdict = 'different'
    }
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
    if (verdict !== 'different' && verdict !== 'refused with other words') continue
    console.log(
      `${verdict}: ${relative(root ?? '', each.chart)}${each.values === undefined ? '' : ` with ${relative(each.chart, each.values)}`}`,
    )
    if (ours.out !== undefined && theirs.out !== undefined)
      console.log(firstDifference(ours.out, theirs.out, rendering ? randomLines(rendering) : new Set()))
    else console.log(`    ours   ${(ours.error ?? 'rendered').slice(0, 600)}\n    theirs ${(theirs.error ?? 'rendered').slice(0, 600)}`)
  }
}
await Promise.all([work(), work()])

const total = cases.length
const different = counts.get('different') ?? 0
times.sort((a, b) => a - b)
const quantile = (q: number): string => (times[Math.floor(times.length * q)] ?? 0).toFixed(0)
console.log(`${total} renderings with Helm ${version}: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`)
console.log(
  `${(((total - different) / Math.max(total, 1)) * 100).toFixed(2)} % alike; rendered here in ${quantile(0.5)} ms (median), ${quantile(0.95)} ms (95 %)`,
)
process.exit(different === 0 ? 0 : 1)
