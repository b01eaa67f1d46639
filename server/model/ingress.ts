import type { KubeObject } from './object.ts'
import { entries, text } from './value.ts'

export function annotation(object: KubeObject, key: string): string | undefined {
  return text(object.body, 'metadata', 'annotations', key)
}

/** The class of an Ingress, by its field or the annotation of old; '' for the cluster's default. */
export function ingressClass(ingress: KubeObject): string {
  return text(ingress.body, 'spec', 'ingressClassName') ?? annotation(ingress, 'kubernetes.io/ingress.class') ?? ''
}

/** Whether the AWS load balancer controller serves it: it opens no listener for `tls`, and reads no Secret. */
export function isAlb(ingress: KubeObject): boolean {
  return (
    ingressClass(ingress) === 'alb' ||
    entries(ingress.body, 'metadata', 'annotations').some(([key]) => key.startsWith('alb.ingress.kubernetes.io/'))
  )
}
