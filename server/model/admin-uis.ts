import { imageName } from './images.ts'
import { text } from './value.ts'
import type { Workload } from './workload.ts'

/** A program whose pages or API administer something. */
export interface AdminUi {
  readonly name: string
  /** What it asks of its visitors as it comes: nothing, or a password. */
  readonly login: 'none' | 'password'
}

/** By the end of the image's repository. Source: the programs' documentation of their defaults. */
const UIS: readonly (readonly [image: RegExp, name: string, login: AdminUi['login']])[] = [
  [/(^|\/)prometheus$/, 'Prometheus', 'none'],
  [/(^|\/)alertmanager$/, 'Alertmanager', 'none'],
  [/(^|\/)(jaeger-query|all-in-one|jaeger)$/, 'Jaeger', 'none'],
  [/(^|\/)zipkin$/, 'Zipkin', 'none'],
  [/(^|\/)kibana(-oss)?$/, 'Kibana', 'none'],
  [/(^|\/)opensearch-dashboards$/, 'OpenSearch Dashboards', 'password'],
  [/(^|\/)(elasticsearch|elasticsearch-oss|opensearch)$/, 'Elasticsearch', 'none'],
  [/(^|\/)loki$/, 'Loki', 'none'],
  [/(^|\/)flower$/, 'Flower', 'none'],
  [/(^|\/)kiali$/, 'Kiali', 'password'],
  [/(^|\/)(kube-ops-view|k8dash|skooner|octant|weave-scope|scope)$/, 'a view of the cluster', 'none'],
  [/(^|\/)(argocd|argo-cd)$/, 'Argo CD', 'password'],
  [/(^|\/)(argocli|argo-server)$/, 'Argo Workflows', 'none'],
  [/(^|\/)grafana(-oss|-enterprise)?$/, 'Grafana', 'password'],
  [/(^|\/)(kubernetes-dashboard(-amd64)?|kubernetesui\/dashboard(-web|-api)?)$/, 'the Kubernetes Dashboard', 'password'],
  [/(^|\/)headlamp$/, 'Headlamp', 'password'],
  [/(^|\/)(jenkins|jenkins-lts)$/, 'Jenkins', 'password'],
  [/(^|\/)airflow$/, 'Airflow', 'password'],
  [/(^|\/)phpmyadmin$/, 'phpMyAdmin', 'password'],
  [/(^|\/)(pgadmin4?|pgadmin)$/, 'pgAdmin', 'password'],
  [/(^|\/)(adminer|mongo-express|redis-commander|redisinsight|cerebro|kafdrop|kafka-ui|akhq|cmak)$/, 'an administration of data', 'none'],
  [/(^|\/)minio$/, 'MinIO', 'password'],
  [/(^|\/)rabbitmq$/, 'RabbitMQ', 'password'],
  [/(^|\/)(portainer|portainer-ce)$/, 'Portainer', 'password'],
  [/(^|\/)vault$/, 'Vault', 'password'],
  [/(^|\/)consul$/, 'Consul', 'none'],
  [/(^|\/)rancher$/, 'Rancher', 'password'],
]

/** The one that a workload runs, if any. */
export function adminUiOf(workload: Workload): AdminUi | undefined {
  for (const { type, body } of workload.containers) {
    const image = text(body, 'image')
    if (type !== 'container' || image === undefined) continue
    const { name } = imageName(image)
    const found = UIS.find(([pattern]) => pattern.test(name))
    if (found) return { name: found[1], login: found[2] }
  }
  return undefined
}
