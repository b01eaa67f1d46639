import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { parseHcl } from '../../server/syntax/hcl/index.ts'
import { openEditor } from './editor.ts'
import { row } from './report.ts'

const KEYSTROKES = 100

/** A repository of as many files: root modules of ten files that call a module of their own. */
function repository(count: number): Map<string, string> {
  const files = new Map<string, string>()
  for (let root = 0; files.size < count; root++) {
    files.set(`team-${root}/module/main.tf`, moduleText(3))
    files.set(`team-${root}/main.tf`, `module "app" {\n  source = "./module"\n  name   = "app-${root}"\n}\n`)
    files.set(
      `team-${root}/variables.tf`,
      'variable "name" {\n  type    = string\n  default = "x"\n}\n\nvariable "labels" {\n  type    = map(string)\n  default = { team = "a" }\n}\n',
    )
    for (let i = 0; i < 7; i++) files.set(`team-${root}/part-${i}.tf`, resources(`${root}-${i}`, 3))
  }
  return files
}

function moduleText(count: number): string {
  return `variable "name" {\n  type = string\n}\n\nvariable "labels" {\n  type    = map(string)\n  default = {}\n}\n\n${resources('m', count)}`
}

/** About 60 lines each. */
function resources(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, i) => resource(`r${prefix.replaceAll('-', '_')}_${i}`)).join('\n')
}

function resource(name: string): string {
  return `locals {
  ${name}_labels = merge(var.labels, { app = "\${var.name}-${name}", part = "x" })
}

resource "kubernetes_deployment_v1" "${name}" {
  metadata {
    name      = "${name}"
    namespace = "shop"
    labels    = local.${name}_labels
  }
  spec {
    replicas = 2
    selector {
      match_labels = { app = "\${var.name}-${name}" }
    }
    template {
      metadata {
        labels = local.${name}_labels
      }
      spec {
        container {
          name  = "${name}"
          image = "registry.example.com/${name}:1.2.3"
          port {
            container_port = 8080
          }
          dynamic "env" {
            for_each = { for k, v in local.${name}_labels : upper(k) => v if v != "" }
            content {
              name  = env.key
              value = env.value
            }
          }
          security_context {
            run_as_non_root            = true
            allow_privilege_escalation = false
          }
        }
      }
    }
  }
}

resource "aws_security_group" "${name}" {
  name = "${name}"

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [for i in range(3) : cidrsubnet("10.0.0.0/16", 8, i)]
  }

  tags = local.${name}_labels
}
`
}

/** A cold audit of a repository, and a keystroke in a module of 2,000 lines. */
export async function terraform(files: number): Promise<void> {
  const texts = repository(files)
  const started = performance.now()
  const workspace = new Workspace(rules)
  for (const [path, text] of texts) workspace.set({ path, text })
  const analysis = workspace.analysis()
  const { findings } = findingsOf(analysis, { today: '2026-01-01' })
  row(`audit, ${texts.size} Terraform files`, `${Math.round(performance.now() - started)} ms`, `${findings.length} findings`)
  parsing(texts)
  await keystrokes()
}

function parsing(texts: ReadonlyMap<string, string>): void {
  let bytes = 0
  const started = performance.now()
  for (const text of texts.values()) {
    parseHcl(text)
    bytes += text.length
  }
  row('parsing HCL', `${(bytes / 1e3 / (performance.now() - started)).toFixed(1)} MB/s`)
}

async function keystrokes(): Promise<void> {
  const main = moduleText(34)
  const files = new Map([['main.tf', main]])
  const editor = await openEditor(files)
  const lines = main.split('\n').length
  for (const [what, change] of Object.entries(CHANGES))
    await editor.measure(`keystroke, a module of ${lines} lines, ${what}`, 'main.tf', KEYSTROKES, change)
}

const CHANGES: Record<string, (text: string, i: number) => string> = {
  'a comment': (text, i) => text.replace('locals {', `# ${'x'.repeat(i % 50)}\nlocals {`),
  'a value': (text, i) => text.replace('replicas = 2', `replicas = ${i}`),
  'a local that many read': (text, i) => text.replace('default = {}', `default = { a = "${i}" }`),
  'broken and whole': (text, i) => (i % 2 === 0 ? text.replace('replicas = 2', 'replicas = ') : text),
}
