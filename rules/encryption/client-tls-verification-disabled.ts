import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type ObjectChange, type Severity } from '../../server/model/rule.ts'
import { get, items, type Path, text, type Value } from '../../server/model/value.ts'
import { WORKLOAD_KINDS, workloadOf } from '../../server/model/workload.ts'

/** One switch that turns verification off. */
interface Switch extends Anchor {
  readonly what: string
  readonly severity: Severity
  readonly change: ObjectChange | undefined
}

const MONITORS = ['monitoring.coreos.com/ServiceMonitor', 'monitoring.coreos.com/PodMonitor', 'monitoring.coreos.com/ScrapeConfig']

export default defineRule<'object', never, { readonly changes: readonly ObjectChange[] }>({
  name: 'client-tls-verification-disabled',
  title: 'Program takes any certificate for the right one',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...WORKLOAD_KINDS, ...MONITORS],
  reads: [],
  *check(object) {
    const found = [...(MONITORS.includes(object.groupKind) ? monitorSwitches(object) : workloadSwitches(object))]
    const [first, ...others] = found
    if (!first) return
    const { what, severity, change: _, ...anchor } = first
    const changes = found.flatMap(({ change }) => change ?? [])
    yield {
      ...anchor,
      severity,
      message: `${object.kind} \`${object.name}\` ${what}: whoever is on the way can answer in the other's name, and gets what is sent, credentials included. Trust the other's CA, and take the switch out.`,
      related: others.map(({ what, severity: _severity, change: _change, ...other }) => ({ ...other, message: `It also ${what}.` })),
      ...(changes.length === found.length ? { data: { changes } } : {}),
    }
  },
  *fix({ data }) {
    if (!data) return
    yield {
      title: `Verify certificates again${data.changes.length > 1 ? ` (${data.changes.length} places)` : ''}: one of a CA that is not trusted is refused`,
      applicability: 'hardening',
      changes: data.changes,
    }
  },
})

/** Variables by which runtimes and tools are told not to verify, with the values that do it. Sources: their manuals. */
const VARIABLES: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/^NODE_TLS_REJECT_UNAUTHORIZED$/, /^0$/],
  [/^PYTHONHTTPSVERIFY$/, /^0$/],
  [/^GIT_SSL_NO_VERIFY$/, /^(?:1|true)$/i],
  [/^(?:[A-Z0-9_]+_)?(?:TLS_)?INSECURE_SKIP_(?:TLS_)?VERIFY$/, /^(?:1|true|yes)$/i],
  [/^(?:[A-Z0-9_]+_)?(?:SKIP_(?:TLS|SSL)_VERIFY|(?:TLS|SSL)_SKIP_VERIFY|SKIP_VERIFY)$/, /^(?:1|true|yes)$/i],
  [/^(?:[A-Z0-9_]+_)?(?:TLS|SSL)_VERIFY(?:_MODE)?$/, /^(?:0|false|no|none|off)$/i],
]

/** Flags that mean the same whatever the program. */
const FLAGS =
  /^--(?:insecure-skip-tls-verify|insecure-skip-verify|tls-skip-verify|tls-insecure-skip-verify|skip-tls-verify|kubelet-insecure-tls|no-check-certificate|insecure-tls|disable-tls-verification|tls\.insecure-skip-verify)(?:=true)?$/

function* workloadSwitches(object: KubeObject): Iterable<Switch> {
  for (const { name, path, body } of workloadOf(object)?.containers ?? []) {
    for (const [i, variable] of items(body, 'env').entries()) {
      const key = text(variable, 'name') ?? ''
      const value = text(variable, 'value')
      if (value === undefined || !VARIABLES.some(([names, values]) => names.test(key) && values.test(value))) continue
      const at: Path = [...path, 'env', i]
      yield {
        object,
        path: [...at, 'value'],
        part: 'value',
        what: `tells \`${name}\` not to verify certificates (\`${key}\`)`,
        severity: 'warning',
        change: { op: 'remove', object, path: at },
      }
    }
    yield* argumentSwitches(object, name, path, body)
  }
}

function* argumentSwitches(object: KubeObject, name: string, path: Path, body: Value): Iterable<Switch> {
  const words = ['command', 'args'].flatMap((field) =>
    items(body, field).flatMap((word, i) => (typeof word === 'string' ? [{ word, at: [...path, field, i] as Path }] : [])),
  )
  const isCurl = /(?:^|\/)curl$/.test(words[0]?.word ?? '') && !words.some(({ word }) => LOCAL.test(word))
  for (const { word, at } of words) {
    const anchor = { object, path: at, part: 'value', severity: 'warning' } as const
    if (FLAGS.test(word) || (isCurl && CURL_FLAG.test(word))) {
      yield { ...anchor, what: `tells \`${name}\` not to verify certificates (\`${word}\`)`, change: { op: 'remove', object, path: at } }
    } else {
      for (const { program, range } of inScript(word))
        yield { ...anchor, range, what: `calls \`${program}\` without verifying certificates`, change: undefined }
    }
  }
}

const LOCAL = /https?:\/\/(?:localhost|127\.|\[::1\])/
const CURL_FLAG = /^(?:-[sSfLiIvg#]*k[sSfLiIvg#]*|--insecure)$/

/** Calls of curl and wget in a script, each with the word that turns verification off. */
function* inScript(script: string): Iterable<{ readonly program: string; readonly range: { start: number; end: number } }> {
  for (const call of script.matchAll(/(?<=^|[\s;&|(])(curl|wget)\s[^\n;&|]*/g)) {
    const program = call[1] ?? ''
    if (LOCAL.test(call[0])) continue
    for (const word of call[0].matchAll(/\S+/g)) {
      if (!(program === 'curl' ? CURL_FLAG.test(word[0]) : word[0] === '--no-check-certificate')) continue
      const start = call.index + word.index
      yield { program, range: { start, end: start + word[0].length } }
    }
  }
}

/** What stays in the cluster and is read only is a matter of hygiene. */
function* monitorSwitches(object: KubeObject): Iterable<Switch> {
  const lists = ['endpoints', 'podMetricsEndpoints'].flatMap((field) =>
    items(object.body, 'spec', field).map((_, i): Path => ['spec', field, i]),
  )
  for (const at of [...lists, ['spec'] as Path]) {
    const path: Path = [...at, 'tlsConfig', 'insecureSkipVerify']
    if (get(object.body, ...path) !== true) continue
    yield {
      object,
      path,
      part: 'value',
      what: 'has Prometheus scrape without verifying certificates',
      severity: 'hint',
      change: { op: 'remove', object, path },
    }
  }
}
