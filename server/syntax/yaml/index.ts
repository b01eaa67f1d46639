/** The only door to YAML: plain bodies, positions and problems; never the nodes of the `yaml` package. */
export { type Comment, commentsOf } from './comments.ts'
export { parseYaml } from './parse.ts'
export { splitDocuments } from './split.ts'
export { findNode, type NodeSpans, pathAt, type YamlProblem, type YamlTree } from './tree.ts'
