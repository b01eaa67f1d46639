// Written by test/generate/kubernetes-api.mjs; edits are lost.
// Sources: Kubernetes 1.36 OpenAPI, CRDs of well-known projects, Kubernetes' RBAC bootstrap policy.

/** Groups that Kubernetes serves, wholly. A line: resource, kind, ! when cluster-scoped, verbs unless all eight, subresources (:verbs unless get, update, patch). */
export const KUBERNETES_RESOURCES = `
=
bindings Binding c
componentstatuses ComponentStatus ! gl
configmaps ConfigMap
endpoints Endpoints
events Event
limitranges LimitRange
namespaces Namespace ! glwcupd /finalize:u /status
nodes Node ! /proxy:gcupd /status /metrics:g /stats:g /log:g /spec:g /checkpoint:c /pods:g /healthz:g /configz:g
persistentvolumeclaims PersistentVolumeClaim /status
persistentvolumes PersistentVolume ! /status
pods Pod /attach:gc /binding:c /ephemeralcontainers /eviction:c /exec:gc /log:g /portforward:gc /proxy:gcupd /resize /status /checkpoint:c
podtemplates PodTemplate
replicationcontrollers ReplicationController /scale /status
resourcequotas ResourceQuota /status
secrets Secret
serviceaccounts ServiceAccount /token:c
services Service /proxy:gcupd /status
= admissionregistration.k8s.io
mutatingadmissionpolicies MutatingAdmissionPolicy !
mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding !
mutatingwebhookconfigurations MutatingWebhookConfiguration !
validatingadmissionpolicies ValidatingAdmissionPolicy ! /status
validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding !
validatingwebhookconfigurations ValidatingWebhookConfiguration !
= apiextensions.k8s.io
customresourcedefinitions CustomResourceDefinition ! /status
= apiregistration.k8s.io
apiservices APIService ! /status
= apps
controllerrevisions ControllerRevision
daemonsets DaemonSet /status
deployments Deployment /scale /status
replicasets ReplicaSet /scale /status
statefulsets StatefulSet /scale /status
= authentication.k8s.io
selfsubjectreviews SelfSubjectReview ! c
tokenreviews TokenReview ! c
= authorization.k8s.io
localsubjectaccessreviews LocalSubjectAccessReview c
selfsubjectaccessreviews SelfSubjectAccessReview ! c
selfsubjectrulesreviews SelfSubjectRulesReview ! c
subjectaccessreviews SubjectAccessReview ! c
= autoscaling
horizontalpodautoscalers HorizontalPodAutoscaler /status
= batch
cronjobs CronJob /status
jobs Job /status
= certificates.k8s.io
certificatesigningrequests CertificateSigningRequest ! /approval /status
clustertrustbundles ClusterTrustBundle !
podcertificaterequests PodCertificateRequest /status
= coordination.k8s.io
leasecandidates LeaseCandidate
leases Lease
= discovery.k8s.io
endpointslices EndpointSlice
= events.k8s.io
events Event
= flowcontrol.apiserver.k8s.io
flowschemas FlowSchema ! /status
prioritylevelconfigurations PriorityLevelConfiguration ! /status
= internal.apiserver.k8s.io
storageversions StorageVersion ! /status
= metrics.k8s.io
nodes NodeMetrics ! gl
pods PodMetrics gl
= networking.k8s.io
ingressclasses IngressClass !
ingresses Ingress /status
ipaddresses IPAddress !
networkpolicies NetworkPolicy
servicecidrs ServiceCIDR ! /status
= node.k8s.io
runtimeclasses RuntimeClass !
= policy
poddisruptionbudgets PodDisruptionBudget /status
= rbac.authorization.k8s.io
clusterrolebindings ClusterRoleBinding !
clusterroles ClusterRole !
rolebindings RoleBinding
roles Role
= resource.k8s.io
deviceclasses DeviceClass !
devicetaintrules DeviceTaintRule ! /status
resourceclaims ResourceClaim /status
resourceclaimtemplates ResourceClaimTemplate
resourcepoolstatusrequests ResourcePoolStatusRequest ! /status
resourceslices ResourceSlice !
= scheduling.k8s.io
podgroups PodGroup /status
priorityclasses PriorityClass !
workloads Workload
= storage.k8s.io
csidrivers CSIDriver !
csinodes CSINode !
csistoragecapacities CSIStorageCapacity
storageclasses StorageClass !
volumeattachments VolumeAttachment ! /status
volumeattributesclasses VolumeAttributesClass !
= storagemigration.k8s.io
storageversionmigrations StorageVersionMigration ! /status
`

/** Groups of custom resources, as far as known. */
export const CUSTOM_RESOURCES = `
= acme.cert-manager.io
challenges Challenge /status
orders Order /status
= argoproj.io
applications Application
applicationsets ApplicationSet /status
appprojects AppProject
= bitnami.com
sealedsecrets SealedSecret /status
= cert-manager.io
certificaterequests CertificateRequest /status
certificates Certificate /status
clusterissuers ClusterIssuer ! /status
issuers Issuer /status
= cilium.io
podinfo PodInfo
tracingpolicies TracingPolicy !
tracingpoliciesnamespaced TracingPolicyNamespaced
= crd.projectcalico.org
bgpconfigurations BGPConfiguration !
bgpfilters BGPFilter !
bgppeers BGPPeer !
blockaffinities BlockAffinity !
caliconodestatuses CalicoNodeStatus ! /status
clusterinformations ClusterInformation !
felixconfigurations FelixConfiguration !
globalnetworkpolicies GlobalNetworkPolicy !
globalnetworksets GlobalNetworkSet !
hostendpoints HostEndpoint !
ipamblocks IPAMBlock !
ipamconfigs IPAMConfig !
ipamhandles IPAMHandle !
ippools IPPool ! /status
ipreservations IPReservation !
kubecontrollersconfigurations KubeControllersConfiguration ! /status
networkpolicies NetworkPolicy
networksets NetworkSet
stagedglobalnetworkpolicies StagedGlobalNetworkPolicy !
stagedkubernetesnetworkpolicies StagedKubernetesNetworkPolicy
stagednetworkpolicies StagedNetworkPolicy
tiers Tier ! /status
= extensions.istio.io
trafficextensions TrafficExtension /status
wasmplugins WasmPlugin /status
= external-secrets.io
clusterexternalsecrets ClusterExternalSecret ! /status
clusterpushsecrets ClusterPushSecret ! /status
clustersecretstores ClusterSecretStore ! /status
externalsecrets ExternalSecret /status
pushsecrets PushSecret /status
secretstores SecretStore /status
= gateway.networking.k8s.io
backendtlspolicies BackendTLSPolicy /status
gatewayclasses GatewayClass ! /status
gateways Gateway /status
grpcroutes GRPCRoute /status
httproutes HTTPRoute /status
listenersets ListenerSet /status
referencegrants ReferenceGrant
tcproutes TCPRoute /status
tlsroutes TLSRoute /status
udproutes UDPRoute /status
= gateway.networking.x-k8s.io
xbackends XBackend /status
xbackendtrafficpolicies XBackendTrafficPolicy /status
xmeshes XMesh ! /status
= generators.external-secrets.io
acraccesstokens ACRAccessToken /status
beyondtrustworkloadcredentialsdynamicsecrets BeyondtrustWorkloadCredentialsDynamicSecret /status
cloudsmithaccesstokens CloudsmithAccessToken /status
clustergenerators ClusterGenerator ! /status
ecrauthorizationtokens ECRAuthorizationToken /status
fakes Fake /status
gcraccesstokens GCRAccessToken /status
generatorstates GeneratorState
githubaccesstokens GithubAccessToken /status
gitlabdeploytokens GitlabDeployToken /status
grafanas Grafana /status
mfas MFA /status
passwords Password /status
quayaccesstokens QuayAccessToken /status
sshkeys SSHKey /status
stssessiontokens STSSessionToken /status
uuids UUID /status
vaultdynamicsecrets VaultDynamicSecret /status
webhooks Webhook /status
= kyverno.io
cleanuppolicies CleanupPolicy /status
clustercleanuppolicies ClusterCleanupPolicy ! /status
clusterpolicies ClusterPolicy ! /status
globalcontextentries GlobalContextEntry ! /status
policies Policy /status
policyexceptions PolicyException
updaterequests UpdateRequest /status
= linkerd.io
serviceprofiles ServiceProfile
= monitoring.coreos.com
alertmanagers Alertmanager /scale /status
podmonitors PodMonitor /status
probes Probe /status
prometheusagents PrometheusAgent /scale /status
prometheuses Prometheus /scale /status
prometheusrules PrometheusRule /status
scrapeconfigs ScrapeConfig /status
servicemonitors ServiceMonitor /status
thanosrulers ThanosRuler /status
= networking.istio.io
destinationrules DestinationRule /status
envoyfilters EnvoyFilter /status
gateways Gateway /status
proxyconfigs ProxyConfig /status
serviceentries ServiceEntry /status
sidecars Sidecar /status
virtualservices VirtualService /status
workloadentries WorkloadEntry /status
workloadgroups WorkloadGroup /status
= policies.kyverno.io
deletingpolicies DeletingPolicy ! /status
generatingpolicies GeneratingPolicy ! /status
imagevalidatingpolicies ImageValidatingPolicy ! /status
mutatingpolicies MutatingPolicy ! /status
namespaceddeletingpolicies NamespacedDeletingPolicy /status
namespacedgeneratingpolicies NamespacedGeneratingPolicy /status
namespacedimagevalidatingpolicies NamespacedImageValidatingPolicy /status
namespacedmutatingpolicies NamespacedMutatingPolicy /status
namespacedvalidatingpolicies NamespacedValidatingPolicy /status
policyexceptions PolicyException
validatingpolicies ValidatingPolicy ! /status
= policy.linkerd.io
authorizationpolicies AuthorizationPolicy
egressnetworks EgressNetwork /status
httplocalratelimitpolicies HTTPLocalRateLimitPolicy /status
httproutes HTTPRoute /status
meshtlsauthentications MeshTLSAuthentication
networkauthentications NetworkAuthentication
serverauthorizations ServerAuthorization
servers Server
= policy.networking.k8s.io
clusternetworkpolicies ClusterNetworkPolicy ! /status
= policy.sigstore.dev
clusterimagepolicies ClusterImagePolicy ! /status
trustroots TrustRoot ! /status
= projectcalico.org
bgpconfigurations BGPConfiguration !
bgpfilters BGPFilter !
bgppeers BGPPeer !
blockaffinities BlockAffinity !
caliconodestatuses CalicoNodeStatus ! /status
clusterinformations ClusterInformation !
felixconfigurations FelixConfiguration !
globalnetworkpolicies GlobalNetworkPolicy !
globalnetworksets GlobalNetworkSet !
hostendpoints HostEndpoint !
ipamblocks IPAMBlock !
ipamconfigurations IPAMConfiguration !
ipamhandles IPAMHandle !
ippools IPPool ! /status
ipreservations IPReservation !
kubecontrollersconfigurations KubeControllersConfiguration ! /status
networkpolicies NetworkPolicy
networksets NetworkSet
stagedglobalnetworkpolicies StagedGlobalNetworkPolicy !
stagedkubernetesnetworkpolicies StagedKubernetesNetworkPolicy
stagednetworkpolicies StagedNetworkPolicy
tiers Tier ! /status
= reports.kyverno.io
clusterephemeralreports ClusterEphemeralReport !
ephemeralreports EphemeralReport
= security.istio.io
authorizationpolicies AuthorizationPolicy /status
peerauthentications PeerAuthentication /status
requestauthentications RequestAuthentication /status
= source.toolkit.fluxcd.io
buckets Bucket /status
externalartifacts ExternalArtifact /status
gitrepositories GitRepository /status
helmcharts HelmChart /status
helmrepositories HelmRepository /status
ocirepositories OCIRepository /status
= telemetry.istio.io
telemetries Telemetry /status
= wgpolicyk8s.io
clusterpolicyreports ClusterPolicyReport !
policyreports PolicyReport
= workload.linkerd.io
externalworkloads ExternalWorkload /status
`

/** `= role >aggregated into <aggregated from`, then its rules: groups verbs resources @names, or `url` verbs paths. */
export const CLUSTER_ROLES = `
= cluster-admin
* * *
url * *
= admin <admin
= edit >admin <edit
= view >edit <view
= system:aggregate-to-admin >admin
authorization.k8s.io create localsubjectaccessreviews
rbac.authorization.k8s.io create,delete,deletecollection,get,list,watch,patch,update rolebindings,roles
= system:aggregate-to-edit >edit
core get,list,watch pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy
core impersonate serviceaccounts
core create,delete,deletecollection,patch,update pods,pods/attach,pods/exec,pods/portforward,pods/proxy
core create pods/eviction
core create,delete,deletecollection,patch,update configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy
core create serviceaccounts/token
apps create,delete,deletecollection,patch,update daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale
autoscaling create,delete,deletecollection,patch,update horizontalpodautoscalers
batch create,delete,deletecollection,patch,update cronjobs,jobs
extensions create,delete,deletecollection,patch,update daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale
policy create,delete,deletecollection,patch,update poddisruptionbudgets
networking.k8s.io create,delete,deletecollection,patch,update ingresses,networkpolicies
coordination.k8s.io create,delete,deletecollection,get,list,watch,patch,update leases
= system:aggregate-to-view >view
core get,list,watch configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status
core get,list,watch bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status
core get,list,watch namespaces
discovery.k8s.io get,list,watch endpointslices
apps get,list,watch controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status
autoscaling get,list,watch horizontalpodautoscalers,horizontalpodautoscalers/status
batch get,list,watch cronjobs,cronjobs/status,jobs,jobs/status
policy get,list,watch poddisruptionbudgets,poddisruptionbudgets/status
networking.k8s.io get,list,watch ingresses,ingresses/status,networkpolicies
= system:auth-delegator
authentication.k8s.io create tokenreviews
authorization.k8s.io create subjectaccessreviews
= system:basic-user
authorization.k8s.io create selfsubjectaccessreviews,selfsubjectrulesreviews
authentication.k8s.io create selfsubjectreviews
= system:discovery
url get /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/
= system:public-info-viewer
url get /healthz,/livez,/readyz,/version,/version/
= system:service-account-issuer-discovery
url get /.well-known/openid-configuration,/openid/v1/jwks
= system:monitoring
url get /healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*
= system:kubelet-api-admin
core get,list,watch nodes
core proxy nodes
core * nodes/log,nodes/metrics,nodes/proxy,nodes/stats
= system:node-bootstrapper
certificates.k8s.io create,get,list,watch certificatesigningrequests
= system:node-problem-detector
core get nodes
core patch nodes/status
core,events.k8s.io create,patch,update events
= system:node-proxier
core list,watch endpoints,services
core get,list,watch nodes
core,events.k8s.io create,patch,update events
discovery.k8s.io list,watch endpointslices
= system:persistent-volume-provisioner
core create,delete,get,list,watch persistentvolumes
core get,list,watch,update persistentvolumeclaims
storage.k8s.io get,list,watch storageclasses
core watch events
core,events.k8s.io create,patch,update events
= system:certificates.k8s.io:kube-apiserver-client-approver
certificates.k8s.io approve signers @kubernetes.io/kube-apiserver-client
= system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
certificates.k8s.io approve signers @kubernetes.io/kube-apiserver-client-kubelet
= system:certificates.k8s.io:kubelet-serving-approver
certificates.k8s.io approve signers @kubernetes.io/kubelet-serving
= system:certificates.k8s.io:legacy-unknown-approver
certificates.k8s.io approve signers @kubernetes.io/legacy-unknown
`

/** binding, role, subjects. */
export const CLUSTER_ROLE_BINDINGS = `
cluster-admin cluster-admin Group:system:masters
system:basic-user system:basic-user Group:system:authenticated
system:discovery system:discovery Group:system:authenticated
system:public-info-viewer system:public-info-viewer Group:system:authenticated Group:system:unauthenticated
system:service-account-issuer-discovery system:service-account-issuer-discovery Group:system:serviceaccounts
system:monitoring system:monitoring Group:system:monitoring
system:node-proxier system:node-proxier User:system:kube-proxy
system:kube-controller-manager system:kube-controller-manager User:system:kube-controller-manager
system:kube-scheduler system:kube-scheduler User:system:kube-scheduler
`
