import { inSameModule, refersTo } from '../../server/model/cloud/references.ts'
import type { ObjectsByKind } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, text } from '../../server/model/value.ts'

const FORWARDING = ['terraform/google_compute_forwarding_rule', 'terraform/google_compute_global_forwarding_rule']
const BALANCERS = ['terraform/aws_lb', 'terraform/aws_alb']

export default defineRule<'object', 'objects'>({
  name: 'load-balancer-plaintext',
  title: 'Load balancer serves what it should redirect',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557', 'T1040'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'terraform/aws_lb_listener',
    'terraform/aws_alb_listener',
    'terraform/google_compute_target_http_proxy',
    'terraform/azurerm_application_gateway',
  ],
  reads: ['objects'],
  *check(object, { facts }) {
    const of = inSameModule(facts.objects, object)
    if (object.kind.startsWith('aws_')) yield* checkAws(object, of)
    else if (object.kind.startsWith('google_')) yield* checkGoogle(object, of)
    else yield* checkAzure(object)
  },
  *fix({ object }) {
    if (!object.kind.startsWith('aws_')) return
    const action: Path = ['spec', 'default_action', 0]
    if (items(object.body, 'spec', 'default_action').length !== 1) return
    yield {
      title: 'Redirect to HTTPS: there must be a listener on 443',
      applicability: 'hardening',
      changes: [
        { op: 'set', object, path: [...action, 'type'], value: 'redirect' },
        ...(get(object.body, ...action, 'target_group_arn') === undefined
          ? []
          : [{ op: 'remove' as const, object, path: [...action, 'target_group_arn'] }]),
        { op: 'set', object, path: [...action, 'redirect'], value: [{ port: '443', protocol: 'HTTPS', status_code: 'HTTP_301' }] },
      ],
    }
  },
})

function say(object: KubeObject, path: Path, discriminator?: string): Found<undefined> {
  return {
    object,
    path,
    part: 'value',
    ...(discriminator === undefined ? {} : { discriminator }),
    message: `\`${object.name}\` serves over plain HTTP: whoever is on the way reads and changes what passes. Redirect to HTTPS.`,
  }
}

function* checkAws(object: KubeObject, of: ObjectsByKind): Iterable<Found<undefined> | Skipped> {
  const path: Path = ['spec', 'protocol']
  const protocol = get(object.body, ...path)
  if (isUnknown(protocol)) yield { notEvaluated: object, path }
  // Without a protocol it is a network load balancer's, which takes no HTTP.
  if (protocol !== 'HTTP') return
  const serves = items(object.body, 'spec', 'default_action').some((action) =>
    /^(?:forward|authenticate-.*)$/.test(text(action, 'type') ?? ''),
  )
  if (!serves) return
  const arn = get(object.body, 'spec', 'load_balancer_arn')
  const balancer = BALANCERS.flatMap((kind) => of(kind)).find((each) => refersTo(arn, each.name))
  const internal = balancer && get(balancer.body, 'spec', 'internal')
  const severity = internal === true ? 'hint' : internal === undefined && balancer ? 'warning' : 'information'
  yield { ...say(object, path), severity }
}

function* checkGoogle(object: KubeObject, of: ObjectsByKind): Iterable<Found<undefined> | Skipped> {
  const path: Path = ['spec', 'url_map']
  const map = get(object.body, ...path)
  const own = of('terraform/google_compute_url_map').find((each) => refersTo(map, each.name))
  if (!own) yield { notEvaluated: object, path }
  else if (get(own.body, 'spec', 'default_url_redirect') === undefined) {
    const rules = FORWARDING.flatMap((kind) => of(kind)).filter((rule) => refersTo(get(rule.body, 'spec', 'target'), object.name))
    const internal = rules.length > 0 && rules.every((rule) => /^INTERNAL/.test(text(rule.body, 'spec', 'load_balancing_scheme') ?? ''))
    yield { ...say(object, path), ...(internal ? { severity: 'hint' } : {}) }
  }
}

function* checkAzure(object: KubeObject): Iterable<Found<undefined>> {
  const rules = items(object.body, 'spec', 'request_routing_rule')
  for (const [i, listener] of items(object.body, 'spec', 'http_listener').entries()) {
    const name = get(listener, 'name')
    if (text(listener, 'protocol') !== 'Http') continue
    const own = rules.filter((rule) => typeof name === 'string' && text(rule, 'http_listener_name') === name)
    // What another rule does with it is told there.
    if (own.some((rule) => get(rule, 'backend_address_pool_name') !== undefined && get(rule, 'redirect_configuration_name') === undefined))
      yield say(object, ['spec', 'http_listener', i, 'protocol'], String(name))
  }
}
