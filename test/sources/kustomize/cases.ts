import type { Texts } from './build.ts'

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: app, image: "nginx:1.0", env: [{name: A, value: "1"}, {name: B, value: "2"}]}
      - {name: side, image: side}
`

/** Each case: the files beside `kustomization.yaml`, and what comes out. */
export const CASES: readonly { readonly says: string; readonly files: Texts; readonly gives: string }[] = [
  {
    says: 'objects come out in the legacy order, whatever the order of the files',
    files: {
      'kustomization.yaml': 'resources: [all.yaml]',
      'all.yaml': `
apiVersion: v1
kind: Service
metadata: {name: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
apiVersion: v1
kind: Service
metadata: {name: a}
---
apiVersion: v1
kind: Namespace
metadata: {name: net}
`,
    },
    gives: `
{apiVersion: v1, kind: Namespace, metadata: {name: net}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
---
{apiVersion: v1, kind: Service, metadata: {name: a}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}}
`,
  },
  {
    says: 'fifo keeps the order of the files',
    files: {
      'kustomization.yaml': 'sortOptions: {order: fifo}\nresources: [b.yaml, a.yaml]',
      'a.yaml': '{apiVersion: v1, kind: Namespace, metadata: {name: a}}',
      'b.yaml': '{apiVersion: v1, kind: Service, metadata: {name: b}}',
    },
    gives: '{apiVersion: v1, kind: Service, metadata: {name: b}}\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: a}}',
  },
  {
    says: 'words that only YAML 1.1 takes for booleans stay text, and annotations become text',
    files: {
      'kustomization.yaml': 'resources: [c.yaml]',
      'c.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations: {a: 1, b: true}\ndata: {on: yes, n: "no", t: true, o: 0644}',
    },
    gives:
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {a: "1", b: "true"}}\ndata: {"on": "yes", "n": "no", t: true, o: 420}',
  },
  {
    says: 'a strategic merge merges containers and variables by name, those of the patch first, and deletes what it says',
    files: {
      'kustomization.yaml': 'resources: [web.yaml]\npatches: [{path: patch.yaml}]',
      'web.yaml': WEB,
      'patch.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: side, $patch: delete}
      - {name: app, image: null, env: [{name: C, value: "3"}, {name: B, value: two}]}
      - {name: new, image: new}
`,
    },
    gives: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: app, env: [{name: C, value: "3"}, {name: B, value: two}, {name: A, value: "1"}]}
      - {name: new, image: new}
`,
  },
  {
    says: 'lists of kinds that kustomize does not know are replaced, unless a schema says by what they merge',
    files: {
      'kustomization.yaml': 'resources: [x.yaml]\npatches: [{path: patch.yaml}]',
      'x.yaml': 'apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec: {list: [{name: a, v: 1}, {name: b, v: 1}]}',
      'patch.yaml': 'apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec: {list: [{name: b, v: 2}]}',
    },
    gives: 'apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec: {list: [{name: b, v: 2}]}',
  },
  {
    says: 'an openapi schema gives merge keys to custom resources',
    files: {
      'kustomization.yaml': 'openapi: {path: schema.json}\nresources: [x.yaml]\npatches: [{path: patch.yaml}]',
      'schema.json': JSON.stringify({
        definitions: {
          'v1.X': {
            properties: {
              spec: {
                properties: {
                  list: {
                    type: 'array',
                    items: { type: 'object' },
                    'x-kubernetes-patch-strategy': 'merge',
                    'x-kubernetes-patch-merge-key': 'name',
                  },
                },
              },
            },
            'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'X' }],
          },
        },
      }),
      'x.yaml': 'apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec: {list: [{name: a, v: 1}, {name: b, v: 1}]}',
      'patch.yaml': 'apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec: {list: [{name: b, v: 2}]}',
    },
    gives: 'apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec: {list: [{name: b, v: 2}, {name: a, v: 1}]}',
  },
  {
    says: 'a map says $patch: replace, and a primitive list of a known kind is merged',
    files: {
      'kustomization.yaml': 'resources: [s.yaml]\npatches: [{path: patch.yaml}]',
      's.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s, finalizers: [a]}\nspec: {selector: {app: s, tier: web}}',
      'patch.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s, finalizers: [b]}\nspec: {selector: {$patch: replace, app: t}}',
    },
    gives: 'apiVersion: v1\nkind: Service\nmetadata: {name: s, finalizers: [b, a]}\nspec: {selector: {app: t}}',
  },
  {
    says: 'a number for a quoted text is text',
    files: {
      'kustomization.yaml':
        'resources: [c.yaml]\npatches: [{patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: 2, b: 2}}"}]',
      'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "1", b: 1}',
    },
    gives: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: "2", b: 2}',
  },
  {
    says: 'a JSON patch applies to every object of its target, whose parts are anchored patterns',
    files: {
      'kustomization.yaml': `
resources: [all.yaml]
patches:
- target: {kind: ConfigMap, name: app-.*, labelSelector: "team in (a, b), !old"}
  patch: |-
    - {op: add, path: /metadata/annotations/x~1y, value: "1"}
    - {op: replace, path: /data/new, value: added}
    - {op: remove, path: /data/gone}
`,
      'all.yaml': `
{apiVersion: v1, kind: ConfigMap, metadata: {name: app-a, labels: {team: a}}, data: {gone: "1"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: my-app-a, labels: {team: a}}, data: {gone: "1"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: app-o, labels: {team: a, old: "1"}}, data: {gone: "1"}}
`,
    },
    gives: `
{apiVersion: v1, kind: ConfigMap, metadata: {name: app-a, labels: {team: a}, annotations: {x/y: "1"}}, data: {new: added}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: app-o, labels: {team: a, old: "1"}}, data: {gone: "1"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: my-app-a, labels: {team: a}}, data: {gone: "1"}}
`,
  },
  {
    says: 'a patch may rename an object and change its kind only where it is allowed to',
    files: {
      'kustomization.yaml': `
resources: [all.yaml]
patches:
- {target: {name: a}, options: {allowNameChange: true}, patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: z}}"}
- {target: {name: b}, patch: "{apiVersion: v1, kind: Secret, metadata: {name: y}}"}
`,
      'all.yaml': '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}',
    },
    gives: '{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: z}}',
  },
  {
    says: 'names are prefixed and referred to; a namespace is set, also for the default account and on webhooks',
    files: {
      'kustomization.yaml': 'namePrefix: p-\nnameSuffix: -s\nnamespace: ns\nresources: [all.yaml]',
      'all.yaml': `
{apiVersion: v1, kind: Namespace, metadata: {name: old}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: sa}, {kind: ServiceAccount, name: default}, {kind: User, name: ann}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w, clientConfig: {service: {name: s, namespace: default}}}]
---
{apiVersion: v1, kind: Service, metadata: {name: s}}
`,
    },
    gives: `
{apiVersion: v1, kind: Namespace, metadata: {name: ns}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: p-sa-s, namespace: ns}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: p-r-s}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: p-b-s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: p-r-s}
subjects: [{kind: ServiceAccount, name: p-sa-s, namespace: ns}, {kind: ServiceAccount, name: default, namespace: ns}, {kind: User, name: ann}]
---
{apiVersion: v1, kind: Service, metadata: {name: p-s-s, namespace: ns}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: p-w-s}
webhooks: [{name: w, clientConfig: {service: {name: p-s-s, namespace: ns}}}]
`,
  },
  {
    says: 'labels go into selectors and templates only where they are told to',
    files: {
      'kustomization.yaml': `
labels:
- {pairs: {plain: "1"}}
- {pairs: {templates: "1"}, includeTemplates: true}
- {pairs: {selectors: "1"}, includeSelectors: true}
commonAnnotations: {note: x}
resources: [all.yaml]
`,
      'all.yaml': `
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {selector: {app: a}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: net}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]}
`,
    },
    gives: `
apiVersion: v1
kind: Service
metadata: {name: s, labels: {plain: "1", templates: "1", selectors: "1"}, annotations: {note: x}}
spec: {selector: {app: a, selectors: "1"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {plain: "1", templates: "1", selectors: "1"}, annotations: {note: x}}
spec:
  selector: {matchLabels: {app: a, selectors: "1"}}
  template: {metadata: {labels: {app: a, templates: "1", selectors: "1"}, annotations: {note: x}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: net, labels: {plain: "1", templates: "1", selectors: "1"}, annotations: {note: x}}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: b, selectors: "1"}}}]}]}
`,
  },
  {
    says: 'images change by name, with tag, digest or suffix (which kustomize adds twice); replicas are set',
    files: {
      'kustomization.yaml': `
resources: [d.yaml]
images:
- {name: nginx, newTag: "2"}
- {name: host:5000/db, newName: db, digest: "sha256:ab"}
- {name: side, tagSuffix: -alpine}
replicas: [{name: d, count: 3}]
`,
      'd.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  template:
    spec:
      initContainers: [{name: i, image: "side:1@sha256:cd"}]
      containers: [{name: a, image: "nginx:1@sha256:ef"}, {name: b, image: "host:5000/db:1"}, {name: c, image: mynginx}]
`,
    },
    gives: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 3
  template:
    spec:
      initContainers: [{name: i, image: "side:1-alpine-alpine"}]
      containers: [{name: a, image: "nginx:2"}, {name: b, image: "db@sha256:ab"}, {name: c, image: mynginx}]
`,
  },
  {
    says: 'generated objects end in the hash of their content, and are referred to by it',
    files: {
      'kustomization.yaml': `
resources: [pod.yaml]
configMapGenerator:
- {name: c, literals: [a=b, "q='x y'"], files: [app.conf, other=app.conf], envs: [app.env]}
secretGenerator:
- {name: s, type: t, literals: [k=<v>], options: {labels: {l: "1"}, immutable: true}}
generatorOptions: {annotations: {note: x}}
`,
      'app.conf': 'x\n',
      'app.env': '# comment\nE=1=2\n\n  F\n',
      'pod.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{name: v, configMap: {name: c}}, {name: w, secret: {secretName: s}}]}',
    },
    gives: `
apiVersion: v1
kind: ConfigMap
metadata: {name: c-fbd65g2kf2, annotations: {note: x}}
data: {a: b, q: x y, app.conf: "x\\n", other: "x\\n", E: "1=2", F: ""}
---
apiVersion: v1
kind: Secret
metadata: {name: s-gf7gtk5778, labels: {l: "1"}, annotations: {note: x}}
type: t
immutable: true
data: {k: PHY+}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {volumes: [{name: v, configMap: {name: c-fbd65g2kf2}}, {name: w, secret: {secretName: s-gf7gtk5778}}]}
`,
  },
  {
    says: 'a generator merges into what a base generated, and the hash follows',
    files: {
      'kustomization.yaml':
        'resources: [base]\nconfigMapGenerator: [{name: c, behavior: merge, literals: [b=2]}, {name: d, behavior: replace, literals: [z=1]}]',
      'base/kustomization.yaml':
        'configMapGenerator: [{name: c, literals: [a=1, b=1]}, {name: d, literals: [a=1], options: {disableNameSuffixHash: true}}]',
    },
    gives: `
{apiVersion: v1, kind: ConfigMap, metadata: {name: c-7gdc49gk6d}, data: {a: "1", b: "2"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: d}, data: {z: "1"}}
`,
  },
  {
    says: 'a component works on what its user has, after the resources and before the transformers',
    files: {
      'kustomization.yaml': 'namePrefix: p-\nresources: [web.yaml]\ncomponents: [part]',
      'web.yaml': '{apiVersion: v1, kind: Service, metadata: {name: web}}',
      'part/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [more.yaml]\npatches: [{target: {name: web}, patch: "- {op: add, path: /spec, value: {type: NodePort}}"}]',
      'part/more.yaml': '{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}',
    },
    gives:
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: p-more}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: p-web}, spec: {type: NodePort}}',
  },
  {
    says: 'replacements copy values, whole or in part, into many fields',
    files: {
      'kustomization.yaml': `
resources: [all.yaml]
replacements:
- source: {kind: ConfigMap, name: c, fieldPath: data.host}
  targets:
  - select: {kind: Service}
    fieldPaths: [metadata.annotations.host]
    options: {create: true}
  - select: {kind: Pod, name: p.*}
    reject: [{name: p2}]
    fieldPaths: ["spec.containers.[name=a].env.[name=URL].value", "spec.containers.*.image"]
    options: {delimiter: /, index: 1}
`,
      'all.yaml': `
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {host: example.com}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p1}, spec: {containers: [{name: a, image: x/y, env: [{name: URL, value: a/b/c}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p2}, spec: {containers: [{name: a, image: x/y}]}}
`,
    },
    gives: `
{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {host: example.com}}
---
{apiVersion: v1, kind: Service, metadata: {name: s, annotations: {host: example.com}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p1}, spec: {containers: [{name: a, image: x/example.com, env: [{name: URL, value: a/example.com/c}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p2}, spec: {containers: [{name: a, image: x/y}]}}
`,
  },
  {
    says: 'variables read the final value and keep its type where they stand alone',
    files: {
      'kustomization.yaml': `
namePrefix: p-
resources: [all.yaml]
vars:
- {name: NAME, objref: {apiVersion: v1, kind: Service, name: s}}
- {name: PORT, objref: {apiVersion: v1, kind: Service, name: s}, fieldref: {fieldpath: "spec.ports[0].port"}}
`,
      'all.yaml': `
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, args: ["http://$(NAME):$(PORT)/", "$$(NAME)", $(OTHER)], command: [$(PORT)]}]}}
`,
    },
    gives: `
{apiVersion: v1, kind: Service, metadata: {name: p-s}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p-p}, spec: {containers: [{name: a, args: ["http://p-s:80/", "$(NAME)", $(OTHER)], command: [80]}]}}
`,
  },
  {
    says: 'transformers and generators may be files or inline',
    files: {
      'kustomization.yaml': `
resources: [c.yaml]
generators:
- |-
  apiVersion: builtin
  kind: ConfigMapGenerator
  metadata: {name: made}
  literals: [a=1]
transformers: [labels.yaml]
`,
      'labels.yaml':
        'apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: any}\nlabels: {l: "1"}\nfieldSpecs: [{path: metadata/labels, create: true, kind: Secret}]',
      'c.yaml': '{apiVersion: v1, kind: Secret, metadata: {name: c}}',
    },
    gives: `
{apiVersion: v1, kind: ConfigMap, metadata: {name: made-h29d89cmmt}, data: {a: "1"}}
---
{apiVersion: v1, kind: Secret, metadata: {name: c, labels: {l: "1"}}}
`,
  },
  {
    says: 'configurations add fields that hold names, and restrict prefixes to kinds',
    files: {
      'kustomization.yaml': 'namePrefix: p-\nresources: [all.yaml]\nconfigurations: [config.yaml]',
      'config.yaml':
        'nameReference: [{kind: Secret, version: v1, fieldSpecs: [{kind: X, path: spec/secret}]}]\nnamePrefix: [{path: metadata/name, kind: Secret}]',
      'all.yaml':
        '{apiVersion: v1, kind: Secret, metadata: {name: s}}\n---\n{apiVersion: example.com/v1, kind: X, metadata: {name: x}, spec: {secret: s}}',
    },
    gives:
      '{apiVersion: v1, kind: Secret, metadata: {name: p-s}}\n---\n{apiVersion: example.com/v1, kind: X, metadata: {name: x}, spec: {secret: p-s}}',
  },
  {
    says: 'the same base twice, told apart by prefix, refers each to its own',
    files: {
      'kustomization.yaml': 'resources: [a, b]',
      'a/kustomization.yaml': 'namePrefix: a-\nresources: [../base]',
      'b/kustomization.yaml': 'namePrefix: b-\nresources: [../base]',
      'base/kustomization.yaml': 'resources: [all.yaml]',
      'base/all.yaml':
        '{apiVersion: v1, kind: Secret, metadata: {name: s}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {imagePullSecrets: [{name: s}]}}',
    },
    gives: `
{apiVersion: v1, kind: Secret, metadata: {name: a-s}}
---
{apiVersion: v1, kind: Secret, metadata: {name: b-s}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a-p}, spec: {imagePullSecrets: [{name: a-s}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b-p}, spec: {imagePullSecrets: [{name: b-s}]}}
`,
  },
  {
    says: 'legacy fields still work: bases, imageTags, patchesStrategicMerge and patchesJson6902',
    files: {
      'kustomization.yaml': `
bases: [base]
imageTags: [{name: side, newTag: "9"}]
patchesStrategicMerge:
- |-
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec: {replicas: 2}
patchesJson6902:
- target: {group: apps, version: v1, kind: Deployment, name: web}
  path: ops.json
`,
      'ops.json': '[{"op": "remove", "path": "/spec/template/spec/containers/0"}]',
      'base/kustomization.yaml': 'resources: [web.yaml]',
      'base/web.yaml': WEB,
    },
    gives:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, template: {spec: {containers: [{name: side, image: "side:9"}]}}}',
  },
  {
    says: 'objects that only configure kustomize are left out, and lists are unfolded',
    files: {
      'kustomization.yaml': 'resources: [list.yaml]',
      'list.yaml':
        'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a, annotations: {config.kubernetes.io/local-config: "true"}}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}',
    },
    gives: '{apiVersion: v1, kind: Secret, metadata: {name: b}}',
  },
]
