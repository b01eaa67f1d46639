import { openEditor } from './editor.ts'
import { generateWorkspace } from './generate.ts'
import { row } from './report.ts'

const KEYSTROKES = 200

/** Edits of one file of a large workspace. */
export async function keystrokes(objects: number): Promise<void> {
  const files = generateWorkspace(objects)
  const editor = await openEditor(files)
  const path = [...files.keys()][Math.floor(files.size / 2)] ?? ''
  for (const [what, change] of Object.entries(CHANGES))
    await editor.measure(`keystroke, ${objects} objects, ${what}`, path, KEYSTROKES, change)
  row(`memory, ${objects} objects`, `${Math.round(process.memoryUsage().heapUsed / 1e6)} MB heap`)
}

const CHANGES: Record<string, (text: string, i: number) => string> = {
  'a comment': (text, i) => text.replace('# What', `# ${'x'.repeat(i % 50)}What`),
  'a value of a Deployment': (text, i) => text.replace('LOG_LEVEL', `LOG_LEVEL${i}`),
  'a label of pods': (text, i) => text.replace('part-of: team', `part-of: x${i}team`),
  'a verb of a Role': (text, i) => text.replace('[get, list, watch]', i % 2 === 0 ? '["*"]' : '[get]'),
  'broken and whole': (text, i) => (i % 2 === 0 ? `${text}  x: ["\n` : text),
}
