/** Whether a text could hold a Kubernetes object: only a reason to start, the server decides what is one. */
export function looksLikeManifest(text: string): boolean {
  return hasKey(text, 'apiVersion') && hasKey(text, 'kind')
}

function hasKey(text: string, key: string): boolean {
  return new RegExp(`(^|[{,])[ \\t-]*["']?${key}["']?[ \\t]*:`, 'm').test(text)
}
