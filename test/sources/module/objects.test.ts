import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { get, isUnknown, type Path, type Value } from '../../../server/model/value.ts'
import { applyEdits } from '../../../server/text/edit.ts'
import { unitsOf } from './files.ts'

function objects(text: string): readonly KubeObject[] {
  return (unitsOf({ 'main.tf': text })[0]?.objects ?? []).filter(({ group }) => group !== 'terraform')
}

const DEPLOYMENT = `resource "kubernetes_deployment_v1" "cart" {
  metadata {
    name      = "cart"
    namespace = kubernetes_namespace_v1.shop.metadata[0].name
    labels = {
      app = "cart"
    }
  }

  spec {
    replicas = "2"
    selector {
      match_labels = { app = "cart" }
    }
    template {
      metadata {
        labels = { app = "cart" }
      }
      spec {
        host_pid = true
        container {
          name  = "cart"
          image = var.image
          port {
            container_port = 8080
          }
          env {
            name  = "A"
            value = 1
          }
          env_from {
            secret_ref { name = "s" }
          }
          security_context {
            capabilities {
              drop = ["ALL"]
            }
          }
          liveness_probe {
            http_get {
              path = "/"
              port = "8080"
              http_header {
                name  = "h"
                value = "v"
              }
            }
          }
        }
        volume {
          name = "v"
          empty_dir {}
        }
        volume {
          name = "t"
          projected {
            sources {
              service_account_token { path = "token" }
            }
            default_mode = "0440"
          }
        }
      }
    }
  }
}

resource "kubernetes_namespace_v1" "shop" {
  metadata {
    name = "shop"
  }
}

variable "image" {
  default = "cart:1"
}
`

describe('resources of the kubernetes provider', () => {
  it('are the objects that they create', () => {
    const [cart] = objects(DEPLOYMENT)
    expect(cart?.body).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'cart', namespace: 'shop', labels: { app: 'cart' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'cart' } },
        template: {
          metadata: { labels: { app: 'cart' } },
          spec: {
            hostPID: true,
            automountServiceAccountToken: true,
            containers: [
              {
                name: 'cart',
                image: 'cart:1',
                ports: [{ containerPort: 8080 }],
                env: [{ name: 'A', value: '1' }],
                envFrom: [{ secretRef: { name: 's' } }],
                securityContext: {
                  capabilities: { drop: ['ALL'] },
                  allowPrivilegeEscalation: true,
                  privileged: false,
                  readOnlyRootFilesystem: false,
                },
                livenessProbe: { httpGet: { path: '/', port: 8080, httpHeaders: [{ name: 'h', value: 'v' }] } },
              },
            ],
            volumes: [
              { name: 'v', emptyDir: {} },
              { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token' } }], defaultMode: 0o440 } },
            ],
          },
        },
      },
    })
  })

  it.each<[string, string, Path, Value | undefined]>([
    [
      'no block of a policy is a policy that denies',
      'resource "kubernetes_network_policy" "x" {\n metadata { name = "x" }\n spec {\n pod_selector {}\n policy_types = ["Ingress"]\n }\n}',
      ['spec'],
      { podSelector: {}, policyTypes: ['Ingress'] },
    ],
    [
      'an empty block is a rule that admits all',
      'resource "kubernetes_network_policy" "x" {\n spec {\n pod_selector {}\n ingress {}\n egress {\n ports { port = "53" }\n to {\n ip_block { cidr = "0.0.0.0/0" }\n }\n }\n }\n}',
      ['spec'],
      { podSelector: {}, ingress: [{}], egress: [{ ports: [{ port: 53 }], to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] },
    ],
    [
      'rules of a role',
      'resource "kubernetes_cluster_role" "x" {\n rule {\n non_resource_urls = ["/m"]\n verbs = ["get"]\n }\n}',
      ['rules'],
      [{ nonResourceURLs: ['/m'], verbs: ['get'] }],
    ],
    [
      'subjects of a binding',
      'resource "kubernetes_role_binding" "x" {\n role_ref {\n name = "r"\n }\n subject {\n kind = "ServiceAccount"\n name = "s"\n }\n}',
      ['subjects'],
      [{ kind: 'ServiceAccount', name: 's', namespace: 'default' }],
    ],
    [
      'the texts of a secret',
      'resource "kubernetes_secret" "x" {\n data = { p = "q" }\n binary_data = { b = "AA==" }\n}',
      ['stringData'],
      { p: 'q' },
    ],
    [
      'hosts and paths of an ingress',
      'resource "kubernetes_ingress_v1" "x" {\n spec {\n rule {\n host = "h"\n http {\n path {\n path = "/"\n backend {\n service {\n name = "s"\n port { number = 80 }\n }\n }\n }\n }\n }\n tls { hosts = ["h"] }\n }\n}',
      ['spec'],
      {
        rules: [{ host: 'h', http: { paths: [{ path: '/', backend: { service: { name: 's', port: { number: 80 } } } }] } }],
        tls: [{ hosts: ['h'] }],
      },
    ],
    [
      'the strategy of a daemon set',
      'resource "kubernetes_daemonset" "x" {\n spec {\n strategy { type = "OnDelete" }\n }\n}',
      ['spec', 'updateStrategy', 'type'],
      'OnDelete',
    ],
    [
      'a manifest as it is',
      'resource "kubernetes_manifest" "x" {\n manifest = {\n apiVersion = "v1"\n kind = "ConfigMap"\n metadata = { name = "m" }\n data = { a = "b" }\n }\n}',
      ['data', 'a'],
      'b',
    ],
    [
      'a manifest that is text',
      'resource "kubectl_manifest" "x" {\n yaml_body = <<-Y\n apiVersion: v1\n kind: ConfigMap\n data:\n   a: "b"\n Y\n}',
      ['data', 'a'],
      'b',
    ],
    [
      'a manifest that is encoded',
      'resource "kubectl_manifest" "x" {\n yaml_body = yamlencode({ apiVersion = "v1", kind = "ConfigMap", data = { a = "b", c = x.y.z } })\n}\nresource "x" "y" {}',
      ['data', 'a'],
      'b',
    ],
    [
      'the default service account',
      'resource "kubernetes_default_service_account_v1" "x" {\n metadata { namespace = "n" }\n automount_service_account_token = false\n}',
      ['metadata', 'name'],
      'default',
    ],
    [
      'labels that are added elsewhere',
      'resource "kubernetes_namespace" "x" {\n metadata { name = "n" }\n}\nresource "kubernetes_labels" "x" {\n api_version = "v1"\n kind = "Namespace"\n metadata { name = "n" }\n labels = { a = "b" }\n}',
      ['metadata', 'labels'],
      { a: 'b' },
    ],
  ])('%s', (_, text, path, expected) => {
    expect(get(objects(text)[0]?.body, ...path)).toEqual(expected)
  })

  it('have values that are not known', () => {
    const [object] = objects(
      'resource "kubernetes_service" "x" {\n metadata { name = var.n }\n spec { type = data.a.b.c }\n}\nvariable "n" {}\ndata "a" "b" {}',
    )
    expect(object?.name).toBe('')
    expect(isUnknown(get(object?.body, 'spec', 'type') ?? null)).toBe(true)
  })
})

const TEXTS = {
  'main.tf': 'module "app" {\n  source     = "./app"\n  privileged = var.privileged\n}\nvariable "privileged" {}\n',
  'app/main.tf': `variable "privileged" {}
resource "kubernetes_pod_v1" "p" {
  metadata {
    name = "p"
  }
  spec {
    container {
      name = "c"
      security_context {
        privileged = var.privileged
      }
    }
  }
}
`,
  'prod.tfvars': 'privileged = true\n',
}
const PRIVILEGED: Path = ['spec', 'containers', 0, 'securityContext', 'privileged']

describe('a value', () => {
  const [unit] = unitsOf(TEXTS)
  const pod = unit?.objects.find(({ kind }) => kind === 'Pod')
  const slice = (location: { file: string; span: { start: number; end: number } } | undefined): string | undefined =>
    location && `${location.file} ${(TEXTS as Record<string, string>)[location.file]?.slice(location.span.start, location.span.end)}`

  it('stands where it is used, and comes from where it is decided', () => {
    if (!unit || !pod) throw new Error('no pod')
    expect(slice(unit.locate(pod, PRIVILEGED, 'value'))).toBe('app/main.tf var.privileged')
    expect(slice(unit.locate(pod, PRIVILEGED, 'key'))).toBe('app/main.tf privileged')
    expect(unit.origins(pod, PRIVILEGED).map(slice)).toEqual(['prod.tfvars true', 'app/main.tf var.privileged', 'main.tf var.privileged'])
    expect(unit.locate(pod, ['metadata', 'namespace'], 'value')).toBeUndefined()
    const at = unit.at('app/main.tf', TEXTS['app/main.tf'].indexOf('var.privileged') + 3)
    expect(at).toEqual({ object: pod, path: PRIVILEGED, part: 'value' })
  })

  it('is changed first where it comes from, then where it is used', () => {
    if (!unit || !pod) throw new Error('no pod')
    const rewritings = unit.rewrite([{ op: 'set', object: pod, path: PRIVILEGED, value: false }])
    if ('refused' in rewritings) throw new Error(rewritings.refused)
    expect(rewritings.map(({ suffix, edits }) => [suffix, edits.map(({ file, text }) => [file, text])])).toEqual([
      ['in prod.tfvars', [['prod.tfvars', 'privileged = false\n']]],
      ['', [['app/main.tf', '        privileged = false\n']]],
    ])
  })
})

describe('a change of an object', () => {
  function changed(text: string, path: Path, op: 'set' | 'remove' | 'insert', value: Value = null): string {
    const [unit] = unitsOf({ 'main.tf': text })
    const object = unit?.objects.find(({ group }) => group !== 'terraform')
    if (!unit || !object) throw new Error('no object')
    const change =
      op === 'remove' ? { op, object, path } : op === 'insert' ? { op, object, path, index: 1, value } : { op, object, path, value }
    const rewritings = unit.rewrite([change])
    if ('refused' in rewritings) throw new Error(rewritings.refused)
    return applyEdits(
      text,
      (rewritings[0]?.edits ?? []).map(({ span, text }) => ({ ...span, text })),
    )
  }
  const ROLE =
    'resource "kubernetes_role_v1" "r" {\n  metadata {\n    name = "r"\n  }\n  rule {\n    api_groups = [""]\n    resources  = ["pods"]\n    verbs      = ["*"] # all\n  }\n}\n'

  it.each<[string, string, Path, 'set' | 'remove' | 'insert', Value, [string, string]]>([
    ['sets an argument', ROLE, ['rules', 0, 'verbs'], 'set', ['get'], ['["*"] # all', '["get"] # all']],
    ['sets an item', ROLE, ['rules', 0, 'verbs', 0], 'set', 'get', ['"*"', '"get"']],
    [
      'adds an argument under its name',
      ROLE,
      ['rules', 0, 'resourceNames'],
      'set',
      ['a'],
      [
        '    api_groups = [""]\n    resources  = ["pods"]\n    verbs      = ["*"] # all',
        '    api_groups     = [""]\n    resources      = ["pods"]\n    verbs          = ["*"] # all\n    resource_names = ["a"]',
      ],
    ],
    [
      'adds a block',
      ROLE,
      ['rules'],
      'insert',
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      [
        '# all\n  }\n',
        '# all\n  }\n\n  rule {\n    api_groups = ["apps"]\n    resources  = ["deployments"]\n    verbs      = ["get"]\n  }\n',
      ],
    ],
    [
      'takes out a block',
      ROLE,
      ['rules', 0],
      'remove',
      null,
      ['  rule {\n    api_groups = [""]\n    resources  = ["pods"]\n    verbs      = ["*"] # all\n  }\n', ''],
    ],
    [
      'adds labels',
      ROLE,
      ['metadata', 'labels', 'a/b'],
      'set',
      'c',
      ['    name = "r"\n', '    name = "r"\n    labels = {\n      "a/b" = "c"\n    }\n'],
    ],
    [
      'adds nested blocks',
      DEPLOYMENT,
      ['spec', 'template', 'spec', 'containers', 0, 'securityContext', 'seccompProfile'],
      'set',
      { type: 'RuntimeDefault' },
      [
        '              drop = ["ALL"]\n            }\n',
        '              drop = ["ALL"]\n            }\n\n            seccomp_profile {\n              type = "RuntimeDefault"\n            }\n',
      ],
    ],
    [
      'writes a default that the provider would send',
      DEPLOYMENT,
      ['spec', 'template', 'spec', 'automountServiceAccountToken'],
      'set',
      false,
      ['        host_pid = true\n', '        host_pid                        = true\n        automount_service_account_token = false\n'],
    ],
  ])('%s', (_, text, path, op, value, [before, after]) => {
    expect(text).toContain(before)
    expect(changed(text, path, op, value)).toBe(text.replace(before, after))
  })

  it('writes what comes to one place in one piece', () => {
    const text = 'resource "kubernetes_namespace" "n" {\n  metadata {\n    name = "n"\n  }\n}\n'
    const [unit] = unitsOf({ 'main.tf': text })
    const object = unit?.objects.find(({ kind }) => kind === 'Namespace')
    if (!unit || !object) throw new Error('no object')
    const set = (key: string) => ({ op: 'set' as const, object, path: ['metadata', 'labels', key], value: 'v' })
    const rewritings = unit.rewrite([set('a'), set('b')])
    if ('refused' in rewritings) throw new Error(rewritings.refused)
    expect(rewritings[0]?.edits.map(({ text }) => text)).toEqual(['    labels = {\n      a = "v"\n      b = "v"\n    }\n'])
  })

  it('creates a resource, in its namespace by reference', () => {
    const [unit] = unitsOf({ 'main.tf': DEPLOYMENT })
    const beside = unit?.objects.find(({ kind }) => kind === 'Deployment')
    if (!unit || !beside) throw new Error('no object')
    const body = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'default-deny', namespace: 'shop' },
      spec: {
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        egress: [{ to: [{ podSelector: { matchLabels: { app: 'x' } } }], ports: [{ protocol: 'UDP', port: 53 }] }],
      },
    }
    const rewritings = unit.rewrite([{ op: 'create', beside, body }])
    if ('refused' in rewritings) throw new Error(rewritings.refused)
    const text = applyEdits(
      DEPLOYMENT,
      (rewritings[0]?.edits ?? []).map(({ span, text }) => ({ ...span, text })),
    )
    expect(text).toBe(`${DEPLOYMENT}
resource "kubernetes_network_policy_v1" "default_deny" {
  metadata {
    name      = "default-deny"
    namespace = kubernetes_namespace_v1.shop.metadata[0].name
  }

  spec {
    policy_types = ["Ingress", "Egress"]

    pod_selector {}

    egress {
      to {
        pod_selector {
          match_labels = {
            app = "x"
          }
        }
      }

      ports {
        protocol = "UDP"
        port     = 53
      }
    }
  }
}
`)
    const made = unitsOf({ 'main.tf': text })[0]?.objects.find(({ kind }) => kind === 'NetworkPolicy')
    expect(made?.body).toEqual(body)
  })
})

describe('documents that are read from files', () => {
  const YAML =
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: b\n  namespace: shop\nspec:\n  template:\n    spec:\n      hostPID: true\n'
  const HOST: Path = ['spec', 'template', 'spec', 'hostPID']

  it.each<[string, string]>([
    [
      'documents of a file',
      'data "kubectl_file_documents" "d" {\n  content = file("${path.module}/k/all.yaml")\n}\nresource "kubectl_manifest" "k" {\n  for_each  = data.kubectl_file_documents.d.manifests\n  yaml_body = each.value\n}\n',
    ],
    [
      'documents of several files, counted',
      'data "kubectl_path_documents" "d" {\n  pattern = "./k/*.yaml"\n}\nresource "kubectl_manifest" "k" {\n  count     = length(data.kubectl_path_documents.d.documents)\n  yaml_body = element(data.kubectl_path_documents.d.documents, count.index)\n}\n',
    ],
    [
      'names of files',
      'data "kubectl_filename_list" "d" {\n  pattern = "./k/[a-z]*.yaml"\n}\ndata "kubectl_file_documents" "f" {\n  content = file(data.kubectl_filename_list.d.matches[0])\n}\nresource "kubectl_manifest" "k" {\n  for_each  = data.kubectl_file_documents.f.manifests\n  yaml_body = each.value\n}\n',
    ],
    [
      'a manifest',
      'resource "kubernetes_manifest" "k" {\n  for_each = { for d in split("---\\n", file("k/all.yaml")) : yamldecode(d).kind => yamldecode(d) }\n  manifest = each.value\n}\n',
    ],
  ])('are objects: %s', (name, text) => {
    const texts: Record<string, string> = { 'main.tf': text, 'k/all.yaml': YAML }
    const [unit] = unitsOf(texts)
    const made = (unit?.objects ?? []).filter(({ group }) => group !== 'terraform')
    expect(made.map(({ id }) => id).sort()).toEqual(['/ConfigMap//a', 'apps/Deployment/shop/b'])
    expect(unit?.problems).toEqual([])
    if (name === 'a manifest') return
    const deployment = made.find(({ kind }) => kind === 'Deployment')
    if (!unit || !deployment) throw new Error('no deployment')
    const at = unit.locate(deployment, HOST, 'value')
    expect(at && texts[at.file]?.slice(at.span.start - 9, at.span.end)).toBe('hostPID: true')
    const rewritings = unit.rewrite([{ op: 'set', object: deployment, path: HOST, value: false }])
    if ('refused' in rewritings) throw new Error(rewritings.refused)
    expect(
      applyEdits(
        YAML,
        (rewritings[0]?.edits ?? []).map(({ span, text }) => ({ ...span, text })),
      ),
    ).toBe(YAML.replace('hostPID: true', 'hostPID: false'))
  })

  it('are filled in where they are templates', () => {
    const [unit] = unitsOf({
      'main.tf':
        'data "kubectl_path_documents" "d" {\n  pattern = "k/*.yaml"\n  vars    = { name = "x" }\n}\nresource "kubectl_manifest" "k" {\n  for_each  = data.kubectl_path_documents.d.manifests\n  yaml_body = each.value\n}\n',
      'k/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n',
    })
    expect(unit?.objects.map(({ id }) => id)).toContain('/ConfigMap//x')
  })
})
