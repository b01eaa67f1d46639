import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import { pages } from '../rules/pages.ts'
import { rules } from '../rules/index.ts'
import { diskFolder } from './host/disk-folder.ts'
import { editorFolder } from './host/editor.ts'
import { serve } from './lsp/server.ts'

const connection = createConnection(ProposedFeatures.all)
const later = (run: () => void, ms: number): void => void setTimeout(run, ms)

// Only the editor reaches a virtual workspace; the disk is quicker where there is one.
const folder = (root: string) => (root.startsWith('file:') ? diskFolder(root, later) : editorFolder(connection, root, later))
serve(connection, { folder, later, now: () => new Date() }, rules, pages)
