import { BrowserMessageReader, BrowserMessageWriter, createConnection } from 'vscode-languageserver/browser'
import { pages } from '../rules/pages.ts'
import { rules } from '../rules/index.ts'
import { editorFolder } from './host/editor.ts'
import { serve } from './lsp/server.ts'

const connection = createConnection(new BrowserMessageReader(self), new BrowserMessageWriter(self))
const later = (run: () => void, ms: number): void => void setTimeout(run, ms)

serve(connection, { folder: (root) => editorFolder(connection, root, later), later, now: () => new Date() }, rules, pages)
