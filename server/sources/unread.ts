import type { SourceFile } from './unit.ts'

/** A file whose text is not there, with the reason as a sentence. */
export function unread(path: string, problem: string): SourceFile {
  return { path, text: '', problem }
}

/** @param limit in bytes */
export function tooLarge(path: string, limit: number): SourceFile {
  const size = limit >= 1024 * 1024 ? `${Math.round((limit / 1024 / 1024) * 10) / 10} MB` : `${limit} bytes`
  return unread(path, `This file is larger than ${size} (\`maxFileSize\`); it is not analysed.`)
}
