import type { Anchor, ObjectChange } from './rule.ts'
import { get, items, type Path, text } from './value.ts'
import type { Workload } from './workload.ts'

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

/** A field because of which a workload is not apart from its node. */
export interface NodeAccess extends Anchor {
  /** As the end of "it …". */
  readonly how: string
  /** Alone it is enough to run programs on the node; the others help whoever has found another way. */
  readonly takesOver: boolean
  /** Undefined when no single edit closes it. */
  readonly change: ObjectChange | undefined
}

/** Every field that lets the pods of a workload out to their node. */
export function nodeAccessOf(workload: Workload): NodeAccess[] {
  return [...privileges(workload), ...namespaces(workload), ...mounts(workload)]
}

function* privileges({ object, containers }: Workload): Iterable<NodeAccess> {
  for (const { name, path, body } of containers) {
    const privileged: Path = [...path, 'securityContext', 'privileged']
    if (get(body, 'securityContext', 'privileged') === true) {
      yield {
        object,
        path: privileged,
        part: 'value',
        how: `runs container \`${name}\` privileged`,
        takesOver: true,
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
        takesOver: true,
        change: { op: 'remove', object, path: at },
      }
    }
  }
}

function* namespaces({ object, spec, specPath }: Workload): Iterable<NodeAccess> {
  for (const [field, what] of [
    ['hostPID', 'processes'],
    ['hostIPC', 'shared memory'],
  ] as const) {
    if (get(spec, field) !== true) continue
    const path = [...specPath, field]
    const how = `sees the node's ${what} (\`${field}\`)`
    yield { object, path, part: 'value', how, takesOver: false, change: { op: 'set', object, path, value: false } }
  }
}

/** Without an edit: what stands in for the folder is for the author to say. */
function* mounts({ object, spec, specPath, containers }: Workload): Iterable<NodeAccess> {
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
      takesOver: true,
      change: undefined,
    }
  }
}
