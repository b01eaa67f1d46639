/** Whether a text could hold a Kubernetes object: only a reason to start, the server decides what is one. */
function looksLikeManifest(text: string): boolean {
  return hasKey(text, 'apiVersion') && hasKey(text, 'kind')
}

/** Whether a text could be about a cluster in Terraform: a managed one, or objects and charts in one. Bounded by its form. */
function looksLikeClusterInTerraform(text: string): boolean {
  return /(kubernetes|helm_release|kubectl_|aws_eks|\/eks\/|google_container_|azurerm_kubernetes|\/aks\/)/i.test(text)
}

/** Terraform's and OpenTofu's configuration, by its name. */
export function isTerraform(path: string): boolean {
  return /\.(tf|tofu)(\.json)?$/i.test(path)
}

/** Whether a file is a reason to start. */
export function looksJudged(path: string, text: string): boolean {
  return isTerraform(path) ? looksLikeClusterInTerraform(text) : looksLikeManifest(text)
}

function hasKey(text: string, key: string): boolean {
  return new RegExp(`(^|[{,])[ \\t-]*["']?${key}["']?[ \\t]*:`, 'm').test(text)
}
