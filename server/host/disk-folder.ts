import { fileURLToPath } from 'node:url'
import type { FolderHost } from '../lsp/host.ts'
import type { SourceFile } from '../sources/unit.ts'
import { ChartFolders, IgnoreLists, wouldMatter } from './candidates.ts'
import { type Disk, disk as realDisk } from './disk.ts'
import { listFolder } from './listing.ts'
import { readFiles } from './reading.ts'

/**
 * A folder on the disk of this machine.
 * @param root its `file:` URI
 */
export function diskFolder(root: string, later: FolderHost['later'], disk: Disk = realDisk): FolderHost {
  let folder: Promise<string> | undefined
  const realRoot = async (): Promise<string> => {
    folder ??= disk.realpath(fileURLToPath(root))
    return folder
  }
  let limit = Number.POSITIVE_INFINITY
  let unlisted: ReadonlyMap<string, SourceFile> = new Map()
  let ignored = new IgnoreLists()
  let charts = new ChartFolders()
  return {
    later,
    matters: (path) => wouldMatter(path, ignored, charts),
    async list(maxFileSize) {
      limit = maxFileSize
      const { paths, problems, ...found } = await listFolder(disk, await realRoot(), [''])
      ignored = found.lists
      charts = found.charts
      unlisted = new Map(problems.map((problem) => [problem.path, problem]))
      return [...paths, ...unlisted.keys()]
    },
    async *read(paths) {
      for (const path of paths) {
        const problem = unlisted.get(path)
        if (problem) yield problem
      }
      yield* readFiles(
        disk,
        await realRoot(),
        paths.filter((path) => !unlisted.has(path)),
        limit,
      )
    },
  }
}
