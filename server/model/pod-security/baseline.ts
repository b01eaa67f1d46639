import { entries, get, isUnknown, items, type Path, text, type Value } from '../value.ts'
import type { Container, Workload } from '../workload.ts'
import { field, type Violation } from './violations.ts'

const CAPABILITIES: ReadonlySet<unknown> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])
const SELINUX_TYPES: ReadonlySet<unknown> = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'])

/** Safe sysctls, with the minor version that made each one allowed. */
const SYSCTLS: ReadonlyMap<unknown, number> = new Map([
  ['kernel.shm_rmid_forced', 0],
  ['net.ipv4.ip_local_port_range', 0],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.ipv4.ping_group_range', 0],
  ['net.ipv4.ip_unprivileged_port_start', 0],
  ['net.ipv4.ip_local_reserved_ports', 27],
  ['net.ipv4.tcp_keepalive_time', 29],
  ['net.ipv4.tcp_fin_timeout', 29],
  ['net.ipv4.tcp_keepalive_intvl', 29],
  ['net.ipv4.tcp_keepalive_probes', 29],
  ['net.ipv4.tcp_rmem', 32],
  ['net.ipv4.tcp_wmem', 32],
])

/** Since then a probe or lifecycle hook may name no host. */
const HOST_PROBES_MINOR = 34
/** Since then SELinux' engine type is allowed. */
const ENGINE_TYPE_MINOR = 31

export function* baselineChecks(workload: Workload, minor: number): Iterable<Violation> {
  yield* podChecks(workload, minor)
  for (const container of workload.containers) yield* containerChecks(container, minor)
}

function* podChecks({ spec, specPath, annotations }: Workload, minor: number): Iterable<Violation> {
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) {
    yield* unlessFalse(spec, specPath, [name], 'Host Namespaces', `sets \`${name}\``)
  }
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    if (get(volume, 'hostPath') === undefined) continue
    const path = [...specPath, 'volumes', i, 'hostPath']
    yield {
      level: 'baseline',
      control: 'HostPath Volumes',
      path,
      how: `mounts the node's \`${text(volume, 'hostPath', 'path') ?? 'files'}\``,
    }
  }
  for (const [i, sysctl] of items(spec, 'securityContext', 'sysctls').entries()) {
    const name = get(sysctl, 'name')
    if ((SYSCTLS.get(name) ?? Number.POSITIVE_INFINITY) <= minor) continue
    yield {
      level: 'baseline',
      control: 'Sysctls',
      path: [...specPath, 'securityContext', 'sysctls', i, 'name'],
      how: `sets the sysctl ${String(name)}`,
      ...unknownIf(name),
    }
  }
  const context = get(spec, 'securityContext')
  yield* contextChecks(context, [...specPath, 'securityContext'], minor)
  if (annotations === 'unknown') return
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith('container.apparmor.security.beta.kubernetes.io/')) continue
    if (value === '' || value === 'runtime/default' || value.startsWith('localhost/')) continue
    yield {
      level: 'baseline',
      control: 'AppArmor',
      path: [...specPath.slice(0, -1), 'metadata', 'annotations', key],
      how: 'turns AppArmor off',
    }
  }
}

function* containerChecks({ name, path, body }: Container, minor: number): Iterable<Violation> {
  const context = get(body, 'securityContext')
  const at = [...path, 'securityContext']
  yield* unlessFalse(context, at, ['privileged'], 'Privileged Containers', `runs \`${name}\` privileged`)
  for (const [i, capability] of items(context, 'capabilities', 'add').entries()) {
    if (CAPABILITIES.has(capability)) continue
    const where = [...at, 'capabilities', 'add', i]
    yield {
      level: 'baseline',
      control: 'Capabilities',
      path: where,
      how: `adds the capability ${String(capability)} to \`${name}\``,
      ...unknownIf(capability),
    }
  }
  for (const [i, port] of items(body, 'ports').entries()) {
    const { value, unknown } = field(port, 'hostPort')
    if (!unknown && (value === undefined || value === 0)) continue
    yield {
      level: 'baseline',
      control: 'Host Ports',
      path: [...path, 'ports', i, 'hostPort'],
      how: `takes a port of the node for \`${name}\``,
      ...(unknown ? { unknown } : {}),
    }
  }
  const { value: procMount, unknown } = field(context, 'procMount')
  if (unknown || (procMount !== undefined && procMount !== 'Default')) {
    yield {
      level: 'baseline',
      control: '/proc Mount Type',
      path: [...at, 'procMount'],
      how: `unmasks /proc in \`${name}\``,
      value: 'Default',
      ...(unknown ? { unknown } : {}),
    }
  }
  yield* contextChecks(context, at, minor)
  if (minor >= HOST_PROBES_MINOR) yield* hostChecks(body, path, name)
}

/** What pods and containers have in common. */
function* contextChecks(context: Value | undefined, at: Path, minor: number): Iterable<Violation> {
  const seccomp = field(context, 'seccompProfile', 'type')
  if (seccomp.value === 'Unconfined') {
    yield {
      level: 'baseline',
      control: 'Seccomp',
      path: [...at, 'seccompProfile', 'type'],
      how: 'turns seccomp off',
      value: 'RuntimeDefault',
    }
  }
  if (field(context, 'appArmorProfile', 'type').value === 'Unconfined') {
    yield {
      level: 'baseline',
      control: 'AppArmor',
      path: [...at, 'appArmorProfile', 'type'],
      how: 'turns AppArmor off',
      value: 'RuntimeDefault',
    }
  }
  const type = get(context, 'seLinuxOptions', 'type') ?? ''
  if (!SELINUX_TYPES.has(type) || (type === 'container_engine_t' && minor < ENGINE_TYPE_MINOR)) {
    yield {
      level: 'baseline',
      control: 'SELinux',
      path: [...at, 'seLinuxOptions', 'type'],
      how: 'sets an SELinux type of its own',
      ...unknownIf(type),
    }
  }
  for (const key of ['user', 'role']) {
    const value = get(context, 'seLinuxOptions', key) ?? ''
    if (value !== '')
      yield {
        level: 'baseline',
        control: 'SELinux',
        path: [...at, 'seLinuxOptions', key],
        how: `sets an SELinux ${key}`,
        ...unknownIf(value),
      }
  }
  const process = field(context, 'windowsOptions', 'hostProcess')
  if (process.unknown || process.value === true) {
    yield {
      level: 'baseline',
      control: 'HostProcess',
      path: [...at, 'windowsOptions', 'hostProcess'],
      how: 'runs as a process of the Windows node',
      value: false,
      ...(process.unknown ? { unknown: true } : {}),
    }
  }
}

/** A host in a probe makes the kubelet call another machine. */
function* hostChecks(body: Value, path: Path, name: string): Iterable<Violation> {
  const holders: Path[] = [['livenessProbe'], ['readinessProbe'], ['startupProbe'], ['lifecycle', 'postStart'], ['lifecycle', 'preStop']]
  for (const holder of holders) {
    for (const [kind] of entries(body, ...holder)) {
      const host = get(body, ...holder, kind, 'host')
      if (host === undefined || host === '') continue
      yield {
        level: 'baseline',
        control: 'Host Probes / Lifecycle Hooks',
        path: [...path, ...holder, kind, 'host'],
        how: `names a host in a probe or hook of \`${name}\``,
        ...unknownIf(host),
      }
    }
  }
}

function* unlessFalse(holder: Value | undefined, at: Path, path: Path, control: string, how: string): Iterable<Violation> {
  const { value, unknown } = field(holder, ...path)
  if (unknown) yield { level: 'baseline', control, path: [...at, ...path], how, value: false, unknown }
  else if (value === true) yield { level: 'baseline', control, path: [...at, ...path], how, value: false }
}

function unknownIf(value: Value | undefined): { unknown: true } | undefined {
  return isUnknown(value) ? { unknown: true } : undefined
}
