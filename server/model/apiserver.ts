import type { KubeObject } from './object.ts'
import { KUBEADM_KINDS, kubeadmPath, type Program, type ProgramFlag, programInKops, programInKubeadm, programInPod } from './program.ts'

/** How an API server is started, as far as an object says. */
export type ApiServer = Program
export type ApiServerFlag = ProgramFlag

/** The kinds in which static pods are written, and what runs as one elsewhere. */
export const CONTROL_PLANE_PODS: readonly string[] = ['/Pod', 'apps/Deployment', 'apps/DaemonSet', 'apps/StatefulSet']

export const APISERVER_KINDS: readonly string[] = [...CONTROL_PLANE_PODS, ...KUBEADM_KINDS, 'kops.k8s.io/Cluster']

/** Undefined when an object starts no API server. */
export function apiServerOf(object: KubeObject): ApiServer | undefined {
  const configuration = kubeadmPath(object)
  if (configuration) return programInKubeadm(object, [...configuration, 'apiServer'])
  if (object.group === 'kops.k8s.io') return programInKops(object, 'kubeAPIServer')
  return programInPod(object, /(^|\/)kube-apiserver$/)
}
