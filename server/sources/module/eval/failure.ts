import type { Place } from './value.ts'

/** An expression that Terraform would refuse. Caught by `try` and `can`, and where a value is asked for. */
export class Failure extends Error {
  /** As Terraform calls it. */
  readonly title: string
  /** The innermost place that is known. */
  at: Place | undefined

  constructor(title: string, detail: string, at?: Place) {
    super(detail)
    this.title = title
    this.at = at
  }
}

/** Evaluation has taken more than anybody's configuration takes. Nothing but the unit itself catches it. */
export class Exhausted extends Error {}

export function invalidArgument(detail: string): Failure {
  return new Failure('Invalid function argument', detail)
}

/** A function that took its arguments and then failed. */
export function failed(detail: string): Failure {
  return new Failure('Error in function call', detail)
}
