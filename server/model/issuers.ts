/** Issuers that log in the jobs of everybody who has an account there: who it was is in the claims only. */
export const CI_ISSUERS: readonly { readonly url: RegExp; readonly name: string; readonly claims: RegExp; readonly example: string }[] = [
  {
    url: /^https:\/\/token\.actions\.githubusercontent\.com/,
    name: 'GitHub Actions',
    claims: /\brepository(_id|_owner|_owner_id)?\b|\bsub\b/,
    example: "claims.repository_owner == 'OWNER'",
  },
  {
    url: /^https:\/\/gitlab\.com/,
    name: 'GitLab',
    claims: /\b(project|namespace)_(path|id)\b|\bsub\b/,
    example: "claims.namespace_path == 'GROUP'",
  },
  {
    url: /^https:\/\/app\.terraform\.io/,
    name: 'HCP Terraform',
    claims: /\bterraform_(organization|workspace|project)(_id|_name)\b|\bsub\b/,
    example: "claims.terraform_organization_name == 'ORGANIZATION'",
  },
  {
    url: /^https:\/\/agent\.buildkite\.com/,
    name: 'Buildkite',
    claims: /\borganization_(slug|id)\b|\bpipeline_slug\b|\bsub\b/,
    example: "claims.organization_slug == 'ORGANIZATION'",
  },
  {
    url: /^https:\/\/oidc\.circleci\.com/,
    name: 'CircleCI',
    claims: /oidc\.circleci\.com\/(project|org)-id|\bsub\b/,
    example: "claims.sub.startsWith('org/ORGANIZATION/')",
  },
]
