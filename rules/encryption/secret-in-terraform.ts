import { defineRule } from '../../server/model/rule.ts'
import { isCredentialName, isPlaceholder, liveSecret } from '../../server/model/secret-values.ts'
import { entries, get, isList, isMap, type Path, text, type Value } from '../../server/model/value.ts'

/** Arguments that are secrets though their names do not say so. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  aws_secretsmanager_secret_version: ['secret_string'],
  google_secret_manager_secret_version: ['secret_data'],
  azurerm_key_vault_secret: ['value'],
}

export default defineRule({
  name: 'secret-in-terraform',
  title: 'Secret stands readable in Terraform',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['IA-5(7)', 'SC-28'], nist800207: ['6'], attack: ['T1552.001'], owasp: ['K03'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'provider',
    'backend',
    'helm_release',
    'aws_launch_template',
    'aws_instance',
    'google_compute_instance',
    'google_compute_instance_template',
    'azurerm_kubernetes_cluster',
    'google_container_cluster',
    'aws_db_instance',
    'aws_rds_cluster',
    'google_sql_user',
    'azurerm_mssql_server',
    'azurerm_postgresql_flexible_server',
    ...Object.keys(SECRETS),
  ].map((type) => `terraform/${type}`),
  reads: [],
  *check(object) {
    for (const { path, name, value } of argumentsOf(object.body['spec'], ['spec'])) {
      if (typeof value !== 'string' || value.length < 4 || isPlaceholder(value)) continue
      const live = liveSecret(value)
      if (live === undefined && !isCredentialName(name) && !SECRETS[object.kind]?.includes(name)) continue
      yield {
        object,
        path,
        part: 'key',
        discriminator: name,
        ...(live === undefined ? {} : { severity: 'error' as const }),
        message: `\`${object.name}\` holds ${live ?? 'a secret'} in \`${name}\`: whoever reads the repository, its history or the state has it. Replace it, and take the new one from a secret store or the environment.`,
      }
    }
  },
})

interface Argument {
  readonly path: Path
  readonly name: string
  readonly value: Value
}

/** The arguments and those of nested blocks; `set { name, value }` of a chart counts as an argument of that name. */
function* argumentsOf(value: Value | undefined, path: Path): Iterable<Argument> {
  for (const [name, item] of entries(value)) {
    if (isList(item)) {
      for (const [i, each] of item.entries()) {
        const named = name.startsWith('set') ? text(each, 'name') : undefined
        if (named !== undefined) yield { path: [...path, name, i, 'value'], name: named, value: get(each, 'value') ?? null }
        else if (isMap(each)) yield* argumentsOf(each, [...path, name, i])
      }
    } else if (isMap(item)) yield* argumentsOf(item, [...path, name])
    else yield { path: [...path, name], name, value: item }
  }
}
