import type { Facts } from '../../server/model/facts.ts'
import { defineRule } from '../../server/model/rule.ts'
import { entries, get, hasUnknown, isMap, items, type Path, text, type Value } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { mistyped } from '../../server/text/nearest.ts'

export default defineRule<'workload', 'secrets', { readonly meant: string }>({
  name: 'secret-reference-unresolved',
  title: 'Workload names a Secret, or a key of one, that is not there',
  pillar: 'encryption',
  severity: 'warning',
  absence: true,
  nowhere: ['Secret', 'ConfigMap'],
  controls: { nist80053: ['CM-6', 'IA-5'], owasp: ['K03'] },
  since: '0.1.0',
  each: 'workload',
  reads: ['secrets'],
  *check(workload, { facts: { secrets } }) {
    const { object } = workload
    const said = new Set<string>()
    for (const reference of referencesOf(workload)) {
      const wrong = wrongWith(reference, object.namespace, secrets)
      const about = `${reference.name} ${wrong?.key ?? ''}`
      if (!wrong || said.has(about)) continue
      said.add(about)
      yield {
        object,
        path: wrong.path,
        part: 'value',
        certainty: secrets.isOpen && wrong.key === undefined ? 'possible' : 'certain',
        discriminator: about.trim(),
        message: `No pod of ${object.kind} \`${object.name}\` starts without it: ${wrong.what} ${wrong.meant ? `Is \`${wrong.meant}\` meant?` : 'Name one that it has.'}`,
        ...(wrong.meant ? { data: { meant: wrong.meant } } : {}),
      }
    }
  },
  *fix({ object, path, data }) {
    if (!data) return
    yield {
      title: `Use \`${data.meant}\``,
      applicability: 'assisted',
      changes: [{ op: 'set', object, path, value: data.meant }],
    }
  },
})

interface Reference {
  readonly name: string
  readonly path: Path
  /** Of a key that is named too. */
  readonly key?: { readonly name: string; readonly path: Path }
}

/** What a pod cannot start without: optional ones are left out. */
function* referencesOf({ spec, specPath, containers }: Workload): Iterable<Reference> {
  const refer = function* (holder: Value | undefined, at: Path, field: string, keyed: boolean): Iterable<Reference> {
    const name = text(holder, field)
    if (name === undefined || name === '' || get(holder, 'optional') === true) return
    const key = keyed ? text(holder, 'key') : undefined
    yield { name, path: [...at, field], ...(key === undefined ? {} : { key: { name: key, path: [...at, 'key'] } }) }
  }
  for (const { path, body } of containers) {
    for (const [i, variable] of items(body, 'env').entries()) {
      yield* refer(get(variable, 'valueFrom', 'secretKeyRef'), [...path, 'env', i, 'valueFrom', 'secretKeyRef'], 'name', true)
    }
    for (const [i, source] of items(body, 'envFrom').entries()) {
      yield* refer(get(source, 'secretRef'), [...path, 'envFrom', i, 'secretRef'], 'name', false)
    }
  }
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    yield* refer(get(volume, 'secret'), [...specPath, 'volumes', i, 'secret'], 'secretName', false)
  }
}

interface Wrong {
  readonly path: Path
  readonly what: string
  readonly key?: string
  readonly meant?: string | undefined
}

function wrongWith({ name, path, key }: Reference, namespace: string, secrets: Facts['secrets']): Wrong | undefined {
  const source = secrets.get(namespace, name)
  if (source) {
    const keys = key && source.from.kind === 'Secret' ? keysOf(source.from.body) : undefined
    if (!key || !keys || keys.includes(key.name)) return undefined
    return {
      path: key.path,
      what: `Secret \`${name}\` has no key \`${key.name}\`.`,
      key: key.name,
      meant: mistyped(key.name, keys),
    }
  }
  // Programs make Secrets for themselves: only a name that is nearly one of them was mistyped.
  const meant = mistyped(
    name,
    secrets.in(namespace).map((other) => other.name),
  )
  const where = namespace === '' ? 'its namespace' : `\`${namespace}\``
  return meant ? { path, what: `Secret \`${name}\` is not among those of ${where} here.`, meant } : undefined
}

/** Undefined when the files do not hold them: encrypted ones, and those that a controller fills. */
function keysOf(body: Value): string[] | undefined {
  const [data, plain] = [get(body, 'data'), get(body, 'stringData')]
  if (hasUnknown(data) || hasUnknown(plain) || (!isMap(data) && !isMap(plain))) return undefined
  const keys = [...entries(data), ...entries(plain)].map(([key]) => key)
  return keys.length === 0 ? undefined : keys
}
