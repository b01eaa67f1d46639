/**
 * Tells texts that are secrets by themselves, whatever they stand under. Formats: the vendors' own
 * documentation of their tokens; RFC 7468 for keys.
 */
const LIVE: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    'a private key',
    /-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----[\s\\n]{1,8}(?:[A-Za-z-]{1,40}: [^\n]{0,200}\n){0,4}\s*[A-Za-z0-9+/=\s\\n]{100}/,
  ],
  ['a key of a Google service account', /"private_key"\s*:\s*"-----BEGIN PRIVATE KEY-----\\n[A-Za-z0-9+/=\\n]{100}/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{70,90})\b/],
  ['a GitLab token', /\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{20}\b/],
  ['a Slack token', /\bxox[abprs]-[0-9A-Za-z-]{24,80}\b/],
  ['a Slack webhook', /https:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24}/],
  ['a Stripe key', /\b[rs]k_live_[0-9A-Za-z]{24,99}\b/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/],
  ['a SendGrid key', /\bSG\.[\w-]{22}\.[\w-]{43}\b/],
  ['a Docker token', /\bdckr_pat_[\w-]{27}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a Vault token', /\bhv[sb]\.[\w-]{24,200}\b/],
  ['an age key', /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ['the token of a ServiceAccount', /\beyJ[\w-]{10,2000}\.[\w-]{20,4000}\.[\w-]{20,1000}\b/],
]

/** What one of them has in any case: most texts have none of it, and need not be looked at pattern by pattern. */
const HINT =
  /PRIVATE KEY|gh[pousr]_|github_pat_|gl(?:pat|dt|rt)-|xox[abprs]-|hooks\.slack|[rs]k_live_|AIza|SG\.|dckr_pat_|npm_|hv[sb]\.|AGE-SECRET|AKIA|ASIA|eyJ/

/** More than any secret; what is longer is data. */
const MAX_LENGTH = 100_000

/** What kind of live secret a text holds, for people: "a private key". Undefined when it holds none that is known. */
export function liveSecret(text: string): string | undefined {
  if (text.length > MAX_LENGTH || text.length < 16 || !HINT.test(text)) return undefined
  const found = LIVE.find(([, pattern]) => {
    const match = pattern.exec(text)?.[0]
    return match !== undefined && !isExample(match)
  })
  if (found?.[0] === 'the token of a ServiceAccount') return isServiceAccountToken(text) ? found[0] : undefined
  return found?.[0]
}

/** Documentation writes keys like these. */
function isExample(text: string): boolean {
  return /EXAMPLE|example|X{8}|x{8}|0{12}|\.\.\./.test(text)
}

function isServiceAccountToken(text: string): boolean {
  const payload = /\beyJ[\w-]+\.([\w-]+)\./.exec(text)?.[1] ?? ''
  // The claim `kubernetes.io/…` stands in one of three alignments of base64.
  return /a3ViZXJuZXRlcy5pby|rdWJlcm5ldGVzLmlv|t1YmVybmV0ZXMuaW8/.test(payload)
}

const CREDENTIAL =
  /(?:^|[_.-])(?:password|passwd|pwd|passphrase|secret|token|api_?key|private_?key|access_?key|secret_?key|auth_?key|encryption_?key|credentials?)$/
/** Endings that make a name one of something beside the secret. */
const NO_CREDENTIAL =
  /(?:^|[_.-])(?:file|path|dir|name|id|ttl|length|type|url|uri|host|port|enabled|required|expiry|expiration|version|count|max|min|policy|ref)$/

/** Whether a variable or key is named like one that holds a credential: `DB_PASSWORD`, `apiKey`, `client-secret`. */
export function isCredentialName(name: string): boolean {
  const words = wordsOf(name)
  return CREDENTIAL.test(words) && !NO_CREDENTIAL.test(words)
}

/** In lower case, with an underscore where camel case begins a word. */
export function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

const USER_INFO = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"']{0,200}:([^\s/@"']{1,200})@/gi

/** Whether a text has an address with a password in it: `postgres://app:…@db/shop`. */
export function hasPasswordInAddress(text: string): boolean {
  if (text.length > MAX_LENGTH || !text.includes('://')) return false
  return [...text.matchAll(USER_INFO)].some(
    ([, password = '']) => !isPlaceholder(password) && !/^(?:pass|password|pwd|pw)$/i.test(password),
  )
}

const PLACEHOLDER =
  /^$|^(?:change.?me|changeit|todo|tbd|replace.?me|your.*|missing|unused|not.?used|.*[-_]not[-_]used|not.?a.?secret|api[-_]?token|token|my[-_ ](?:secret|password|token).*|insert.*|example.*|placeholder|dummy|fake.*|xxx+|\*+|none|null|nil|true|false|yes|no|on|off|enabled|disabled|\d{1,3}|[<{[].*[>}\]]|\$[({].*|%.*%|(?:op|vault|ssm|secretsmanager|ref\+\w+|env|file):\/?\/?\S*|vault:\S*)$/i

/** A file, or options that name one. */
const PATH = /^(?:[\w-]{1,40},[\w-]{1,40}=)?(?:\/[a-z0-9._-]{1,80}){2,20}(?:,[\w=.-]{1,200})*$/

/** Whether a text stands in the place of a secret without being one, or is no secret at all. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text.trim()) || PATH.test(text.trim())
}
