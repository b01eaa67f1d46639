/** The report's links are relative to the workspace folder; from a document that is in none they have to say so. */
export function linksFromRoot(markdown: string): string {
  return markdown.replace(/(?<!\\)\]\((?![a-z]+:|[/#])/gi, '](/')
}
