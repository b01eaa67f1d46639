import { entries, get, isUnknown, items, type Path, text, type Value } from '../value.ts'
import type { Workload } from '../workload.ts'
import { field, type Violation } from './violations.ts'

const VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

/** @param windows Linux-only fields are not asked of Windows pods */
export function* restrictedChecks(workload: Workload, windows: boolean): Iterable<Violation> {
  const { spec, specPath, containers } = workload
  yield* volumeChecks(spec, specPath)
  yield* userChecks(workload)
  if (windows) return
  const pod = field(spec, 'securityContext', 'seccompProfile', 'type')
  if (isAllowedSeccomp(pod.value)) {
    // A container may only make it stricter, and Unconfined is below baseline already.
  } else if (pod.unknown || !containers.every(({ body }) => isAllowedSeccomp(get(body, 'securityContext', 'seccompProfile', 'type')))) {
    const path = [...specPath, 'securityContext', 'seccompProfile', 'type']
    yield {
      level: 'restricted',
      control: 'Seccomp',
      path,
      how: 'does not ask for a seccomp profile',
      value: 'RuntimeDefault',
      ...(pod.unknown ? { unknown: true } : {}),
    }
  }
  for (const { name, path, body } of containers) {
    const at = [...path, 'securityContext']
    const context = get(body, 'securityContext')
    const escalation = field(context, 'allowPrivilegeEscalation')
    if (escalation.value !== false) {
      yield {
        level: 'restricted',
        control: 'Privilege Escalation',
        path: [...at, 'allowPrivilegeEscalation'],
        how: `lets \`${name}\` gain privileges`,
        value: false,
        ...(escalation.unknown ? { unknown: true } : {}),
      }
    }
    yield* capabilityChecks(context, at, name)
  }
}

function* volumeChecks(spec: Value, specPath: Path): Iterable<Violation> {
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    const type = entries(volume)
      .map(([key]) => key)
      .find((key) => key !== 'name')
    // An unset source is an emptyDir; hostPath is below baseline already.
    if (type === undefined || VOLUMES.has(type) || type === 'hostPath') continue
    yield {
      level: 'restricted',
      control: 'Volume Types',
      path: [...specPath, 'volumes', i, type],
      how: `mounts a volume of the type ${type}`,
    }
  }
}

function* userChecks({ spec, specPath, containers }: Workload): Iterable<Violation> {
  const pod = field(spec, 'securityContext', 'runAsNonRoot')
  const own = containers.map(({ name, path, body }) => ({
    name,
    path: [...path, 'securityContext', 'runAsNonRoot'],
    ...field(body, 'securityContext', 'runAsNonRoot'),
  }))
  for (const { name, path, value } of own) {
    if (value === false)
      yield { level: 'restricted', control: 'Running as Non-root', path, how: `lets \`${name}\` run as root`, value: true }
  }
  if (pod.value !== true && own.some(({ value }) => value === undefined)) {
    const path = [...specPath, 'securityContext', 'runAsNonRoot']
    yield {
      level: 'restricted',
      control: 'Running as Non-root',
      path,
      how: 'may run as root',
      value: true,
      ...(pod.unknown ? { unknown: true } : {}),
    }
  }
  const holders: { readonly path: Path; readonly holder: Value | undefined }[] = [
    { path: [...specPath, 'securityContext', 'runAsUser'], holder: get(spec, 'securityContext') },
    ...containers.map(({ path, body }) => ({ path: [...path, 'securityContext', 'runAsUser'], holder: get(body, 'securityContext') })),
  ]
  for (const { path, holder } of holders) {
    if (get(holder, 'runAsUser') === 0) yield { level: 'restricted', control: 'Running as Non-root user', path, how: 'runs as user 0' }
  }
}

function* capabilityChecks(context: Value | undefined, at: Path, name: string): Iterable<Violation> {
  const drop = items(context, 'capabilities', 'drop')
  if (!drop.includes('ALL')) {
    const unknown = isUnknown(get(context, 'capabilities', 'drop')) || drop.some(isUnknown)
    yield {
      level: 'restricted',
      control: 'Capabilities',
      path: [...at, 'capabilities', 'drop'],
      how: `keeps capabilities in \`${name}\``,
      value: ['ALL'],
      ...(unknown ? { unknown: true } : {}),
    }
  }
  for (const [i, capability] of items(context, 'capabilities', 'add').entries()) {
    if (capability === 'NET_BIND_SERVICE' || isUnknown(capability)) continue
    yield {
      level: 'restricted',
      control: 'Capabilities',
      path: [...at, 'capabilities', 'add', i],
      how: `adds the capability ${text([capability], 0)} to \`${name}\``,
    }
  }
}

function isAllowedSeccomp(type: Value | undefined): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost'
}
