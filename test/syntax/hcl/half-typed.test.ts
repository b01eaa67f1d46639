import { describe, expect, it } from 'vitest'
import { halfTyped, kept, sequence } from './half-typed.ts'

const MODULE = `terraform {
  required_version = ">= 1.5"
}

# The cluster.
resource "aws_eks_cluster" "main" {
  name     = var.name
  role_arn = aws_iam_role.cluster.arn

  vpc_config {
    subnet_ids              = [for s in aws_subnet.this : s.id if s.private]
    endpoint_public_access  = false
    endpoint_private_access = true
  }

  dynamic "encryption_config" {
    for_each = var.key == null ? [] : [var.key]
    content {
      resources = ["secrets"]
      provider {
        key_arn = encryption_config.value
      }
    }
  }

  tags = {
    team  = "platform"
    owner = "a@example.com"
  }
}

locals {
  policy = <<-EOT
    {
      "Statement": "\${var.name}"
    }
  EOT
  pairs = flatten([
    for k, v in var.map : [
      for x in v : "\${k}-\${x}"
    ]
  ])
}

variable "name" {
  type        = string
  description = "Its name."
}

module "vpc" {
  source = "./vpc"
  cidr   = cidrsubnet(
    var.cidr,
    4,
    1,
  )
}
`

describe('a half-typed text', () => {
  const random = sequence(1)
  const halves = Array.from({ length: 12 }, () => halfTyped(MODULE, random)).flat()
  const kinds = [...new Set(halves.map(({ kind }) => kind))]

  it('is tried in every way', () => {
    expect(kinds.length).toBe(20)
  })

  it.each(kinds)('keeps what it does not touch: %s', (kind) => {
    const of = halves.filter((half) => half.kind === kind).map((half) => kept(MODULE, half))
    const share = of.reduce((sum, each) => sum + each.kept, 0) / of.reduce((sum, each) => sum + each.of, 0)
    expect(share).toBeGreaterThanOrEqual(kind === 'open block' ? 0.8 : 0.97)
  })
})
