import { composeYaml, refusedTree } from './compose.ts'
import { messageFor } from './messages.ts'
import { scanOrGiveUp } from './scan.ts'
import type { YamlTree } from './tree.ts'

/**
 * Parses one document (see `splitDocuments`) as kubectl's decoder reads it. Never throws: what is broken is a
 * problem, the rest is in the tree.
 */
export function parseYaml(text: string): YamlTree {
  const first = scanOrGiveUp(text)
  if ('positions' in first) return first
  const isJson = text.trimStart().startsWith('{')
  const control = text.search(isJson ? CONTROL_IN_JSON : CONTROL)
  if (control >= 0) return refusedTree({ start: control, end: control + 1 }, 'A control character: Kubernetes refuses the document.')
  const readable = asReadByDecoder(text, isJson)
  const scan = readable === text ? first : scanOrGiveUp(readable)
  if ('positions' in scan) return scan
  const tree = composeYaml(readable)
  if (scan.tab === undefined || tree.problems.some((problem) => !problem.harmless)) return tree
  return { ...tree, problems: [{ start: scan.tab, end: scan.tab + 1, message: messageFor('TAB_AS_INDENT') }, ...tree.problems] }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const CONTROL_IN_JSON = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** The same offsets with a line break where the decoder sees one and the package does not, and no byte order mark. */
function asReadByDecoder(text: string, isJson: boolean): string {
  const unmarked = text.charCodeAt(0) === 0xfeff ? `\n${text.slice(1)}` : text
  return isJson ? unmarked : unmarked.replace(/\r(?!\n)|\u0085/g, '\n')
}
