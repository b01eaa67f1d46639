import { text } from './value.ts'
import type { Workload } from './workload.ts'

/**
 * Images of programs whose work is on the node itself: network and storage plugins, log and metric agents,
 * device plugins, detection. What they may do to their node is their purpose; whoever runs them knows it.
 */
const NODE_AGENTS =
  /(^|\/)(calico\/[a-z-]+|cilium\/[a-z-]+|aws-k8s-cni|aws-node|amazon-k8s-cni|antrea|calico|canal|cilium|cni|flannel|kube-router|multus|ovn|weave|istio-cni|install-cni|ztunnel|linkerd2-cni|cni-plugin|kube-proxy|node-problem-detector|node-exporter|node_exporter|cadvisor|promtail|alloy|fluent-bit|fluentd|fluentd-kubernetes-daemonset|filebeat|metricbeat|auditbeat|elastic-agent|vector|otel[a-z-]*|opentelemetry-collector[a-z-]*|datadog-agent|agent|newrelic[a-z-]*|infrastructure|nrsysmond|sysdig|dynatrace-oneagent|oneagent|falco[a-z-]*|tetragon|tracee|kubearmor|sysdig-agent|node-agent|falcon-sensor|csi-[a-z-]*|[a-z-]*-csi|[a-z-]*-csi-[a-z-]*|livenessprobe|node-driver-registrar|longhorn[a-z-]*|rook|ceph|cephcsi|openebs[a-z-]*|node-disk-[a-z-]*|local-path-provisioner|local-volume-provisioner|nvidia-device-plugin|k8s-device-plugin|gpu-[a-z-]*|dcgm-exporter|intel-[a-z-]*-plugin|sriov-[a-z-]*|node-feature-discovery|kured|nodelocaldns|k8s-dns-node-cache|metallb|speaker|kube-vip|keepalived[a-z-]*|node-local-[a-z-]*|machine-config-[a-z-]*|kubelet|spire-agent|secrets-store-csi-[a-z-]*|eks-pod-identity-agent|gke-metadata-server|kube-bench|trivy-operator|node-collector|bpfman|pixie|pem|parca-agent|beyla|coroot-node-agent)(@|:|$)/i

/** Whether a workload is known to work on its node: a DaemonSet with such a program among its long-running containers. */
export function isNodeAgent(workload: Workload): boolean {
  const images = workload.containers.filter(({ type }) => type === 'container').map(({ body }) => text(body, 'image') ?? '')
  return workload.object.kind === 'DaemonSet' && images.some((image) => NODE_AGENTS.test(image))
}
