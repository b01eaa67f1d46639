import type { Fix } from '../rule.ts'
import type { Workload } from '../workload.ts'

/** Mounts no token in the pods of workloads. */
export function withoutToken(workloads: readonly Workload[]): Fix {
  const names = workloads.map(({ object }) => `\`${object.name}\``)
  const which = names.length > 3 ? `${names.length} workloads` : names.join(', ')
  return {
    title: `Mount no token in ${which}: what reads the API, or the files beside the token, stops`,
    applicability: 'hardening',
    changes: workloads.map(({ object, specPath }) => ({
      op: 'set',
      object,
      path: [...specPath, 'automountServiceAccountToken'],
      value: false,
    })),
  }
}
