import { RE2JS, RE2JSException } from "re2js";

/** Longest pattern that is compiled: repetitions such as a{1000} make a pattern a thousand times as large as it looks. */
const MAX_PATTERN_LENGTH = 512;

/** A regular expression of Go's, or why there is none. */
export type GoPattern = { readonly value: RE2JS } | { readonly cause: string };

/** Compiles a regular expression as Go does: it takes time in proportion to the text that it is matched with, whoever wrote it. */
export function goPattern(text: string): GoPattern {
  if (text.length > MAX_PATTERN_LENGTH) return { cause: `it is longer than ${MAX_PATTERN_LENGTH} characters` };
  try {
    return { value: RE2JS.compile(text) };
  } catch (error) {
    if (error instanceof RE2JSException) return { cause: error.message };
    throw error;
  }
}
