import { chartsOf, describesCluster, imagesOf } from '../../server/model/cluster-scope.ts'
import { defineRule } from '../../server/model/rule.ts'

const DETECTORS =
  /(^|\/)(falco[a-z-]*|tetragon[a-z-]*|kubearmor[a-z-]*|tracee[a-z-]*|sysdig[a-z-]*|agent-slim|neuvector[a-z-]*|enforcer|collector|stackrox[a-z-]*|secured-cluster-services|kubescape[a-z-]*|node-agent|falcon-sensor|wazuh[a-z-]*|microsoft-defender[a-z-]*|aws-guardduty-agent)$/

const CUSTOM = [
  'instance.falcosecurity.dev/Falco',
  'operator.kubearmor.com/KubeArmorConfig',
  'platform.stackrox.io/SecuredCluster',
  'falcon.crowdstrike.com/FalconNodeSensor',
]

export default defineRule<'environment', 'objects' | 'workloads'>({
  name: 'runtime-detection-absent',
  title: 'Nothing in the cluster detects threats as they happen',
  pillar: 'monitoring',
  severity: 'hint',
  auditOnly: true,
  absence: true,
  controls: { nsa: ['Log'], nist80053: ['SI-4', 'SI-4(23)'], nist800207: ['5', '7'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'environment',
  reads: ['objects', 'workloads'],
  *check(environment, { facts }) {
    const { objects, workloads } = facts
    const { first } = environment
    if (!first || !describesCluster(objects, workloads)) return
    const images = workloads.flatMap(imagesOf).map((image) => image.replace(/[:@].*$/, ''))
    if ([...images, ...chartsOf(objects)].some((name) => DETECTORS.test(name)) || CUSTOM.some((kind) => objects(kind).length > 0)) return
    yield {
      object: first,
      path: ['kind'],
      part: 'value',
      about: `environment ${environment.name}`,
      message:
        'No runtime detection (Falco, Tetragon, KubeArmor …) is seen in this cluster: a shell in a container or a read token goes unnoticed. Install one, and send its alerts where somebody reads them.',
    }
  },
})
