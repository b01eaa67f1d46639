import { describe, expect, it } from 'vitest'
import { cli } from './command-line.ts'

const FILES = {
  '/w/infra/main.tf': `variable "size" {
  type    = number
  default = 1
}
variable "password" {
  sensitive = true
  default   = "p"
}
resource "aws_x" "y" {
  count    = 2
  size     = var.size
  password = var.password
  subnet   = aws_subnet.s.id
  text     = templatefile("\${path.module}/t.tftpl", { n = count.index })
}
resource "aws_subnet" "s" {}
output "size" { value = var.size + 1 }
locals { wrong = var.nope }
`,
  '/w/infra/t.tftpl': 'n=${n}',
  '/w/infra/prod.tfvars': 'size = 5\n',
}

describe('evaluate', () => {
  it('prints resources, outputs and problems, with what is unknown and what is secret marked', async () => {
    const { code, stdout } = await cli('evaluate infra', FILES)
    expect(code).toBe(0)
    const shown = { size: 1, password: { $sensitive: true }, subnet: { $unknown: 'aws_subnet.s.id' } }
    expect(JSON.parse(stdout)).toEqual({
      resources: { 'aws_x.y[0]': { ...shown, text: 'n=0' }, 'aws_x.y[1]': { ...shown, text: 'n=1' }, 'aws_subnet.s': {} },
      outputs: { size: 2 },
      problems: [{ file: 'infra/main.tf', line: 18, message: expect.stringContaining('Reference to undeclared input variable') }],
      notEvaluated: [],
    })
  })

  it('prints one expression, with the values of a file', async () => {
    const { stdout } = await cli('evaluate infra --var-file infra/prod.tfvars --expr aws_x.y[*].size', FILES)
    expect(JSON.parse(stdout)).toEqual([5, 5])
  })

  it.each([
    ['evaluate infra --expr var.', 'Expected the name'],
    ['evaluate infra --expr var.nope', 'has not been declared'],
    ['evaluate infra --var-file no.tfvars', 'There is no file no.tfvars'],
    ['evaluate other', 'no Terraform module'],
  ])('%s is refused', async (argv, message) => {
    const { code, stderr } = await cli(argv, { ...FILES, '/w/other/a.yaml': '' })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
