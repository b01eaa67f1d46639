import { openEditor } from './editor.ts'
import { generateWorkspace } from './generate.ts'

const EDITS = 100

/** From an edit in a base to the diagnostics of the open files, with many builds of that base, warm. */
export async function overlays(count: number): Promise<void> {
  const base = [...generateWorkspace(24)]
  const files = new Map(base.map(([path, text]) => [`base/${path}`, text]))
  files.set('base/kustomization.yaml', `resources:\n${base.map(([path]) => `- ${path}\n`).join('')}`)
  for (let i = 0; i < count; i++) {
    files.set(
      `overlays/${i}/kustomization.yaml`,
      `namespace: tenant-${i}\nresources:\n- ../../base\nlabels:\n- pairs: { tenant: t${i} }\npatches:\n- path: patch.yaml\n`,
    )
    files.set(
      `overlays/${i}/patch.yaml`,
      `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: service-0\n  namespace: team-0\nspec:\n  replicas: ${i}\n`,
    )
  }
  const path = `base/${base[0]?.[0]}`
  const editor = await openEditor(files)
  await editor.measure(`edit of a base of 24 objects, ${count} overlays`, path, EDITS, (text, i) =>
    text.replace('LOG_LEVEL', `LOG_LEVEL${i}`),
  )
}
