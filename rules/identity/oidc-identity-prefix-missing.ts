import { APISERVER_KINDS, apiServerOf } from '../../server/model/apiserver.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type ObjectChange } from '../../server/model/rule.ts'
import { get, items, type Path, text, type Value } from '../../server/model/value.ts'

const CONFIGURATION = 'AuthenticationConfiguration'
const WHY = 'Whoever manages names there can make a member of `system:masters`, who may do everything.'

export default defineRule({
  name: 'oidc-identity-prefix-missing',
  title: 'Identity provider can name administrators',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['IA-8', 'AC-3', 'IA-5'], attack: ['T1556'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...APISERVER_KINDS, `apiserver.config.k8s.io/${CONFIGURATION}`],
  reads: [],
  *check(object) {
    if (object.kind === CONFIGURATION) yield* configured(object)
    else yield* byFlags(object)
  },
  *fix({ object, path }) {
    if (object.kind !== CONFIGURATION) return
    const issuer = path.slice(0, 2)
    const old = items(object.body, ...issuer, 'userValidationRules')
    yield {
      title: 'Refuse names that begin with `system:`: no user of yours has one',
      applicability: 'safe',
      changes: guards(old).map(
        (value, i): ObjectChange =>
          old.length === 0 && i === 0
            ? { op: 'set', object, path: [...issuer, 'userValidationRules'], value: [value] }
            : { op: 'insert', object, path: [...issuer, 'userValidationRules'], index: old.length + i, value },
      ),
    }
  },
})

function* byFlags(object: KubeObject): Iterable<Found<undefined>> {
  const flags = apiServerOf(object)?.flags
  const user = flags?.get('oidc-username-prefix')
  if (user?.value === '-')
    yield finding(object, user.path, 'users', 'The API server takes user names from the identity provider as they are (`-`).')
  const claim = flags?.get('oidc-groups-claim')
  const prefix = flags?.get('oidc-groups-prefix')
  if (claim && (!prefix || ['', '-'].includes(prefix.value)))
    yield finding(
      object,
      (prefix ?? claim).path,
      'groups',
      `The API server takes groups from the identity provider as they are: \`--oidc-groups-prefix\` is ${prefix ? 'empty' : 'not set'}.`,
    )
}

function* configured(object: KubeObject): Iterable<Found<undefined>> {
  for (const [i, issuer] of items(object.body, 'jwt').entries()) {
    const url = text(issuer, 'issuer', 'url') ?? 'the identity provider'
    for (const [claim, what] of [
      ['groups', 'groups'],
      ['username', 'user names'],
    ] as const) {
      const path: Path = ['jwt', i, 'claimMappings', claim]
      const mapping = get(object.body, ...path)
      const field = bare(mapping)
      if (!field || isGuarded(issuer, claim)) continue
      yield {
        ...finding(object, [...path, field], `${url} ${claim}`, `The API server takes ${what} from ${url} as they are.`),
        discriminator: `${url} ${claim}`,
      }
    }
  }
}

function finding(object: KubeObject, path: Path, discriminator: string, what: string): Found<undefined> {
  return {
    object,
    path,
    part: 'value',
    discriminator,
    message: `${what} ${WHY} Give them a prefix, or refuse names that begin with \`system:\`.`,
  }
}

/** The field of a mapping that lets any name through; undefined when a prefix is put before it, or a filter chooses. */
function bare(mapping: Value | undefined): 'prefix' | 'expression' | undefined {
  if (text(mapping, 'claim') !== undefined && text(mapping, 'prefix') === '') return 'prefix'
  const expression = text(mapping, 'expression')
  if (expression === undefined) return undefined
  return /["'][^"']+["']\s*\+|startsWith|\.filter\(|\bin\b/.test(expression) ? undefined : 'expression'
}

function isGuarded(issuer: Value, claim: 'groups' | 'username'): boolean {
  return items(issuer, 'userValidationRules').some((rule) => {
    const expression = text(rule, 'expression') ?? ''
    return expression.includes(`user.${claim}`) && /startsWith\(\s*["']system:/.test(expression)
  })
}

/** Source: the example of Kubernetes' documentation of structured authentication. */
function guards(old: readonly Value[]): Value[] {
  const has = (claim: 'groups' | 'username'): boolean => isGuarded({ userValidationRules: old }, claim)
  return [
    ...(has('username')
      ? []
      : [{ expression: "!user.username.startsWith('system:')", message: 'user names of Kubernetes itself are refused' }]),
    ...(has('groups')
      ? []
      : [{ expression: "user.groups.all(group, !group.startsWith('system:'))", message: 'groups of Kubernetes itself are refused' }]),
  ]
}
