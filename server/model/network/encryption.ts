import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { get, text } from '../value.ts'
import { CALICO_GROUPS } from './dialects/calico.ts'

/** What shows that the cluster's network encrypts what pods of different nodes send to each other. */
export function networkEncryption(of: ObjectsByKind): KubeObject | undefined {
  const config = of('/ConfigMap').find(
    ({ name, body }) =>
      (name === 'cilium-config' && ['enable-wireguard', 'enable-ipsec'].some((key) => text(body, 'data', key) === 'true')) ||
      (/flannel/.test(name) && /"Type"\s*:\s*"(?:wireguard|ipsec)"/.test(text(body, 'data', 'net-conf.json') ?? '')),
  )
  if (config) return config
  return CALICO_GROUPS.flatMap((group) => of(`${group}/FelixConfiguration`)).find(
    ({ body }) => get(body, 'spec', 'wireguardEnabled') === true || get(body, 'spec', 'wireguardEnabledV6') === true,
  )
}
