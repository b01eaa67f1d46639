import type { Span } from '../text/span.ts'

/** Where a log shipper sends to, as its configuration file says. */
export interface LogOutput {
  readonly shipper: 'Fluent Bit' | 'Fluentd' | 'Filebeat'
  /** The plugin: `es`, `http`, `forward`, `elasticsearch` … */
  readonly plugin: string
  /** Host names or URLs; empty when they are not in the text. */
  readonly targets: readonly string[]
  /** Undefined when it depends on what is not in the text. */
  readonly encrypted: boolean | undefined
  /** Of the plugin's name in the text: what a person looks for. */
  readonly span: Span
}

/** Fluent Bit's outputs that always encrypt. Source: its plugin sources. */
const ALWAYS_TLS: ReadonlySet<string> = new Set([
  's3',
  'cloudwatch_logs',
  'cloudwatch',
  'kinesis_streams',
  'kinesis_firehose',
  'kinesis',
  'firehose',
  'stackdriver',
  'azure',
  'azure_blob',
  'azure_kusto',
  'bigquery',
  'chronicle',
  'datadog',
  'nrlogs',
  'logdna',
  'oracle_log_analytics',
  'skywalking',
])
/** Those that send nothing over a network. */
const LOCAL: ReadonlySet<string> = new Set([
  'stdout',
  'file',
  'null',
  'counter',
  'exit',
  'plot',
  'flowcounter',
  'lib',
  'retry',
  'prometheus_exporter',
  'copy',
  'relabel',
  'exec',
  'rewrite_tag_filter',
  'roundrobin',
])

const MAX_TEXT = 500_000

/** The outputs in a text that is a shipper's configuration; none when it is something else. Never throws. */
export function logOutputs(text: string): LogOutput[] {
  if (text.length > MAX_TEXT) return []
  if (/^\s*\[OUTPUT\]/im.test(text)) return fluentBit(text)
  if (/<match\b/.test(text)) return fluentd(text)
  return /^output\.(?:elasticsearch|logstash|kafka)\s*:/m.test(text) ? filebeat(text) : []
}

interface Line {
  readonly key: string
  readonly value: string
  readonly span: Span
}

/** Fluent Bit's classic format: a section's keys are case-insensitive, TLS is off unless it is turned on. */
function fluentBit(text: string): LogOutput[] {
  const outputs: LogOutput[] = []
  let section: Line[] | undefined
  const finish = (): void => {
    const plugin = section && find(section, 'name')
    if (section && plugin) outputs.push(...fluentBitOutput(plugin, section))
    section = undefined
  }
  for (const { line, start } of lines(text)) {
    const header = /^\s*\[(\w+)\]/.exec(line)
    if (header) {
      finish()
      if (header[1]?.toUpperCase() === 'OUTPUT') section = []
      continue
    }
    const entry = /^(\s*)([\w.]+)(\s+)(\S.*?)\s*$/.exec(line)
    if (!section || !entry || line.trimStart().startsWith('#')) continue
    const [, before = '', key = '', gap = '', value = ''] = entry
    const at = start + before.length + key.length + gap.length
    section.push({ key: key.toLowerCase(), value, span: { start: at, end: at + value.length } })
  }
  finish()
  return outputs
}

function fluentBitOutput(plugin: Line, section: readonly Line[]): LogOutput[] {
  const name = plugin.value.toLowerCase()
  if (LOCAL.has(name)) return []
  const tls = find(section, 'tls')?.value
  const kafka = find(section, 'rdkafka.security.protocol')?.value
  const encrypted =
    ALWAYS_TLS.has(name) ||
    isOn(tls) ||
    /^(ssl|sasl_ssl)$/i.test(kafka ?? '') ||
    find(section, 'cloud_id') !== undefined ||
    /^tls$/i.test(find(section, 'mode')?.value ?? '')
  const targets = ['host', 'uri', 'brokers', 'url'].flatMap((key) => find(section, key)?.value ?? [])
  return [{ shipper: 'Fluent Bit', plugin: name, targets, encrypted: isVariable(tls) ? undefined : encrypted, span: plugin.span }]
}

/** Fluentd's own format. `@type` stands in `<match>` or, below `copy`, in `<store>`. */
function fluentd(text: string): LogOutput[] {
  const outputs: LogOutput[] = []
  const open: { tag: string; lines: Line[] }[] = []
  for (const { line, start } of lines(text)) {
    const tag = /^\s*<(\/?)(\w+)/.exec(line)
    if (tag) {
      if (tag[1] === '') open.push({ tag: tag[2] ?? '', lines: [] })
      else {
        const closed = open.pop()
        const plugin = closed && (closed.tag === 'match' || closed.tag === 'store') ? find(closed.lines, '@type') : undefined
        if (closed && plugin) outputs.push(...fluentdOutput(plugin, closed.lines))
        // The address of a `forward` stands in its `<server>`.
        else if (closed?.tag === 'server') open[open.length - 1]?.lines.push(...closed.lines)
      }
      continue
    }
    const entry = /^(\s*)(@?[\w.]+)(\s+)(\S.*?)\s*$/.exec(line)
    if (!entry || line.trimStart().startsWith('#')) continue
    const [, before = '', key = '', gap = '', value = ''] = entry
    const at = start + before.length + key.length + gap.length
    open[open.length - 1]?.lines.push({ key, value: value.replace(/^["']|["']$/g, ''), span: { start: at, end: at + value.length } })
  }
  return outputs
}

function fluentdOutput(plugin: Line, section: readonly Line[]): LogOutput[] {
  const name = plugin.value
  const value = (key: string): string | undefined => find(section, key)?.value
  const targets = ['host', 'hosts', 'url', 'endpoint', 'brokers', 'hec_host'].flatMap((key) => value(key) ?? [])
  const output = { shipper: 'Fluentd' as const, plugin: name, targets, span: plugin.span }
  switch (name) {
    case 'elasticsearch':
    case 'elasticsearch_dynamic':
    case 'opensearch': {
      const scheme = value('scheme')
      if (isVariable(scheme) || (scheme === undefined && targets.some(isVariable))) return [{ ...output, encrypted: undefined }]
      return [
        {
          ...output,
          encrypted: scheme === 'https' || targets.some((target) => target.includes('https://')) || value('cloud_id') !== undefined,
        },
      ]
    }
    case 'forward':
    case 'secure_forward':
      return [{ ...output, encrypted: name === 'secure_forward' || value('transport') === 'tls' }]
    case 'http':
    case 'loki':
      return targets.length === 0 || targets.some(isVariable)
        ? [{ ...output, encrypted: undefined }]
        : [{ ...output, encrypted: targets.every((target) => target.startsWith('https://')) }]
    default:
      // What other plugins do is not known here.
      return []
  }
}

function filebeat(text: string): LogOutput[] {
  const outputs: LogOutput[] = []
  const pattern = /^output\.(elasticsearch|logstash|kafka)\s*:[ \t]*\n((?:[ \t]+[^\n]*\n?){0,60})/gm
  for (const match of text.matchAll(pattern)) {
    const [, plugin = '', body = ''] = match
    const hosts = /hosts\s*:\s*(\[[^\]\n]{0,400}\]|(?:\n\s+-[^\n]{0,300}){1,20})/.exec(body)?.[1] ?? ''
    const targets = [...hosts.matchAll(/["']?([\w.:/${}-]{3,200})["']?/g)].map(([, target]) => target ?? '')
    const ssl = /^\s*ssl\.enabled\s*:\s*true|^\s*ssl\s*:/m.test(body) || /ssl\.certificate_authorities/.test(body)
    const start = (match.index ?? 0) + 'output.'.length
    const encrypted = targets.some(isVariable)
      ? undefined
      : plugin === 'elasticsearch'
        ? targets.length > 0 && targets.every((target) => target.startsWith('https://'))
        : ssl
    outputs.push({ shipper: 'Filebeat', plugin, targets, encrypted, span: { start, end: start + plugin.length } })
  }
  return outputs
}

function* lines(text: string): Iterable<{ line: string; start: number }> {
  let start = 0
  for (const line of text.split('\n')) {
    // Longer lines are data, and matching them costs.
    if (line.length < 2000) yield { line, start }
    start += line.length + 1
  }
}

function find(section: readonly Line[], key: string): Line | undefined {
  return section.find((line) => line.key === key)
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(on|true|yes)$/i.test(value)
}

function isVariable(value: string | undefined): boolean {
  return value !== undefined && /\$\{|#\{|\{\{/.test(value)
}
