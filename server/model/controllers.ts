import { text } from './value.ts'
import type { Workload } from './workload.ts'

/**
 * Images of controllers that many clusters run, and that need far-reaching permissions for what they are for:
 * the end of the repository's path, `*` for any part of a name. Whoever installs one knows that; what matters
 * is who can reach it.
 */
const CONTROLLERS = `
argocd argo-cd argo-rollouts workflow-controller argocli actions-runner-controller
aws-load-balancer-controller aws-alb-ingress-controller amazon/aws-load-balancer-controller karpenter/controller
calico/kube-controllers tigera/operator cilium/operator* hubble-* antrea-controller
capi-* cluster-api-* cluster-autoscaler vpa-* vertical-pod-autoscaler cluster-proportional-autoscaler* descheduler
cert-manager-controller cert-manager-cainjector cert-manager-webhook cert-manager-acmesolver trust-manager
cloudnative-pg postgres-operator mysql-operator mongodb-* redis-operator rabbitmq-cluster-operator strimzi/operator eck-operator
contour traefik kong kubernetes-ingress-controller haproxy-ingress nginx-ingress-controller nginx-ingress
ingress-nginx/controller ingress-nginx-controller kube-webhook-certgen gloo
crossplane/crossplane crossplane-* operator-lifecycle-manager olm
external-dns external-secrets sealed-secrets-controller sealed-secrets vault-k8s vault-secrets-operator secrets-store-csi-driver
source-controller kustomize-controller helm-controller notification-controller image-automation-controller
image-reflector-controller flux-operator helm-operator tiller
gatekeeper kyverno kyverno-* kyvernopre background-controller cleanup-controller reports-controller
pilot istiod istio-operator linkerd-* linkerd2-* knative-* tekton-*
jaeger-operator opentelemetry-operator grafana-operator prometheus-operator prometheus-adapter kube-state-metrics metrics-server*
keda keda-* kueue kiali kiali-operator kubevirt-* virt-*
local-path-provisioner nfs-subdir-external-provisioner rook/ceph longhorn-manager metallb-* metallb/controller metallb/speaker
rancher/rancher rancher/rancher-agent reloader spire-server spire-controller-manager trivy-operator
dexidp/dex velero kubernetes-dashboard gpu-operator nvidia/gpu-operator
`

const PATTERN = new RegExp(
  `(^|/)(${CONTROLLERS.trim()
    .split(/\s+/)
    .map((name) => name.replaceAll('*', '[a-z0-9-]*'))
    .join('|')})(@|:|$)`,
  'i',
)

/** Whether a workload runs a known controller; proxies beside it do not matter. */
export function isKnownController(workload: Workload): boolean {
  return workload.containers.some(({ type, body }) => type === 'container' && PATTERN.test(text(body, 'image') ?? ''))
}
