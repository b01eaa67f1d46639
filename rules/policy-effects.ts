/** What rules about single policies may say of one that begins to have an effect. */
export const POLICY_EFFECTS: readonly string[] = [
  'dns-blocked',
  'known-connection-blocked',
  'metadata-endpoint-reachable',
  'namespace-egress-open',
  'namespace-no-default-deny',
  'network-policy-broad-ipblock',
  'network-policy-named-port-unresolved',
  'network-policy-service-port',
  'policy-isolates-nothing',
  'policy-peer-matches-nothing',
  'policy-redundant',
]
