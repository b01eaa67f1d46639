import { isNodeAgent } from '../../server/model/node-agents.ts'
import { type Anchor, defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

/** Capabilities with which a process gets out of its container. */
const CAPABILITIES: ReadonlySet<unknown> = new Set([
  'ALL',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_RAWIO',
  'CAP_SYS_ADMIN',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
])

/** With any access: sockets of the container runtime, and where the node keeps its credentials. */
const ANY_ACCESS =
  /^\/$|^\/(root|home|boot)(\/|$)|^\/etc\/?$|^\/etc\/(kubernetes|shadow|ssh)|^\/var\/lib\/(kubelet|docker|containerd|etcd|rancher)\/?$|\.sock$|^\/(var\/)?run\/?$/
/** When it can be written: where the node starts programs from or is steered by. */
const WRITE_ACCESS =
  /^\/(etc|usr|bin|sbin|lib|lib64|opt|proc|sys|dev|var|var\/lib|var\/run|run)(\/?$|\/(cron|systemd|init|ld\.|profile|sysctl|kubelet))/

interface Way extends Anchor {
  /** As the end of "it …". */
  readonly how: string
  /** Undefined when no single edit closes it. */
  readonly change: ObjectChange | undefined
}

export default defineRule<'workload', never, { readonly workload: Workload }>({
  name: 'node-access',
  title: 'Workload can take over its node',
  pillar: 'verification',
  severity: 'warning',
  controls: {
    cis: ['5.2.2', '5.2.3', '5.2.4', '5.2.9', '5.2.12'],
    nsa: ['Pod'],
    nist80053: ['AC-6', 'CM-7', 'SC-39'],
    nist800207: ['5'],
    attack: ['T1611'],
    owasp: ['K01'],
  },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check(workload) {
    const { object, specPath } = workload
    for (const { path, body } of workload.containers) {
      if (isUnknown(get(body, 'securityContext', 'privileged')))
        yield { notEvaluated: object, path: [...path, 'securityContext', 'privileged'] }
    }
    for (const field of ['hostPID', 'hostIPC']) {
      if (isUnknown(get(workload.spec, field))) yield { notEvaluated: object, path: [...specPath, field] }
    }
    const [first, ...others] = waysOf(workload)
    if (!first) return
    yield {
      object,
      path: first.path,
      part: first.part,
      severity: isNodeAgent(workload) ? 'information' : 'warning',
      message: `${object.kind} \`${object.name}\` can take over its node, and with it every pod there: it ${[first, ...others]
        .slice(0, 3)
        .map(({ how }) => how)
        .join('; it ')}. Take away what it does not need.`,
      related: others.map(({ how, ...anchor }) => ({ ...anchor, message: `It also ${how}.` })),
      data: { workload },
    }
  },
  *fix({ data }) {
    const ways = data ? waysOf(data.workload) : []
    const changes = ways.map(({ change }) => change).filter((change) => change !== undefined)
    // A way that stays open would leave the finding.
    if (changes.length === 0 || changes.length < ways.length) return
    yield {
      leaves: ['workload-not-restricted'],
      title: `Take away ${ways.length === 1 ? 'access' : `${ways.length} ways`} to the node: what needs the node itself stops working`,
      applicability: 'hardening',
      changes,
    }
  },
})

function waysOf(workload: Workload): Way[] {
  return [...privileges(workload), ...namespaces(workload), ...mounts(workload)]
}

function* privileges({ object, containers }: Workload): Iterable<Way> {
  for (const { name, path, body } of containers) {
    const privileged: Path = [...path, 'securityContext', 'privileged']
    if (get(body, 'securityContext', 'privileged') === true) {
      yield {
        object,
        path: privileged,
        part: 'value',
        how: `runs container \`${name}\` privileged`,
        change: { op: 'set', object, path: privileged, value: false },
      }
      continue
    }
    for (const [i, capability] of items(body, 'securityContext', 'capabilities', 'add').entries()) {
      if (!CAPABILITIES.has(capability)) continue
      const at: Path = [...path, 'securityContext', 'capabilities', 'add', i]
      yield {
        object,
        path: at,
        part: 'value',
        how: `adds the capability ${String(capability)} to \`${name}\``,
        change: { op: 'remove', object, path: at },
      }
    }
  }
}

function* namespaces({ object, spec, specPath }: Workload): Iterable<Way> {
  for (const [field, what] of [
    ['hostPID', 'processes'],
    ['hostIPC', 'shared memory'],
  ] as const) {
    if (get(spec, field) !== true) continue
    const path = [...specPath, field]
    yield { object, path, part: 'value', how: `sees the node's ${what} (\`${field}\`)`, change: { op: 'set', object, path, value: false } }
  }
}

/** Without an edit: what stands in for the folder is for the author to say. */
function* mounts({ object, spec, specPath, containers }: Workload): Iterable<Way> {
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    const path = text(volume, 'hostPath', 'path')
    const name = text(volume, 'name')
    if (path === undefined) continue
    const uses = containers.flatMap(({ body }) => items(body, 'volumeMounts')).filter((mount) => text(mount, 'name') === name)
    const written = uses.some((mount) => get(mount, 'readOnly') !== true)
    if (uses.length === 0 || !(ANY_ACCESS.test(path) || (written && WRITE_ACCESS.test(path)))) continue
    yield {
      object,
      path: [...specPath, 'volumes', i, 'hostPath', 'path'],
      part: 'value',
      how: `${written && !path.endsWith('.sock') ? 'writes' : 'has'} the node's \`${path}\``,
      change: undefined,
    }
  }
}
