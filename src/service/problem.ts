import type { Issue } from '../cds-hooks/validate.js';

/** Why a request is not answered with guidance. */
export type ProblemCode =
  | 'invalid-json'
  | 'invalid-request'
  | 'unauthenticated'
  | 'unknown-path'
  | 'unknown-service'
  | 'method-not-allowed'
  | 'data-unavailable'
  | 'too-large'
  | 'unsupported-media-type'
  | 'too-many-calls'
  | 'store-unavailable'
  | 'internal';

/** The one error thrown on purpose. Its text reaches the caller, so it holds no value of the request. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly issues: readonly Issue[];

  constructor(code: ProblemCode, text: string, issues: readonly Issue[] = []) {
    super(text);
    this.name = 'Problem';
    this.code = code;
    this.issues = issues;
  }
}
