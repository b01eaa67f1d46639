import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Severity } from '../../server/model/rule.ts'
import { get, items, type Path, text } from '../../server/model/value.ts'
import { WORKLOAD_KINDS, type Workload, workloadOf } from '../../server/model/workload.ts'

interface Login {
  readonly path: Path
  readonly severity: Severity
  readonly discriminator: string
  readonly message: string
  /** What closes it; undefined when it takes more. */
  readonly value?: string
}

export default defineRule({
  name: 'local-login-enabled',
  title: 'Login beside the identity provider',
  pillar: 'identity',
  severity: 'information',
  controls: { nist80053: ['IA-2(1)', 'IA-5'], nsa: ['Auth'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['/ConfigMap', ...WORKLOAD_KINDS],
  reads: [],
  *check(object) {
    for (const { path, severity, discriminator, message } of loginsOf(object))
      yield { object, path, part: 'value', severity, discriminator, message }
  },
  *fix({ object, discriminator }) {
    const login = loginsOf(object).find((each) => each.discriminator === discriminator)
    if (login?.value === undefined) return
    yield {
      title: `Set it to ${login.value}: who logs in that way is refused`,
      applicability: 'hardening',
      changes: [{ op: 'set', object, path: login.path, value: login.value }],
    }
  },
})

function loginsOf(object: KubeObject): Login[] {
  if (object.kind === 'ConfigMap') return object.name === 'argocd-cm' ? argocd(object) : []
  const workload = workloadOf(object)
  return workload ? [...grafana(workload), ...dashboard(workload)] : []
}

/** Semantics: Argo CD's user management: the account `admin` is on unless it is switched off. */
function argocd({ body }: KubeObject): Login[] {
  const data = (key: string): string | undefined => text(body, 'data', key)
  const sso = data('oidc.config') !== undefined || data('dex.config') !== undefined
  const found: Login[] = []
  if (data('users.anonymous.enabled') === 'true') {
    found.push({
      path: ['data', 'users.anonymous.enabled'],
      severity: 'warning',
      discriminator: 'anonymous',
      message: 'Everybody who reaches Argo CD sees it without a login, with what its default role allows. Switch it off.',
      value: 'false',
    })
  }
  if (sso && data('admin.enabled') !== 'false' && get(body, 'data', 'admin.enabled') !== false) {
    found.push({
      path: [
        'data',
        data('admin.enabled') === undefined ? (data('oidc.config') === undefined ? 'dex.config' : 'oidc.config') : 'admin.enabled',
      ],
      severity: 'information',
      discriminator: 'admin',
      message:
        'Argo CD has its account `admin` besides the identity provider: a password that many know, without a second factor. Switch it off once a group of yours administers it.',
      ...(data('admin.enabled') === undefined ? {} : { value: 'false' }),
    })
  }
  return found
}

function* grafana({ containers }: Workload): Iterable<Login> {
  for (const { body, path, name } of containers) {
    const variable = (wanted: string): { readonly value: string; readonly path: Path } | undefined => {
      const i = items(body, 'env').findIndex((each) => text(each, 'name') === wanted)
      const value = get(body, 'env', i, 'value')
      return i < 0 || value === undefined ? undefined : { value: String(value), path: [...path, 'env', i, 'value'] }
    }
    const anonymous = variable('GF_AUTH_ANONYMOUS_ENABLED')
    if (anonymous?.value === 'true') {
      const role = variable('GF_AUTH_ANONYMOUS_ORG_ROLE')?.value ?? 'Viewer'
      yield {
        path: anonymous.path,
        severity: role === 'Viewer' ? 'information' : 'warning',
        discriminator: `${name} GF_AUTH_ANONYMOUS_ENABLED`,
        message: `Everybody who reaches Grafana is in without a login, as ${role}. Switch it off.`,
        value: 'false',
      }
    }
  }
}

function* dashboard({ containers }: Workload): Iterable<Login> {
  for (const { body, path, name } of containers) {
    if (!/dashboard/.test(text(body, 'image') ?? '')) continue
    for (const [i, argument] of items(body, 'args').entries()) {
      if (argument === '--enable-skip-login' || argument === '--enable-skip-login=true') {
        yield {
          path: [...path, 'args', i],
          severity: 'warning',
          discriminator: `${name} skip-login`,
          message:
            'Everybody who reaches the Kubernetes Dashboard can skip its login, and then acts as its ServiceAccount. Take the argument out.',
          value: '--enable-skip-login=false',
        }
      }
      if (argument === '--authentication-mode=basic') {
        yield {
          path: [...path, 'args', i],
          severity: 'information',
          discriminator: `${name} basic`,
          message: 'The Kubernetes Dashboard logs people in by a password. Use `token`, or a proxy that asks your identity provider.',
          value: '--authentication-mode=token',
        }
      }
    }
  }
}
