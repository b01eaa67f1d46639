import fc from 'fast-check'
import { expect, it } from 'vitest'
import { unitsOf } from './files.ts'

const TEXT = `variable "n" {
  type    = object({ a = optional(number, 1), b = list(string) })
  default = { b = ["x"] }
}
locals {
  m = { for k, v in var.n : k => try(v[0], v) if k != "c" }
  t = "%{ for x in var.n.b }\${upper(x)}%{ endfor }"
}
module "m" {
  source = "./m"
  count  = length(var.n.b)
  in     = local.m
}
resource "kubernetes_deployment_v1" "d" {
  for_each = toset(var.n.b)
  metadata {
    name   = each.key
    labels = merge(local.m, { t = local.t })
  }
  spec {
    template {
      spec {
        dynamic "container" {
          for_each = module.m[*].out
          content {
            name  = container.value
            image = format("%s:%d", container.key, 1)
          }
        }
      }
    }
  }
}
resource "kubectl_manifest" "k" {
  yaml_body = yamlencode({ apiVersion = "v1", kind = "ConfigMap", metadata = { name = aws_x.y.id } })
}
`

const WORDS = [
  'local.m',
  'each.value',
  'null',
  '[',
  ']',
  '{',
  '}',
  '"',
  '${',
  '(',
  ')',
  '=',
  '\n',
  '...',
  '[*]',
  '.0',
  'for x in',
  'count = -1\n',
  'for_each = null\n',
  'jsondecode("',
  '<<EOT\n',
  '1e999',
  'range(9999)',
  'path.module',
  'dynamic "spec" {',
  'var.n',
  '?',
  ': ',
  '!',
  '-',
]

it('whatever is typed into a module, it is evaluated, and every place is in its file', () => {
  const edit = fc.record({ at: fc.nat(TEXT.length), cut: fc.nat(12), word: fc.constantFrom('', ...WORDS) })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = TEXT
      for (const { at, cut, word } of edits) text = text.slice(0, at) + word + text.slice(at + cut)
      const texts: Record<string, string> = {
        'main.tf': text,
        'm/main.tf': 'variable "in" {}\noutput "out" { value = join("-", keys(var.in)) }\n',
      }
      for (const unit of unitsOf(texts)) {
        const places = unit.problems.map(({ file, span }) => ({ file, span }))
        for (const object of unit.objects) {
          const location = unit.locate(object, ['metadata', 'name'], 'value')
          if (location) places.push(location)
          unit.rewrite([{ op: 'set', object, path: ['metadata', 'labels', 'a'], value: 'b' }])
        }
        for (const { file, span } of places) expect(span.end, file).toBeLessThanOrEqual((texts[file] ?? '').length + 1)
      }
    }),
    { numRuns: 400 },
  )
})
