import type { ErrorCode } from 'yaml'

/**
 * What is wrong, in our words: those of the package quote the text around it, which may be a secret.
 */
const MESSAGES: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: 'An alias cannot have an anchor or a tag.',
  BAD_ALIAS: 'This is no valid alias or anchor name.',
  BAD_DIRECTIVE: 'This directive is not valid.',
  BAD_DQ_ESCAPE: 'There is no such escape in a double-quoted string.',
  BAD_INDENT: 'The indentation does not fit what is above it.',
  BAD_PROP_ORDER: 'Anchors and tags must come after the indicator.',
  BAD_SCALAR_START: 'A plain value cannot begin with this character: quote it.',
  BLOCK_AS_IMPLICIT_KEY: 'A map cannot begin on the same line as its key: check the indentation, or quote a value that contains ": ".',
  BLOCK_IN_FLOW: 'An indented block cannot stand inside brackets.',
  IMPOSSIBLE: 'This cannot be read.',
  KEY_OVER_1024_CHARS: 'A key on one line can have no more than 1024 characters.',
  MISSING_CHAR: 'A closing quote, bracket, colon or comma is missing.',
  MULTILINE_IMPLICIT_KEY: 'A key must be on one line: is a colon missing, or the indentation wrong?',
  MULTIPLE_ANCHORS: 'A value can have only one anchor.',
  MULTIPLE_DOCS: 'A document cannot begin here.',
  MULTIPLE_TAGS: 'A value can have only one tag.',
  TAB_AS_INDENT: 'Tabs cannot indent YAML: use spaces.',
  TAG_RESOLVE_FAILED: 'There is no such tag here.',
  UNEXPECTED_TOKEN: 'This does not belong here: check the indentation and the quotes above.',
}

export function messageFor(code: ErrorCode): string {
  return MESSAGES[code] ?? 'This is not valid YAML.'
}
