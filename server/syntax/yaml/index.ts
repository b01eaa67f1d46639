/** The only door to YAML: plain bodies, positions and problems; never the nodes of the `yaml` package. */
export { appendDocument } from './append.ts'
export { applyChange, type YamlChange } from './change.ts'
export { type Comment, commentsOf } from './comments.ts'
export { editYaml } from './edit.ts'
export { firstDocument } from './first.ts'
export { decodeScalar, locateInScalar } from './locate.ts'
export { parseYaml } from './parse.ts'
export { splitDocuments } from './split.ts'
export { surrogateEscape } from './surrogates.ts'
export {
  childNodes,
  childrenOf,
  countNodes,
  findChild,
  findNode,
  subtree,
  keySpan,
  linkOf,
  type NodeSpans,
  pathAt,
  spansOf,
  valueSpan,
  type YamlProblem,
  type YamlTree,
} from './tree.ts'
export { stringifyYaml, type YamlStyle } from './write.ts'
