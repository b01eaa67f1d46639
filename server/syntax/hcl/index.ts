/** The only door to HCL: trees with positions, comments and problems, and edits of its text. */
export type * from './ast.ts'
export { hclCommentsOf, type ScopedComment } from './comments.ts'
export { editHcl, type HclChange } from './edit.ts'
export { parseHclJson } from './json.ts'
export { parseHcl, parseHclExpression, parseHclTemplate } from './parse.ts'
export { printBlock, printEntries, printHcl, quotedHcl } from './write.ts'
